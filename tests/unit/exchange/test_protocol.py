"""What an answer means, told without a socket."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import ExchangeUnavailableError, RequestRejectedError, UnexpectedAnswerError
from kalshi_common.exchange.protocol import decipher, retry_after

if TYPE_CHECKING:
    from support.scripted_server import Payload


NOW = dt.datetime(2026, 11, 23, 5, 0, tzinfo=dt.UTC)
DATE = "Mon, 23 Nov 2026 05:00:00 GMT"


def refusal(status: int, body: bytes = b"{}", **headers: str) -> Exception:
    with pytest.raises((ExchangeUnavailableError, RequestRejectedError, UnexpectedAnswerError)) as caught:
        decipher(status, headers, body, request="GET /markets")
    return caught.value


def test_a_good_answer_is_handed_on_as_it_is() -> None:
    body = b' {"markets":[]}\n'
    assert decipher(200, {}, body, request="GET /markets") is body


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 599])
def test_overload_and_server_faults_are_worth_another_try(status: int) -> None:
    error = refusal(status)
    assert isinstance(error, ExchangeUnavailableError)
    assert f"HTTP {status}" in str(error)


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"", b'{"markets":[{"ticker":"A"', b'"text"'])
def test_a_success_without_a_whole_json_object_is_worth_another_try(body: bytes) -> None:
    assert isinstance(refusal(200, body), ExchangeUnavailableError)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
def test_other_client_errors_are_final_and_keep_their_status(status: int) -> None:
    error = refusal(status)
    assert isinstance(error, RequestRejectedError)
    assert error.status == status


@pytest.mark.parametrize("shape", ["error_nested", "error_flat"])
def test_the_exchanges_own_words_are_passed_on(payload: Payload, shape: str) -> None:
    assert "invalid_parameters, limit is too large, limit must be at most 1000" in str(refusal(400, payload(shape)))


def test_an_error_that_is_only_a_text_is_passed_on(payload: Payload) -> None:
    assert "too many requests" in str(refusal(429, payload("error_text")))


def test_a_page_of_html_is_passed_on_short_and_in_one_line() -> None:
    text = str(refusal(403, b"<html>\n" + b"blocked\n" * 500))
    assert "<html> blocked" in text
    assert len(text) < 500
    assert "\n" not in text


def test_a_refused_signature_points_to_key_and_clock() -> None:
    assert "clock" in str(refusal(401))


def test_a_redirect_is_not_followed_and_tells_where_it_points() -> None:
    error = refusal(301, Location="https://elsewhere.example/")
    assert isinstance(error, UnexpectedAnswerError)
    assert "https://elsewhere.example/" in str(error)


def test_the_asked_pause_comes_with_the_error() -> None:
    assert getattr(refusal(429, **{"Retry-After": "7"}), "retry_after_s", None) == 7.0


def test_an_asked_date_is_counted_from_the_servers_own_clock() -> None:
    headers = {"Retry-After": "Mon, 23 Nov 2026 05:00:09 GMT", "Date": DATE}
    assert getattr(refusal(503, **headers), "retry_after_s", None) == 9.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 12 ", 12.0),
        ("1.5", 1.5),
        ("86400", 60.0),
        ("Mon, 23 Nov 2026 05:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 04:00:00 GMT", 0.0),
        ("Tue, 24 Nov 2026 05:00:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 05:00:30 -0000", 30.0),
        (None, None),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("nan", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_more_than_a_minute(
    value: str | None, seconds: float | None
) -> None:
    assert retry_after(value, NOW) == seconds


def test_a_date_without_a_known_now_is_no_pause() -> None:
    assert retry_after(DATE, None) is None

"""Events, series, order books, status and limits, from the shapes of OpenAPI 3.34.0."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kalshi_common.domain.market import ExchangeStatus
from kalshi_common.errors import ExchangeUnavailableError, UnexpectedAnswerError
from kalshi_common.exchange import wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.scripted_server import Payload


def test_a_page_of_events_tells_series_and_exclusivity_and_keeps_each_events_bytes(payload: Payload) -> None:
    body = payload("events")
    page = wire.events_page(body)
    assert page.cursor == "CgwI"
    assert [(e.event_ticker, e.series_ticker, e.mutually_exclusive) for e in page.events] == [
        ("KXCPIYOY-26NOV", "KXCPIYOY", False),
        ("KXFEDDECISION-26DEC", "KXFEDDECISION", True),
    ]
    assert all(e.payload_json in body.decode() for e in page.events)
    assert json.loads(page.events[1].payload_json)["fee_multiplier_override"] == 0.5


def test_one_event_is_its_own_part_of_the_answer(payload: Payload) -> None:
    event = wire.event(payload("event"))
    assert (event.title, event.category) == ("CPI year-over-year in November", "Economics")
    assert json.loads(event.payload_json) == json.loads(payload("event"))["event"]


def test_one_series_tells_its_fee_terms(payload: Payload) -> None:
    series = wire.series(payload("series"))
    assert (series.series_ticker, series.fee_type, series.fee_multiplier, series.frequency) == (
        "KXCPIYOY",
        "quadratic_with_maker_fees",
        "1",
        "monthly",
    )


def tickers_in(body: bytes) -> list[str]:
    return [series["ticker"] for series in json.loads(body)["series"]]


def test_fee_multipliers_stay_as_the_exchange_wrote_them(payload: Payload) -> None:
    found = wire.all_series(payload("all_series"), tickers_in(payload("all_series")))
    assert [s.fee_multiplier for s in found] == ["1", "0.30000000000000004"]


def test_of_all_series_only_the_wanted_are_given(payload: Payload) -> None:
    body = payload("all_series")
    first, second = tickers_in(body)
    assert [series.series_ticker for series in wire.all_series(body, [second, "KXOTHER"])] == [second]
    assert list(wire.all_series(body, [])) == []
    assert first != second


def test_books_that_came_are_returned_with_their_own_bytes_and_a_missing_one_is_no_fault(payload: Payload) -> None:
    body = payload("orderbooks")
    books = wire.orderbooks(body, ["KXCPIYOY-26NOV-T3.1", "KXCPIYOY-26NOV-T3.2", "KXCPIYOY-26NOV-T9.9"])
    assert [book.market_id for book in books] == ["KXCPIYOY-26NOV-T3.1", "KXCPIYOY-26NOV-T3.2"]
    assert all(book.payload_json in body.decode() for book in books)
    assert json.loads(books[0].payload_json)["orderbook_fp"]["no_dollars"] == [["0.4300", "37.50"]]


def test_a_book_nobody_asked_for_is_left_out(payload: Payload) -> None:
    assert wire.orderbooks(payload("orderbooks"), ["KXOTHER"]) == []


def test_maintenance_is_told_with_its_end_in_utc(payload: Payload) -> None:
    assert wire.exchange_status(payload("exchange_status")) == ExchangeStatus(
        exchange_active=False, trading_active=False, estimated_resume_at="2026-11-26T10:00:00Z"
    )


def test_limits_come_as_ordinary_reads_a_second(payload: Payload) -> None:
    assert wire.account_limits(payload("account_limits")) == ("basic", 20)


@pytest.mark.parametrize(
    ("read", "name", "field"),
    [
        (wire.events_page, "events", "series_ticker"),
        (wire.events_page, "events", "cursor"),
        (wire.event, "event", "event_ticker"),
        (wire.series, "series", "ticker"),
        (lambda body: wire.all_series(body, []), "all_series", "series"),
        (lambda body: list(wire.all_series(body, [])), "all_series", "ticker"),
        (lambda body: wire.orderbooks(body, []), "orderbooks", "orderbook_fp"),
        (wire.exchange_status, "exchange_status", "trading_active"),
        (wire.account_limits, "account_limits", "refill_rate"),
    ],
)
def test_a_renamed_field_is_refused_by_name(
    payload: Payload, read: Callable[[bytes], object], name: str, field: str
) -> None:
    with pytest.raises(UnexpectedAnswerError, match=f"GET /.*`{field}`"):
        read(payload(name).replace(f'"{field}"'.encode(), b'"renamed"'))


def test_a_resume_time_without_a_zone_is_refused(payload: Payload) -> None:
    with pytest.raises(UnexpectedAnswerError, match="exchange_estimated_resume_time"):
        wire.exchange_status(payload("exchange_status").replace(b"-00:00", b""))


def test_a_cut_list_of_series_is_worth_another_try(payload: Payload) -> None:
    with pytest.raises(ExchangeUnavailableError, match="GET /series"):
        wire.all_series(payload("all_series")[:-40], [])

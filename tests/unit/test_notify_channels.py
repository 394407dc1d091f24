"""Webhook, Apprise and dead-man ping at a real server: what is sent, and how a failure is told without an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kalshi_common.clock import SystemClock
from kalshi_common.config import Settings
from kalshi_common.config_secrets import Secrets
from kalshi_common.knobs_operate import NotifyKnobs
from kalshi_common.notify import ping_failure, try_all
from kalshi_common.notify.errand import begin, failures
from kalshi_common.notify.ping import DeadManPing
from support.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = "127.0.0.1:9/t0k3n"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with Mailbox() as running:
        yield running


def tried(**secrets: str) -> dict[str, str | None]:
    return try_all(Settings(notify=NotifyKnobs(timeout_s=1), secrets=Secrets(**secrets)), SystemClock())


def test_a_test_message_goes_through_every_channel(box: Mailbox) -> None:
    results = tried(
        webhook_url=box.url, notify_urls=f"{box.apprise_url}1\n{box.apprise_url}2", ping_url=f"http://{box.host}/ping/"
    )

    assert results == {"webhook": None, "apprise 1 (json)": None, "apprise 2 (json)": None, "ping": None}
    assert sorted(box.paths) == ["/hook/s3cr3t", "/ping", "/t0k3n1", "/t0k3n2"]
    assert all("kalshi notify test" in letter.text for letter in box.letters)


@pytest.mark.parametrize(
    ("secrets", "told"),
    [
        ({"webhook_url": f"http://{NOBODY}"}, {"webhook": "cannot be reached (ConnectionError)"}),
        ({"webhook_url": f"ftp://{NOBODY}"}, {"webhook": "its address is not a usable http or https URL"}),
        ({"webhook_url": "t0k3n"}, {"webhook": "its address is not a usable http or https URL"}),
        ({"webhook_url": "http://[t0k3n"}, {"webhook": "its address is not a usable http or https URL"}),
        ({"ping_url": f"http://{NOBODY}"}, {"ping": "cannot be reached (ConnectionError)"}),
        ({"ping_url": "http://[t0k3n"}, {"ping": "ValueError"}),
        (
            {"notify_urls": f"json://{NOBODY}"},
            {"apprise 1 (json)": "did not accept the message; check its address, token and rights"},
        ),
        (
            {"notify_urls": "t0k3n"},
            {"apprise 1 (no URL)": "its address is no Apprise URL; see https://github.com/caronc/apprise/wiki"},
        ),
        (
            {"notify_urls": "jsonn://t0k3n"},
            {"apprise 1 (jsonn)": "its address is no Apprise URL; see https://github.com/caronc/apprise/wiki"},
        ),
    ],
)
def test_a_channel_that_fails_says_why_and_never_its_address(
    secrets: dict[str, str], told: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    assert tried(**secrets) == told
    assert "t0k3n" not in caplog.text


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_only_an_answer_of_2xx_counts_as_delivered(box: Mailbox, status: int) -> None:
    box.answer = status

    assert tried(webhook_url=box.url, ping_url=box.url) == {
        "webhook": f"answered {status}",
        "ping": f"answered {status}",
    }


def test_a_server_that_never_answers_is_given_up_by_all_channels_within_one_time_limit(box: Mailbox) -> None:
    box.answer = "hang"

    results = tried(webhook_url=box.url, notify_urls=box.apprise_url, ping_url=box.url)

    assert set(results.values()) == {"no answer within 1 s"}
    assert len(results) == 3
    assert len(box.letters) == 3, "each was really asked, and the server still hangs"


def test_the_dead_man_switch_hears_start_and_success_with_the_summary(box: Mailbox) -> None:
    ping = DeadManPing(f"http://{box.host}/uuid?x=1", 5)
    ping.start()

    assert failures(ping.end(ok=True, body="cycle=c outcome=ok"), 5) == []

    assert [tuple(letter) for letter in box.letters] == [("/uuid/start?x=1", ""), ("/uuid?x=1", "cycle=c outcome=ok")]


def test_the_dead_man_switch_hears_of_a_run_that_could_not_begin(box: Mailbox) -> None:
    assert ping_failure(f"http://{box.host}/uuid", "KALSHI_LOG_LEVEL is wrong") == []

    assert [tuple(letter) for letter in box.letters] == [("/uuid/fail", "KALSHI_LOG_LEVEL is wrong")]


def test_a_start_that_cannot_be_told_does_not_keep_the_end_from_being_told(box: Mailbox) -> None:
    box.answer = 500
    ping = DeadManPing(f"http://{box.host}/uuid", 5)
    ping.start()
    box.wait_for(1)

    assert failures(ping.end(ok=False, body=""), 5) == ["ping (start): answered 500", "ping: answered 500"]
    assert box.paths == ["/uuid/start", "/uuid/fail"]


def test_without_an_address_there_is_no_ping() -> None:
    ping = DeadManPing(None, 5)
    ping.start()

    assert ping.end(ok=True, body="") == []


def test_what_a_call_raises_is_told_by_its_type_alone() -> None:
    def raises() -> None:
        raise RuntimeError("https://t0k3n")

    assert failures([begin("webhook", raises)], 5) == ["webhook: RuntimeError"]

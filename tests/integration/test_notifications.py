"""What the operator hears of real cycles: trouble, its end, the dead-man pings; and that telling harms no cycle."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import ExitCode, LockHeldError, StorageError
from support.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.collector_run import Collector


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with Mailbox() as running:
        yield running


@pytest.fixture
def told(collector: Collector, box: Mailbox) -> Collector:
    """A collector of two small series, without patience, that tells `box` of everything."""
    collector.set("collect", scope="series", series=["KXFED", "KXCPI"], max_rounds=1)
    collector.set("exchange", max_retries=0)
    collector.knobs["notify"] = {"timeout_s": 1}
    collector.environment = {"KALSHI_WEBHOOK_URL": box.url, "KALSHI_PING_URL": f"http://{box.host}/uuid"}
    return collector


def messages(box: Mailbox) -> list[tuple[str, str]]:
    return [(letter.json["kind"], letter.json["key"]) for letter in box.letters if letter.path == "/hook/s3cr3t"]


async def test_a_cycle_that_goes_well_is_no_news_but_for_the_dead_man_switch(told: Collector, box: Mailbox) -> None:
    outcome = await told.run()

    assert outcome.exit_code is ExitCode.OK
    assert [tuple(letter) for letter in box.letters] == [("/uuid/start", ""), ("/uuid", outcome.summary_line)]


async def test_a_partial_hour_is_told_with_the_reason_the_hour_and_where_to_look(told: Collector, box: Mailbox) -> None:
    told.exchange.faults.script("500", "/markets", query="KXCPI", times=1000)

    outcome = await told.run()

    assert outcome.exit_code is ExitCode.FAILED
    [message] = [letter.json for letter in box.letters if letter.path == "/hook/s3cr3t"]
    assert message["title"] == "kalshi collect: cycle incomplete, hour 2026-11-23T05:00:00Z"
    for part in ("KXCPI", outcome.summary_line, "reports/2026-11/", "docker compose exec monitor kalshi status"):
        assert part in message["body"]
    [failed] = [letter for letter in box.letters if letter.path == "/uuid/fail"]
    assert failed.text.splitlines() == [outcome.summary_line, message["body"].splitlines()[0]]


async def test_trouble_that_lasts_is_told_once_an_hour_and_its_end_once(told: Collector, box: Mailbox) -> None:
    told.exchange.faults.script("500", "/markets", query="KXCPI", times=1000)
    await told.run()
    told.exchange.clock.advance(1800)
    await told.run()
    told.exchange.clock.advance(1800)
    await told.run()
    told.exchange.faults.clear()
    told.exchange.clock.advance(60)
    await told.run()
    await told.run()

    assert messages(box) == [("problem", "cycle:collect:incomplete")] * 2 + [("recovered", "cycle:collect")]


async def test_a_notifier_that_hangs_fails_no_cycle_and_is_told_in_the_report(told: Collector, box: Mailbox) -> None:
    box.answer = "hang"

    outcome = await told.run()

    assert outcome.exit_code is ExitCode.OK
    assert told.report()["first_warnings"] == ["ping (start): no answer within 1 s", "ping: no answer within 1 s"]
    assert told.hours()[0][1] == "complete"


async def test_a_notifier_that_fails_leaves_a_failed_cycle_as_it_was(told: Collector, box: Mailbox) -> None:
    told.exchange.faults.script("500", "/markets", query="KXCPI", times=1000)
    box.answer = 404

    outcome = await told.run()

    assert "errors=1 " in outcome.summary_line
    assert told.report()["first_warnings"] == [
        "webhook: answered 404", "ping (start): answered 404", "ping: answered 404"
    ]  # fmt: skip
    assert "404" not in told.status()["modes"]["collect"]["last_error"]


async def test_a_run_that_cannot_even_take_its_lock_is_told(told: Collector, box: Mailbox) -> None:
    told.data_dir.write_text("a file where the volume should be")

    with pytest.raises(StorageError):
        await told.run()

    assert messages(box) == [("problem", "cycle:collect:begin")]
    assert "/uuid/fail" in box.paths


async def test_a_run_that_another_one_refuses_says_nothing(told: Collector, box: Mailbox) -> None:
    path = told.data_dir / "locks" / "collect.lock"
    path.parent.mkdir(parents=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(LockHeldError):
            await told.run()

    assert box.letters == []

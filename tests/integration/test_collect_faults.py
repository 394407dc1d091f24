"""What a bad hour looks like: nothing lost, nothing twice, nothing silent."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from kalshi_common.clock import SystemClock
from kalshi_common.errors import ExitCode
from support.data_dir import migrated

if TYPE_CHECKING:
    from support.collector_run import Collector
    from support.simulated_exchange import SimulatedExchange

SERIES = ["KXFED", "KXCPI", "KXGDP"]


def open_tickers(exchange: SimulatedExchange, series: list[str] = SERIES) -> list[str]:
    return sorted(ticker for ticker in exchange.tickers("active") if ticker.partition("-")[0] in series)


@pytest.fixture
def small(collector: Collector) -> Collector:
    collector.set("collect", scope="series", series=SERIES)
    return collector


async def test_with_two_fifths_of_all_requests_failing_every_market_is_stored(
    small: Collector, exchange: SimulatedExchange
) -> None:
    exchange.faults.most_in_a_row = 1_000_000
    exchange.faults.retry_after_s, exchange.faults.slow_s = 1, 0.2
    exchange.faults.set_rates({"chaos": 0.4})
    outcome = await small.run()
    assert sum(1 for one in exchange.requests if one.fault) > len(exchange.requests) // 5
    assert outcome.exit_code is ExitCode.OK, small.report()
    assert small.stored() == open_tickers(exchange)


async def test_a_fault_that_never_ends_leaves_a_partial_hour_with_its_reason(
    small: Collector, exchange: SimulatedExchange
) -> None:
    exchange.faults.script("503", "/markets", times=100_000, query="KXCPI")
    outcome = await small.run()
    assert outcome.exit_code is ExitCode.FAILED
    [(_, status, reason)] = small.hours()
    assert status == "partial"
    assert "1 of 3 walks" in reason
    assert "KXCPI" in reason
    assert "503" in reason
    assert small.stored() == open_tickers(exchange, ["KXFED", "KXGDP"])
    row = small.status()["modes"]["collect"]
    assert row["last_success_at_utc"] is None
    assert "KXCPI" in row["last_error"]
    assert small.report()["outcome"] == "incomplete"
    assert "outcome=incomplete" in outcome.summary_line


async def test_one_request_is_sent_at_most_six_times_a_round(small: Collector, exchange: SimulatedExchange) -> None:
    small.set("collect", max_rounds=1)
    exchange.faults.set_rates({"500": 1.0})
    await small.run()
    sent = Counter(f"{one.path}?{one.query}" for one in exchange.requests)
    assert max(sent.values()) == 6


async def test_a_later_run_in_the_hour_completes_a_partial_one(small: Collector, exchange: SimulatedExchange) -> None:
    exchange.faults.script("503", "/markets", times=100_000, query="KXCPI")
    await small.run()
    exchange.faults.clear()
    outcome = await small.run()
    assert outcome.exit_code is ExitCode.OK
    assert [status for _, status, _ in small.hours()] == ["complete"]
    assert small.stored() == open_tickers(exchange)


async def test_a_failing_second_run_takes_nothing_from_a_complete_hour(
    small: Collector, exchange: SimulatedExchange
) -> None:
    await small.run()
    exchange.faults.set_rates({"500": 1.0})
    outcome = await small.run()
    assert outcome.exit_code is ExitCode.FAILED
    assert [status for _, status, _ in small.hours()] == ["complete"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("rename_price_field", "yes_bid_dollars"),
        ("drop_price_field", "_dollars"),
        ("cursor_loop", "repeated a cursor"),
        ("html_200", "<html>"),
        ("broken_json", "JSON"),
    ],
)
async def test_an_answer_of_the_wrong_shape_is_loud_and_partial(
    small: Collector, exchange: SimulatedExchange, fault: str, told: str
) -> None:
    small.set("collect", max_rounds=1)
    exchange.faults.script(fault, "/markets", times=100_000, query="KXFED")
    outcome = await small.run()
    assert outcome.exit_code is ExitCode.FAILED
    [(_, status, reason)] = small.hours()
    assert status == "partial"
    assert "KXFED" in reason
    assert told in reason


async def test_maintenance_is_told_and_the_hour_partial(small: Collector, exchange: SimulatedExchange) -> None:
    small.set("collect", max_rounds=1)
    exchange.faults.set_rates({"maintenance": 1.0})
    outcome = await small.run()
    assert outcome.exit_code is ExitCode.FAILED
    assert any("maintenance" in warning for warning in small.report()["first_warnings"])
    assert [status for _, status, _ in small.hours()] == ["partial"]


async def test_an_outage_that_ends_within_the_hour_costs_nothing(small: Collector, exchange: SimulatedExchange) -> None:
    exchange.faults.script("503", "/markets", times=20)
    outcome = await small.run()
    assert outcome.exit_code is ExitCode.OK
    assert small.stored() == open_tickers(exchange)


async def test_sigterm_ends_the_cycle_and_keeps_what_came(small: Collector, exchange: SimulatedExchange) -> None:
    small.set("exchange", max_concurrency=1)
    exchange.faults.script("hang", "/markets", times=100_000, query="KXGDP")
    running = asyncio.ensure_future(small.run())
    await exchange.arrived(4)  # the status, two whole walks, and the first request of the one that hangs
    os.kill(os.getpid(), signal.SIGTERM)
    outcome = await running
    assert outcome.exit_code is ExitCode.FAILED
    assert "SIGTERM" in small.status()["modes"]["collect"]["last_error"] + str(small.report()["first_errors"])
    assert small.stored() == open_tickers(exchange, ["KXFED", "KXCPI"])
    assert [status for _, status, _ in small.hours()] == ["partial"]


async def test_the_deadline_ends_a_cycle_that_an_outage_would_hold_for_ever(
    small: Collector, exchange: SimulatedExchange
) -> None:
    small.set("cycle", max_seconds=60)
    small.set("collect", max_rounds=10, round_pause_s=600)
    exchange.faults.set_rates({"503": 1.0})
    outcome = await small.run()
    assert outcome.exit_code is ExitCode.FAILED
    assert any("deadline of 60 s" in error for error in small.report()["first_errors"])
    assert [status for _, status, _ in small.hours()] == ["partial"]


async def test_a_filter_the_exchange_ignores_does_not_mislabel_its_markets(
    small: Collector, exchange: SimulatedExchange
) -> None:
    small.set("collect", series=["KXFED-X"])
    outcome = await small.run()
    assert outcome.exit_code is ExitCode.FAILED
    assert small.stored() == []


async def test_an_unknown_series_is_told_and_the_others_are_collected(
    small: Collector, exchange: SimulatedExchange
) -> None:
    small.set("collect", series=[*SERIES, "KXTYPO"])
    outcome = await small.run()
    assert outcome.exit_code is ExitCode.OK
    assert small.report()["first_warnings"] == [
        "series KXTYPO is unknown to the exchange: check its name in the configuration"
    ]
    assert small.stored() == open_tickers(exchange)


async def test_a_scope_without_any_open_market_is_a_failure(small: Collector) -> None:
    small.set("collect", series=["KXTYPO"])
    outcome = await small.run()
    assert outcome.exit_code is ExitCode.FAILED
    assert "no open market" in small.hours()[0][2]


async def test_no_second_at_the_exchange_holds_more_than_the_configured_requests(
    small: Collector, exchange: SimulatedExchange
) -> None:
    small.clock = SystemClock()
    small.set("exchange", requests_per_second=20)
    small.set("collect", scope="macro", series=[])
    await small.run()
    times = [one.at for one in exchange.requests]
    assert len(times) > 40
    assert max(sum(1 for at in times if start <= at < start + 1) for start in times) <= 20


async def test_a_report_that_cannot_be_written_fails_the_cycle_in_the_database_as_in_the_status_file(
    small: Collector,
) -> None:
    small.data_dir.mkdir()
    (small.data_dir / "reports").write_text("a file stands where the folder should")
    outcome = await small.run()
    assert outcome.exit_code is ExitCode.FAILED
    row = small.status()["modes"]["collect"]
    assert row["last_success_at_utc"] is None
    assert small.query("SELECT last_success_at_utc, last_error FROM status") == [(None, row["last_error"])]
    assert small.query("SELECT outcome FROM cycles") == [("failed",)]
    assert [status for _, status, _ in small.hours()] == ["complete"]


async def test_a_cycle_the_database_did_not_take_is_a_failure_in_report_and_status_file(small: Collector) -> None:
    with migrated(small.data_dir) as database, database.write() as connection:
        connection.execute(
            """CREATE TRIGGER full BEFORE UPDATE ON cycles WHEN NEW.outcome = 'ok'
               BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"""
        )
    outcome = await small.run()
    assert "outcome=failed" in outcome.summary_line
    assert small.report()["outcome"] == "failed"
    assert "disk is full" in small.report()["first_errors"][0]
    assert small.status()["modes"]["collect"]["last_success_at_utc"] is None


async def test_a_series_added_within_a_complete_hour_is_not_taken_for_collected(
    small: Collector, exchange: SimulatedExchange
) -> None:
    await small.run()
    small.set("collect", series=[*SERIES, "KXU3"], max_rounds=1)
    exchange.faults.script("503", "/markets", times=100_000, query="KXU3")
    await small.run()
    [(_, status, reason)] = small.hours()
    assert status == "partial"
    assert "KXU3" in reason

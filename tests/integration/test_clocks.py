"""Clocks that jump and machines that sleep: the ledger tells what happened, the gaps are exactly what is missing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from kalshi_common.domain.gap import hour_number, hour_text
from kalshi_common.errors import ExitCode
from support.backfill_run import backfill, look

if TYPE_CHECKING:
    from support.collector_run import Collector
    from support.simulated_exchange import SimulatedExchange

HOUR = 3_600
FIRST = hour_number("2026-11-23T05:00:00Z")


@pytest.fixture
def collector(collector: Collector) -> Collector:
    collector.set("collect", scope="series", series=["KXGDPYEAR"])
    collector.set("exchange", timeout_s=60)
    return collector


async def test_a_clock_set_back_an_hour_stores_nothing_twice_and_leaves_the_ledger_right(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    for _ in range(2):
        await collector.run()
        exchange.clock.advance(HOUR)
    exchange.clock.advance(-2 * HOUR)
    rows, hours = collector.query("SELECT * FROM market_snapshots"), collector.hours()
    outcome = await collector.run()
    assert outcome.exit_code is ExitCode.OK
    assert " inserted=0 " in outcome.summary_line
    assert collector.query("SELECT * FROM market_snapshots") == rows
    assert collector.hours() == hours == [(hour_text(FIRST + n), "complete", None) for n in range(2)]
    exchange.clock.advance(2 * HOUR)
    assert look(collector).is_whole()


async def test_a_machine_off_for_three_days_missed_72_hours_and_back_fill_brings_them(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await collector.run()
    exchange.clock.advance(73 * HOUR)
    await collector.run()
    exchange.clock.advance(2 * HOUR)
    gaps = look(collector, until=hour_text(FIRST + 74))
    assert gaps.hours_by_status() == {"complete": 2, "missed": 72}
    [gap] = gaps.hour_gaps()
    assert (gap.span.first, gap.span.hours) == (FIRST + 1, 72)
    assert (await backfill(collector)).exit_code is ExitCode.OK
    after = look(collector, until=hour_text(FIRST + 74))
    assert after.hours_by_status() == {"complete": 2, "missed": 0, "backfilled": 72}
    assert after.missing_by_hour()["recoverable"] == {}


@pytest.mark.parametrize("night", ["2026-03-08T05:07:00+00:00", "2026-11-01T04:07:00+00:00"])
async def test_on_a_night_on_which_new_york_changes_its_clocks_no_hour_is_missed_or_doubled(
    collector: Collector, exchange: SimulatedExchange, night: str
) -> None:
    exchange.clock.set(dt.datetime.fromisoformat(night), frozen=True)
    collector.set("collect", series=["KXFED"])
    for _ in range(4):
        await collector.run()
        exchange.clock.advance(HOUR)
    first = hour_number(night)
    assert [hour for hour, _, _ in collector.hours()] == [hour_text(first + n) for n in range(4)]
    assert look(collector).hour_gaps() == []

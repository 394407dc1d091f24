"""Back-fill against the simulated exchange: what a gap hides comes back as candlesticks tell it, and nothing else."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from kalshi_common.domain.gap import hour_number, hour_text
from kalshi_common.errors import ExitCode, LockHeldError
from kalshi_common.lock import mode_lock
from simulator.price import quote
from support.backfill_run import backfill, look

if TYPE_CHECKING:
    from support.collector_run import Collector
    from support.simulated_exchange import SimulatedExchange

HOUR, DAY = 3_600, 86_400
SERIES = ["KXGDP", "KXGDPNOM", "KXJOBLESSCLAIMS"]
FIRST = hour_number("2026-11-23T05:00:00Z")


@pytest.fixture
def collector(collector: Collector) -> Collector:
    collector.set("collect", scope="series", series=SERIES)
    collector.set("exchange", timeout_s=60)  # the simulator shares our processor
    return collector


async def off_for(hours: int, collector: Collector, exchange: SimulatedExchange) -> None:
    """Collect an hour, be off for some, and collect two more."""
    await collector.run()
    exchange.clock.advance((hours + 1) * HOUR)
    await collector.run()
    exchange.clock.advance(HOUR)
    await collector.run()


def statuses(collector: Collector) -> list[tuple[str, str]]:
    return [(hour, status) for hour, status, _ in collector.hours()]


async def test_missed_hours_come_back_with_the_very_quotes_of_their_beginning(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await off_for(2, collector, exchange)
    before = look(collector)
    assert before.hours_by_status()["missed"] == 2
    outcome = await backfill(collector)
    assert outcome.exit_code is ExitCode.OK, outcome.summary_line
    rows = collector.query(
        """SELECT market_id, snapshot_hour_utc, yes_bid_microdollars, yes_ask_microdollars, last_price_microdollars,
                  open_interest_hundredths FROM market_snapshots WHERE source = 'candle_60'"""
    )
    # The third hour is the first, in which paused markets were not listed.
    assert {row[1] for row in rows} == {hour_text(FIRST + number) for number in range(3)}
    for market_id, hour, bid, ask, last, interest in rows:
        now = quote(exchange.world.markets[market_id], hour_number(hour) * HOUR)
        assert (bid, ask, interest) == (now.bid * 100, now.ask * 100, now.open_interest)
        assert (last or 0) == now.last * 100
    assert [gap.label for gap in look(collector, until=hour_text(FIRST + 3)).hour_gaps()] == [None]
    assert statuses(collector)[1:3] == [(hour_text(FIRST + 1), "backfilled"), (hour_text(FIRST + 2), "backfilled")]
    assert look(collector, until=hour_text(FIRST + 3)).missing_by_hour()["recoverable"] == {}


async def test_what_a_candlestick_does_not_tell_stays_null(collector: Collector, exchange: SimulatedExchange) -> None:
    await off_for(2, collector, exchange)
    await backfill(collector)
    told = collector.query(
        """SELECT DISTINCT status, yes_bid_size_hundredths, yes_ask_size_hundredths, volume_hundredths,
                  volume_24h_hundredths FROM market_snapshots WHERE source = 'candle_60'"""
    )
    assert told == [("unknown", None, None, None, None)]
    payloads = collector.query("SELECT payload_json FROM market_snapshots WHERE source = 'candle_60'")
    assert all(text.startswith('{"end_period_ts":') and '"volume_fp"' in text for (text,) in payloads)


async def test_a_row_tells_the_close_time_announced_then_and_not_the_one_that_came_true(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    early = next(
        market
        for market in exchange.world.markets.values()
        if market.early and market.event.series.ticker in SERIES and market.closes > exchange.world.moment() + 5 * HOUR
    )
    exchange.clock.advance(early.closes - exchange.world.moment() - 4 * HOUR)
    await off_for(6, collector, exchange)
    await backfill(collector)
    announced = collector.query(
        "SELECT DISTINCT close_time_utc, source FROM market_snapshots WHERE market_id = ? ORDER BY 2", early.ticker
    )
    assert [source for _, source in announced] == ["candle_60", "observed"]
    assert announced[0][0] == announced[1][0]
    known_now = collector.query("SELECT close_time_utc FROM markets WHERE market_id = ?", early.ticker)
    assert known_now[0][0] < announced[0][0], "and the facts tell when it really closed"


async def test_an_observed_row_is_never_replaced(collector: Collector, exchange: SimulatedExchange) -> None:
    exchange.faults.script("500", "/markets", times=40)
    collector.set("collect", max_rounds=1)
    await collector.run()
    assert statuses(collector) == [(hour_text(FIRST), "partial")]
    exchange.clock.advance(HOUR)
    await collector.run()
    observed = collector.query("SELECT * FROM market_snapshots ORDER BY snapshot_id")
    exchange.clock.advance(2 * HOUR)
    await backfill(collector)
    kept = collector.query("SELECT * FROM market_snapshots WHERE source = 'observed' ORDER BY snapshot_id")
    assert kept == observed
    assert statuses(collector)[0] == (hour_text(FIRST), "backfilled")


async def test_a_second_run_asks_for_no_candlestick_and_adds_nothing(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await off_for(3, collector, exchange)
    await backfill(collector)
    rows, asked = collector.query("SELECT * FROM market_snapshots"), len(exchange.requests)
    outcome = await backfill(collector)
    assert outcome.exit_code is ExitCode.OK
    assert " calls=0 inserted=0 " in outcome.summary_line
    assert collector.query("SELECT * FROM market_snapshots") == rows
    assert len(exchange.requests) == asked, "nothing is left to ask about"


async def test_markets_that_opened_and_closed_within_the_gap_are_found(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await off_for(40 * 24, collector, exchange)
    known = {row[0] for row in collector.query("SELECT market_id FROM markets")}
    unseen = [
        market
        for market in exchange.world.markets.values()
        if market.event.series.ticker in SERIES
        and market.created > FIRST * HOUR
        and market.closes < (FIRST + 40 * 24) * HOUR
    ]
    assert unseen, "the gap is long enough to hide markets"
    assert not {market.ticker for market in unseen} & known
    # A strike may be added after its event has opened.
    opened = {market.ticker: max(market.event.opens, market.created) // HOUR for market in unseen}
    opening = min(opened.values())
    outcome = await backfill(collector, since=hour_text(opening), until=hour_text(opening + 12))
    assert outcome.exit_code is ExitCode.OK, outcome.summary_line
    stored = {row[0] for row in collector.query("SELECT DISTINCT market_id FROM market_snapshots")}
    due = {name for name, hour in opened.items() if hour == opening}
    assert due <= stored
    determined = {name for name in due if exchange.world.markets[name].determined <= exchange.world.moment()}
    assert determined <= {row[0] for row in collector.query("SELECT market_id FROM outcomes")}


async def test_markets_that_went_to_the_archive_meanwhile_come_back_from_there(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    collector.set("collect", series=["KXJOBLESSCLAIMS"])
    await off_for(110 * 24, collector, exchange)
    outcome = await backfill(collector, until=hour_text(FIRST + 30))
    assert outcome.exit_code is ExitCode.OK, outcome.summary_line
    archived = [one.path for one in exchange.requests if "/historical/markets/" in one.path]
    assert archived
    rows = collector.query(
        "SELECT market_id, snapshot_hour_utc, yes_bid_microdollars FROM market_snapshots WHERE source = 'candle_60'"
    )
    assert rows
    for market_id, hour, bid in rows:
        assert bid == quote(exchange.world.markets[market_id], hour_number(hour) * HOUR).bid * 100


async def test_no_call_asks_for_more_than_the_exchange_allows(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    collector.set("collect", series=["KXJOBLESSCLAIMS"])
    await off_for(110, collector, exchange)
    outcome = await backfill(collector)
    assert outcome.exit_code is ExitCode.OK, outcome.summary_line
    asked = [one for one in exchange.requests if one.path.endswith("/markets/candlesticks")]
    assert asked
    assert {one.status for one in asked} <= {200}


async def test_a_hole_in_a_complete_hour_is_filled_and_the_hour_stays_complete(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    pausing = {market.ticker for market in exchange.world.markets.values() if market.traits.pauses}
    for _ in range(4):
        await collector.run()
        exchange.clock.advance(HOUR)
    assert look(collector, until=hour_text(FIRST + 4)).hours_by_status()["complete"] == 4
    assert {loss.life.market_id for loss in look(collector, until=hour_text(FIRST + 3)).losses()} <= pausing
    outcome = await backfill(collector, until=hour_text(FIRST + 3))
    assert outcome.exit_code is ExitCode.OK, outcome.summary_line
    assert look(collector, until=hour_text(FIRST + 3)).is_whole()
    assert {status for _, status in statuses(collector)} == {"complete"}


async def test_a_candlestick_that_does_not_exist_is_asked_for_once_and_then_known_lost(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await off_for(2, collector, exchange)
    gone = min(row[0] for row in collector.query("SELECT market_id FROM markets"))
    del exchange.world.markets[gone]
    outcome = await backfill(collector)
    assert outcome.exit_code is ExitCode.OK, outcome.summary_line
    assert " in_vain=2 " in outcome.summary_line
    assert [loss.label for loss in look(collector, market=gone, until=hour_text(FIRST + 3)).losses()] == ["lost"]
    asked = len(exchange.requests)
    await backfill(collector)
    assert len(exchange.requests) == asked


async def test_the_newest_hours_are_left_to_the_cycle_that_may_still_write_them(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await collector.run()
    exchange.clock.advance(3 * HOUR)
    await backfill(collector)
    assert [hour for hour, status in statuses(collector) if status == "backfilled"] == [hour_text(FIRST + 1)]
    assert look(collector).hours_by_status()["missed"] == 1


async def test_a_failing_exchange_ends_the_run_in_1_and_the_next_run_goes_on(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await off_for(3, collector, exchange)
    exchange.faults.script("500", "/markets/candlesticks", times=99)
    outcome = await backfill(collector)
    assert outcome.exit_code is ExitCode.FAILED
    assert "outcome=incomplete" in outcome.summary_line
    assert " left=0 " not in outcome.summary_line
    assert look(collector).hours_by_status()["missed"] == 3
    exchange.faults.clear()
    assert (await backfill(collector)).exit_code is ExitCode.OK
    runs = collector.query("SELECT kind, outcome, rows > 0, reason IS NULL FROM maintenance ORDER BY run_id")
    assert runs == [("backfill", "failed", 0, 0), ("backfill", "ok", 1, 1)]


async def test_one_series_can_be_filled_and_the_ledger_waits_for_the_others(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await off_for(2, collector, exchange)
    await backfill(collector, series=["KXGDP"])
    filled = collector.query("SELECT DISTINCT series_ticker FROM market_snapshots WHERE source = 'candle_60'")
    assert filled == [("KXGDP",)]
    assert look(collector).hours_by_status()["missed"] == 2


async def test_a_second_back_fill_at_once_is_refused(collector: Collector) -> None:
    await collector.run()
    async with mode_lock(collector.data_dir, "backfill", {}, timeout_s=0, clock=collector.clock):
        with pytest.raises(LockHeldError):
            await backfill(collector)


async def test_a_cycle_may_run_beside_a_back_fill(collector: Collector, exchange: SimulatedExchange) -> None:
    await off_for(2, collector, exchange)
    exchange.clock.advance(HOUR)
    async with mode_lock(collector.data_dir, "backfill", {}, timeout_s=0, clock=collector.clock):
        assert (await collector.run()).exit_code is ExitCode.OK


async def test_the_whole_exchange_is_filled_without_naming_a_series(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    collector.set("collect", scope="all", series=[])
    await off_for(1, collector, exchange)
    outcome = await backfill(collector)
    assert outcome.exit_code is ExitCode.OK, outcome.summary_line
    filled = dict(collector.query("SELECT snapshot_hour_utc, count(*) FROM market_snapshots GROUP BY 1 ORDER BY 1"))
    counts = list(filled.values())
    assert len(counts) == 4
    assert all(abs(after - before) < 60 for before, after in pairwise(counts))

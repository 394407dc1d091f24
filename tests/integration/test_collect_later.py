"""What comes beside the snapshot: outcomes, order books, the whole exchange, an account's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import ExitCode
from support.collector_run import Collector
from support.simulated_exchange import SimulatedExchange

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400


async def test_outcomes_of_markets_seen_earlier_are_stored_once_they_are_determined(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await collector.run()
    assert collector.query("SELECT count(*) FROM outcomes") == [(0,)]
    exchange.clock.advance(45 * DAY)
    await collector.run()
    results = dict(collector.query("SELECT result, count(*) FROM outcomes GROUP BY result"))
    assert {"yes", "no"} <= set(results)
    assert collector.query("SELECT count(*) FROM outcomes WHERE settlement_value_microdollars IS NULL") == [(0,)]


async def test_outcomes_that_left_the_live_data_come_from_the_historical(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await collector.run()
    exchange.clock.advance(300 * DAY)
    await collector.run()
    assert collector.query("SELECT count(*) FROM outcomes WHERE source = 'historical'")[0][0] > 0
    assert collector.query(
        "SELECT count(*) FROM outcomes o JOIN markets m USING (market_id) WHERE o.source = 'historical'"
        " AND m.outcome_is_final = 0"
    ) == [(0,)]


async def test_an_outcome_is_asked_for_until_it_is_final_and_then_no_more(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await collector.run()
    exchange.clock.advance(300 * DAY)
    await collector.run()
    waiting = collector.query("SELECT count(*) FROM markets WHERE outcome_is_final = 0")[0][0]
    open_now = collector.query(
        "SELECT count(*) FROM market_snapshots WHERE status = 'active'"
        " AND snapshot_hour_utc = (SELECT max(snapshot_hour_utc) FROM market_snapshots)"
    )[0][0]
    assert waiting == open_now


async def test_order_books_of_chosen_series_are_stored_at_the_hour(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    collector.set("collect", scope="series", series=["KXFED", "KXGDP"], orderbook_series=["KXFED"])
    assert (await collector.run()).exit_code is ExitCode.OK
    assert collector.query("SELECT count(*) FROM orderbooks")[0][0] == sum(
        1 for ticker in exchange.tickers("active") if ticker.startswith("KXFED-")
    )
    assert all("yes_dollars" in row[0] for row in collector.query("SELECT payload_json FROM orderbooks"))


@pytest.mark.parametrize("fault", [None, "created_filter_ignored", "created_filter_rejected"])
async def test_the_whole_exchange_is_stored_whether_or_not_it_can_be_split(tmp_path: Path, fault: str | None) -> None:
    async with SimulatedExchange(markets=5_000) as exchange:
        if fault:
            exchange.faults.set_rates({fault: 1.0})
        collector = Collector(tmp_path / "data", exchange)
        collector.set("collect", scope="all")
        outcome = await collector.run()
        assert outcome.exit_code is ExitCode.OK, collector.report()
        expected = exchange.tickers("active")
        stored = collector.stored()
        assert len(stored) == len(set(stored))
        combos = {ticker for ticker in expected if ticker.startswith("KXMVE")}
        assert stored == sorted(set(expected) - combos)
        walks = [row[0] for row in collector.query("SELECT walk FROM snapshot_walks WHERE ended = 'empty_cursor'")]
        assert ("all" in walks) == (fault is not None)


async def test_the_second_hour_of_the_whole_exchange_splits_by_what_the_first_one_learnt(tmp_path: Path) -> None:
    async with SimulatedExchange(markets=5_000) as exchange:
        collector = Collector(tmp_path / "data", exchange)
        collector.set("collect", scope="all")
        await collector.run()
        exchange.clock.advance(3600)
        outcome = await collector.run()
        assert outcome.exit_code is ExitCode.OK
        sizes = [
            row[0]
            for row in collector.query(
                "SELECT rows_seen FROM snapshot_walks"
                " WHERE snapshot_hour_utc = (SELECT max(snapshot_hour_utc) FROM snapshot_walks)"
            )
        ]
        assert max(sizes) < 3 * sum(sizes) / len(sizes)

"""What a good hour looks like: complete, exact, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kalshi_common.errors import ExitCode
from kalshi_common.knobs import MACRO_SERIES

if TYPE_CHECKING:
    from support.collector_run import Collector
    from support.simulated_exchange import SimulatedExchange

HOUR = "2026-11-23T05:00:00Z"
ALL_MACRO = [series for listed in MACRO_SERIES.values() for series in listed]


def open_macro_tickers(exchange: SimulatedExchange) -> list[str]:
    return sorted(ticker for ticker in exchange.tickers("active") if ticker.partition("-")[0] in ALL_MACRO)


async def test_one_run_stores_every_open_macro_market_and_proves_the_hour_complete(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    outcome = await collector.run()
    assert outcome.exit_code is ExitCode.OK
    assert collector.stored() == open_macro_tickers(exchange)
    assert collector.hours() == [(HOUR, "complete", None)]
    assert collector.query("SELECT DISTINCT ended FROM snapshot_walks") == [("empty_cursor",)]
    walks = [row[0] for row in collector.query("SELECT walk FROM snapshot_walks")]
    assert sorted(walks) == sorted(ALL_MACRO)
    rows = len(collector.stored())
    assert f"mode=collect hour={HOUR} outcome=ok scanned={rows} inserted={rows} errors=0 " in outcome.summary_line


async def test_payloads_are_the_exchanges_own_bytes(collector: Collector, exchange: SimulatedExchange) -> None:
    await collector.run()
    stored = dict(collector.query("SELECT market_id, CAST(payload_json AS BLOB) FROM market_snapshots"))
    assert stored == {ticker: exchange.market_json(ticker) for ticker in open_macro_tickers(exchange)}


async def test_stored_prices_and_counts_equal_the_exchanges_decimals(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await collector.run()
    for payload, bid, ask, last, volume in collector.query(
        """SELECT payload_json, printf('%d.%06d', yes_bid_microdollars / 1000000, yes_bid_microdollars % 1000000),
                  printf('%d.%06d', yes_ask_microdollars / 1000000, yes_ask_microdollars % 1000000),
                  printf('%d.%06d', last_price_microdollars / 1000000, last_price_microdollars % 1000000),
                  printf('%d.%02d', volume_hundredths / 100, volume_hundredths % 100) FROM market_snapshots
           WHERE yes_bid_microdollars IS NOT NULL AND yes_ask_microdollars IS NOT NULL
             AND last_price_microdollars IS NOT NULL AND volume_hundredths IS NOT NULL"""
    ):
        market = json.loads(payload)
        sent = [market[name].ljust(8, "0") for name in ("yes_bid_dollars", "yes_ask_dollars", "last_price_dollars")]
        assert [bid, ask, last] == sent
        assert volume == market["volume_fp"]


async def test_awkward_markets_are_among_the_stored_ones(collector: Collector) -> None:
    """The byte comparison above proves nothing about quotes, emoji, scalars or sub-cents unless they occur."""
    await collector.run()
    payloads = collector.stored("payload_json")
    markets = [json.loads(payload) for payload in payloads]
    assert any('"' in market["title"] for market in markets)
    assert any(not market["title"].isascii() for market in markets)
    assert any(market["market_type"] == "scalar" for market in markets)
    assert any(int(float(market["volume_fp"] or 0)) >= 10**12 for market in markets)
    assert any((market["yes_bid_dollars"] or "0.0000")[4:6] not in ("", "00") for market in markets)


async def test_a_second_run_in_the_hour_adds_nothing_twice(collector: Collector) -> None:
    await collector.run()
    before = collector.query("SELECT * FROM market_snapshots ORDER BY snapshot_id")
    assert collector.query("SELECT rows_inserted FROM snapshot_hours") == [(len(before),)]
    outcome = await collector.run()
    assert outcome.exit_code is ExitCode.OK
    assert " inserted=0 errors=0 " in outcome.summary_line
    assert collector.query("SELECT * FROM market_snapshots ORDER BY snapshot_id") == before
    assert collector.query("SELECT rows_inserted FROM snapshot_hours") == [(len(before),)], "over all runs of the hour"


async def test_the_next_hour_adds_one_row_per_open_market(collector: Collector, exchange: SimulatedExchange) -> None:
    await collector.run()
    first = len(collector.stored())
    exchange.clock.advance(3600)
    await collector.run()
    assert len(collector.stored()) == first + len(open_macro_tickers(exchange))
    assert [status for _, status, _ in collector.hours()] == ["complete", "complete"]


async def test_facts_of_events_and_series_are_kept_once_a_day(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    await collector.run()
    assert collector.query(
        """SELECT count(*) FROM market_snapshots s LEFT JOIN events e USING (event_ticker)
           LEFT JOIN series f ON f.series_ticker = s.series_ticker
           WHERE e.event_ticker IS NULL OR f.series_ticker IS NULL"""
    ) == [(0,)]
    assert collector.query("SELECT count(*) FROM events WHERE mutually_exclusive = 1")[0][0] > 0
    seen = len(exchange.requests)
    await collector.run()
    assert [one.path for one in exchange.requests[seen:] if one.path.startswith(("/series", "/events"))] == []


async def test_every_macro_row_names_its_type_and_bucket(collector: Collector) -> None:
    await collector.run()
    rows = collector.query("SELECT series_ticker, macro_event_type, probability, probability_bucket FROM snapshots")
    assert all(series in MACRO_SERIES[kind] for series, kind, _, _ in rows)
    assert all((p is None) == (bucket is None) for _, _, p, bucket in rows)
    assert all(bucket == min(int(p * 10 + 1e-9), 9) for _, _, p, bucket in rows if p is not None)


async def test_a_row_repeated_across_pages_is_stored_once(collector: Collector, exchange: SimulatedExchange) -> None:
    exchange.faults.set_rates({"repeat_row": 1.0})
    outcome = await collector.run()
    assert outcome.exit_code is ExitCode.OK
    assert collector.stored() == open_macro_tickers(exchange)


async def test_an_open_page_may_hold_a_closed_row_which_keeps_its_status(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    exchange.faults.set_rates({"status_leak": 1.0})
    outcome = await collector.run()
    assert outcome.exit_code is ExitCode.OK
    assert "closed" in collector.stored("status")


async def test_null_prices_are_stored_as_null_with_no_probability_made_up(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    exchange.faults.set_rates({"null_price": 1.0})
    outcome = await collector.run()
    assert outcome.exit_code is ExitCode.OK
    unknown = collector.query(
        """SELECT yes_bid_microdollars, yes_ask_microdollars, last_price_microdollars, probability
           FROM market_snapshots JOIN markets USING (market_id)
           WHERE market_type = 'binary' AND (yes_bid_microdollars IS NULL OR yes_ask_microdollars IS NULL)"""
    )
    assert unknown
    for _, _, last, probability in unknown:
        assert probability == (last / 1e6 if last else None)

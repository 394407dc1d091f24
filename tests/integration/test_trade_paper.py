"""Paper trading on what a real collector stored: exact, explained, and never at a price nobody offered."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from kalshi_common.domain.book import offered
from kalshi_common.domain.fees import BALANCE_STEPS, Execution, fee_terms, total_fee
from kalshi_common.errors import ExitCode
from kalshi_common.exchange.wire_stored import stored_book
from kalshi_common.storage.database import reading
from support.data_dir import migrated, rows
from support.trader_run import Trader
from trader.explain import explained

if TYPE_CHECKING:
    from pathlib import Path

    from support.simulated_exchange import SimulatedExchange

CONTRACT = 100


async def test_an_estimate_above_the_offer_becomes_a_filled_order_and_nothing_is_sent_to_the_exchange(
    trader: Trader,
) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.15)
    outcome = await trader.trade()
    assert outcome.exit_code is ExitCode.OK, trader.report()
    [(bought, side, count, price, fee, lifetime)] = trader.intents()
    assert (bought, side, lifetime) == (market, "yes", "immediate_or_cancel")
    assert count % CONTRACT == 0
    assert count * price // CONTRACT + fee <= 25_000_000
    assert trader.query("SELECT venue, status, filled_hundredths FROM orders") == [("paper", "executed", count)]
    assert trader.writes() == []
    assert "venue=paper candidates=2 orders=1 filled=1" in outcome.summary_line
    report = trader.report()["details"]
    assert report["venue"] == "TRADING PAPER"
    assert report["funnel"]["taken"] == report["funnel"]["filled"] == 1
    assert trader.reasons(market, "no") == ["min_edge"]
    assert report["refusals"] == {"min_edge": 1}


async def test_a_market_that_was_traded_is_explained_with_its_order(trader: Trader) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.15)
    await trader.trade()
    with reading(trader.data_dir) as connection:
        told = explained(connection, trader.settings(), market, trader.clock.now())
    [head] = [line for line in told if f"yes of {market}: taken" in line]
    assert told.index(head) == 0
    [order] = [line for line in told if line.startswith("  - order accepted; ")]
    assert order.endswith(" filled")
    assert any("no of" in line and "refused" in line for line in told)


async def test_an_estimate_below_the_bid_buys_no(trader: Trader) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid - 0.15)
    await trader.trade()
    assert [(row[0], row[1]) for row in trader.intents()] == [(market, "no")]
    [(held,)] = trader.query("SELECT position_hundredths FROM positions")
    assert held < 0


async def test_fills_stand_at_prices_and_sizes_of_the_stored_book_with_the_exact_fee(trader: Trader) -> None:
    trader.set("trade", max_per_order=100_000, max_per_market=100_000, max_per_event=100_000, paper_bankroll=500_000)
    trader.set("trade", max_per_macro_type=100_000, max_spend_per_day=100_000, kelly_multiplier=1, price_collar=0.3)
    for market, mid in trader.two_sided()[:4]:
        trader.estimate(market, mid + 0.15)
    await trader.trade()
    books = dict(trader.query("SELECT market_id, payload_json FROM orderbooks"))
    terms = dict(trader.query("SELECT series_ticker, fee_type FROM series"))
    orders = trader.query("SELECT order_id, market_id FROM orders")
    assert len(orders) >= 2
    for order, market in orders:
        fills = trader.query(
            "SELECT price_microdollars, count_hundredths, fee_microdollars FROM fills WHERE order_id = ?", order
        )
        offers = stored_book(books[market]).offers("yes")
        for price, count, _ in fills:
            assert count <= dict(offers)[price]
        assert sum(count for _, count, _ in fills) <= offered(offers, limit=max(price for price, _, _ in fills))
        expected = fee_terms(terms["KXCPI"], "1")
        paid = total_fee(
            expected, [Execution(price, count) for price, count, _ in fills], balance_step=BALANCE_STEPS["other"]
        )
        assert sum(fee for _, _, fee in fills) == paid
    assert any(many > 1 for (many,) in trader.query("SELECT count(*) FROM fills GROUP BY order_id")), (
        "at least one order is large enough to need a second level"
    )


async def test_a_second_cycle_in_the_hour_buys_nothing_that_is_held_already(trader: Trader) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.10)
    trader.set("trade", max_per_order=1000, max_per_market=1000, max_per_event=1000, max_per_macro_type=1000)
    trader.set("trade", max_spend_per_day=1000)
    await trader.trade()
    first = trader.intents()
    assert len(first) == 1
    await trader.trade()
    assert trader.intents() == first
    assert trader.reasons(market, "yes") == ["kelly"]


async def test_every_candidate_is_stored_with_its_numbers_and_all_its_reasons(trader: Trader) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.001)
    trader.set("trade", max_spread=0.001, min_depth=1_000_000)
    await trader.trade()
    assert trader.reasons(market, "yes") == ["min_edge", "max_spread", "min_depth"]
    [numbers] = trader.query(
        """SELECT decision, quote_source, price_microdollars > 0, fee_microdollars > 0, edge_microdollars < 0,
             wanted_hundredths, sized_hundredths FROM signals WHERE side = 'yes'"""
    )
    assert numbers == ("refused", "orderbook", 1, 1, 1, 0, 0)


async def test_without_a_stored_book_the_quote_is_traded_on_and_that_is_said(
    tmp_path: Path, exchange: SimulatedExchange
) -> None:
    trader = Trader(tmp_path / "data", exchange)
    trader.set("collect", orderbook_series=[])
    await trader.collect()
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.15)
    await trader.trade()
    assert trader.query("SELECT DISTINCT quote_source FROM signals") == [("quotes",)]
    [(price,)] = trader.query("SELECT price_microdollars FROM fills")
    assert trader.query("SELECT yes_ask_microdollars FROM market_snapshots WHERE market_id = ?", market) == [(price,)]


async def test_an_order_that_may_rest_says_when_it_expires(trader: Trader) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.15)
    trader.set("trade", time_in_force="good_till_canceled", order_minutes=30)
    await trader.trade()
    told = trader.query("SELECT time_in_force, created_at_utc, expires_at_utc FROM order_intents")
    assert told == [("good_till_canceled", "2026-11-23T05:07:00Z", "2026-11-23T05:37:00Z")]


async def test_a_paused_exchange_is_not_traded_on(trader: Trader, exchange: SimulatedExchange) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.15)
    exchange.exchange.account.trading_paused = True
    await trader.trade()
    assert trader.reasons(market, "yes") == ["exchange_paused"]
    assert trader.intents() == []


async def test_an_exchange_that_does_not_tell_whether_it_trades_counts_as_paused(
    trader: Trader, exchange: SimulatedExchange
) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.15)
    exchange.faults.script("reset", "/exchange/status", times=20)
    await trader.trade()
    assert trader.reasons(market, "yes") == ["exchange_paused"]


async def test_stale_prices_and_estimates_are_not_traded_on(trader: Trader, exchange: SimulatedExchange) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.15)
    exchange.clock.advance(3 * 3600)
    await trader.trade()
    assert trader.reasons(market, "yes") == ["snapshot_age", "estimate_age"]


async def test_a_settled_market_pays_out_on_yes_no_and_scalar(trader: Trader) -> None:
    names = trader.two_sided()[:3]
    for market, mid in names:
        trader.estimate(market, mid + 0.15)
    await trader.trade()
    held = dict(trader.query("SELECT market_id, position_hundredths FROM positions"))
    costs = dict(trader.query("SELECT market_id, cost_microdollars FROM positions"))
    fees = dict(trader.query("SELECT market_id, fees_microdollars FROM positions"))
    assert len(held) == 3
    trader.set("trade", min_edge=0.9)
    results = [("yes", None, 1_000_000), ("no", None, 0), ("scalar", 370_000, 370_000)]
    with migrated(trader.data_dir) as database, database.write() as connection:
        for market, (result, value, _) in zip(sorted(held), results, strict=True):
            connection.execute(
                "INSERT INTO outcomes VALUES (?, ?, ?, 'finalized', '2026-11-23T05:30:00Z', 'live', ?, '{}')",
                (market, result, value, "2026-11-23T05:31:00Z"),
            )
    await trader.trade()
    cash = 1_000_000_000
    for market, (result, _, worth) in zip(sorted(held), results, strict=True):
        earned = held[market] * worth // CONTRACT - costs[market]
        cash += earned - fees[market]
        assert trader.query(
            "SELECT position_hundredths, realized_microdollars, settled_result FROM positions WHERE market_id = ?",
            market,
        ) == [(0, earned, result)]
    [(told, marked, equity)] = trader.query(
        "SELECT cash_microdollars, marked_microdollars, equity_microdollars FROM equity"
    )
    assert (told, marked, equity) == (cash, 0, cash)


async def test_a_result_that_is_not_final_marks_the_position_and_pays_nothing(trader: Trader) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.15)
    await trader.trade()
    trader.set("trade", min_edge=0.9)
    [(held,)] = trader.query("SELECT position_hundredths FROM positions")
    with migrated(trader.data_dir) as database, database.write() as connection:
        connection.execute(
            "INSERT INTO outcomes VALUES (?, 'yes', NULL, 'determined', NULL, 'live', '2026-11-23T05:31:00Z', '{}')",
            (market,),
        )
    await trader.trade()
    assert trader.query("SELECT position_hundredths FROM positions") == [(held,)]
    assert trader.query("SELECT marked_microdollars FROM equity") == [(held * 10_000,)]


async def test_positions_are_marked_at_the_best_bid_of_the_side_held(trader: Trader) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.15)
    await trader.trade()
    [(held, cost, fees)] = trader.query(
        "SELECT position_hundredths, cost_microdollars, fees_microdollars FROM positions"
    )
    [(bid,)] = trader.query("SELECT yes_bid_microdollars FROM market_snapshots WHERE market_id = ?", market)
    [row] = trader.query(
        "SELECT cash_microdollars, exposure_microdollars, marked_microdollars, peak_microdollars FROM equity"
    )
    assert row == (1_000_000_000 - cost - fees, cost, held * bid // CONTRACT, 1_000_000_000)


async def test_the_days_loss_stops_the_buying(trader: Trader) -> None:
    (first, mid), (second, other) = trader.two_sided()[:2]
    trader.estimate(first, mid + 0.15)
    await trader.trade()
    with migrated(trader.data_dir) as database, database.write() as connection:
        connection.execute(
            "INSERT INTO outcomes VALUES (?, 'no', 0, 'finalized', NULL, 'live', '2026-11-23T05:31:00Z', '{}')",
            (first,),
        )
    trader.estimate(second, other + 0.15)
    trader.set("trade", max_loss_per_day=20, max_drawdown=0.02)
    await trader.trade()
    assert trader.reasons(second, "yes") == ["max_loss_per_day", "max_drawdown"]


async def test_an_exclusive_event_is_sized_together_and_below_each_market_alone(
    tmp_path: Path, exchange: SimulatedExchange
) -> None:
    trader = Trader(tmp_path / "data", exchange, books=("KXECONSTATCPI",))
    await trader.collect()
    trader.set("trade", max_per_order=10_000, max_per_market=10_000, max_per_event=10_000, max_per_macro_type=10_000)
    trader.set("trade", max_spend_per_day=10_000, kelly_multiplier=1)
    markets = trader.two_sided(low=0.1, high=0.6)
    events = Counter(market.rpartition("-")[0] for market, _ in markets)
    event = next(each for each, many in events.items() if many > 1)
    same = [(market, mid) for market, mid in markets if market.startswith(event)][:2]
    for market, mid in same:
        trader.estimate(market, mid + 0.08)
    await trader.trade()
    together = {row[0]: row[2] for row in trader.intents()}
    assert set(together) == {market for market, _ in same}
    with migrated(trader.data_dir) as database:
        assert rows(database, "SELECT DISTINCT mutually_exclusive FROM events WHERE event_ticker = ?", event) == [(1,)]
    reasons = trader.query("SELECT reasons_json FROM signals WHERE decision = 'taken'")
    assert [json.loads(text) for (text,) in reasons] == [[], []]

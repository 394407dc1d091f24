"""Quotes, order books, candlesticks and trades of one market tell the same story."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from simulator.market import Status

if TYPE_CHECKING:
    import aiohttp

    from support.simulated_exchange import SimulatedExchange

HOUR = 3600


async def get(http: aiohttp.ClientSession, path: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
    async with http.get(path, params=params) as answer:
        assert answer.status == 200, await answer.text()
        body: dict[str, Any] = await answer.json()
        return body


async def test_every_books_best_bids_are_the_markets_quote(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    rows = (await get(http, "markets", {"series_ticker": "KXGDP", "status": "open"}))["markets"]
    named = [("tickers", row["ticker"]) for row in rows]
    async with http.get("markets/orderbooks", params=named) as answer:
        books = {book["ticker"]: book["orderbook_fp"] for book in (await answer.json())["orderbooks"]}
    assert len(books) == len(rows) > 20
    for row in rows:
        for side in ("yes", "no"):
            levels = books[row["ticker"]][f"{side}_dollars"]
            assert (levels[-1][0] if levels else "0.0000") == row[f"{side}_bid_dollars"]
            assert [price for price, _ in levels] == sorted(price for price, _ in levels)
        no_bids = books[row["ticker"]]["no_dollars"]
        assert Decimal(row["yes_ask_dollars"]) == 1 - Decimal(no_bids[-1][0] if no_bids else 0)


async def test_books_can_be_asked_for_in_comma_form_and_unknown_ones_are_left_out(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    one, two = exchange.tickers(Status.ACTIVE)[:2]
    books = (await get(http, "markets/orderbooks", {"tickers": f"{one},NOPE,{two}"}))["orderbooks"]
    assert [book["ticker"] for book in books] == [one, two]


@pytest.mark.parametrize("count", [0, 101])
async def test_books_of_none_or_more_than_100_are_refused(http: aiohttp.ClientSession, count: int) -> None:
    async with http.get("markets/orderbooks", params=[("tickers", f"T{n}") for n in range(count)]) as answer:
        assert answer.status == 400


async def test_depth_keeps_the_best_levels(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    ticker = next(name for name in exchange.tickers(Status.ACTIVE) if exchange.world.markets[name].draw % 8 > 3)
    deep = (await get(http, f"markets/{ticker}/orderbook"))["orderbook_fp"]
    shallow = (await get(http, f"markets/{ticker}/orderbook", {"depth": 2}))["orderbook_fp"]
    assert shallow == {side: levels[-2:] for side, levels in deep.items()}


async def test_an_hours_candle_closes_on_the_quote_of_that_hour(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    end = exchange.world.moment() // HOUR * HOUR
    asked = {"market_tickers": "KXCPI-26DEC-T0.3,KXU3-26DEC-T4.4,NOPE", "start_ts": end - 5 * HOUR, "end_ts": end}
    found = (await get(http, "markets/candlesticks", {**asked, "period_interval": 60}))["markets"]
    assert [one["market_ticker"] for one in found] == ["KXCPI-26DEC-T0.3", "KXU3-26DEC-T4.4"]
    for one in found:
        assert [stick["end_period_ts"] for stick in one["candlesticks"]] == list(range(end - 5 * HOUR, end + 1, HOUR))
        for stick in one["candlesticks"]:
            exchange.clock.advance(stick["end_period_ts"] - exchange.world.moment())
            row = (await get(http, f"markets/{one['market_ticker']}"))["market"]
            for side in ("yes_bid", "yes_ask"):
                assert stick[side]["close_dollars"] == row[f"{side}_dollars"]
                assert stick[side]["low_dollars"] <= stick[side]["close_dollars"] <= stick[side]["high_dollars"]
            assert stick["open_interest_fp"] == row["open_interest_fp"]


async def test_candles_of_the_future_and_of_before_the_opening_do_not_exist(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    now, market = exchange.world.moment(), exchange.world.markets["KXCPI-26DEC-T0.3"]
    path = f"series/KXCPI/markets/{market.ticker}/candlesticks"
    asked = {"start_ts": 0, "end_ts": now + 99 * HOUR, "period_interval": 60}
    ends = [stick["end_period_ts"] for stick in (await get(http, path, asked))["candlesticks"]]
    assert market.event.opens < ends[0] <= market.event.opens + HOUR
    assert now - HOUR < ends[-1] <= now


async def test_the_invented_first_candle_comes_only_when_asked_for(http: aiohttp.ClientSession) -> None:
    asked = {"market_tickers": "KXCPI-26DEC-T0.3", "start_ts": 1795388400, "end_ts": 1795392000, "period_interval": 60}
    without = (await get(http, "markets/candlesticks", asked))["markets"][0]["candlesticks"]
    asked["include_latest_before_start"] = "true"
    within = (await get(http, "markets/candlesticks", asked))["markets"][0]["candlesticks"]
    assert within[1:] == without
    assert within[0]["price"]["close_dollars"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"period_interval": 5},
        {"end_ts": 1},
        {"market_tickers": ""},
        {"market_tickers": ",".join(f"T{n}" for n in range(101))},
        {
            "start_ts": 1795300000,
            "period_interval": 1,
            "market_tickers": ",".join(f"KXU3-26DEC-T4.{tenths}" for tenths in range(1, 8)),
        },
    ],
)
async def test_candles_asked_for_wrongly_or_in_too_great_number_are_refused(
    http: aiohttp.ClientSession, wrong: dict[str, Any]
) -> None:
    asked: dict[str, Any] = {"market_tickers": "A", "start_ts": 1795388400, "end_ts": 1795406400, "period_interval": 60}
    asked |= wrong
    async with http.get("markets/candlesticks", params=asked) as answer:
        assert answer.status == 400


async def test_trades_of_one_market_lie_in_its_life_and_on_its_side_of_a_dollar(http: aiohttp.ClientSession) -> None:
    trades = (await get(http, "markets/trades", {"ticker": "KXCPI-26DEC-T0.3", "limit": 1000}))["trades"]
    assert trades
    for trade in trades:
        assert trade["ticker"] == "KXCPI-26DEC-T0.3"
        assert Decimal(trade["yes_price_dollars"]) + Decimal(trade["no_price_dollars"]) == 1

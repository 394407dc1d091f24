"""Events, series, exchange status and schedule, and the historical endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simulator.market import Status

if TYPE_CHECKING:
    import aiohttp

    from support.simulated_exchange import SimulatedExchange


async def get(http: aiohttp.ClientSession, path: str, **query: str | int) -> dict[str, Any]:
    async with http.get(path, params=query) as answer:
        assert answer.status == 200, await answer.text()
        body: dict[str, Any] = await answer.json()
        return body


async def test_an_event_comes_with_its_markets_beside_or_inside(http: aiohttp.ClientSession) -> None:
    beside = await get(http, "events/KXCPI-26DEC")
    inside = await get(http, "events/KXCPI-26DEC", with_nested_markets="true")
    assert len(beside["markets"]) == 11
    assert inside["event"]["markets"] == beside["markets"]
    assert inside["markets"] == []


async def test_events_are_filtered_by_series_status_and_ticker(http: aiohttp.ClientSession) -> None:
    found = (await get(http, "events", series_ticker="KXFEDDECISION", status="open"))["events"]
    assert len(found) == 8
    assert all(event["mutually_exclusive"] for event in found)
    named = (await get(http, "events", tickers=f"{found[0]['event_ticker']},NOPE"))["events"]
    assert [event["event_ticker"] for event in named] == [found[0]["event_ticker"]]


async def test_combos_are_events_of_their_own_endpoint_only(http: aiohttp.ClientSession) -> None:
    combos = (await get(http, "events/multivariate"))["events"]
    assert combos
    ordinary = (await get(http, "events", series_ticker="KXMVESPORTS"))["events"]
    assert ordinary == []


async def test_all_series_come_in_one_answer_and_can_be_chosen_by_category(http: aiohttp.ClientSession) -> None:
    every = (await get(http, "series"))["series"]
    economics = (await get(http, "series", category="Economics"))["series"]
    assert {series["ticker"] for series in every} - {series["ticker"] for series in economics} == {"KXHIGHNY"}
    one = (await get(http, "series/KXFED"))["series"]
    assert one in every
    assert one["fee_type"] == "quadratic_with_maker_fees"


@pytest.mark.parametrize(
    "path",
    ["markets/NOPE", "events/NOPE", "series/NOPE", "historical/markets/NOPE", "markets/NOPE/orderbook", "nowhere"],
)
async def test_what_does_not_exist_is_a_404_in_the_exchanges_shape(http: aiohttp.ClientSession, path: str) -> None:
    async with http.get(path) as answer:
        assert answer.status == 404
        assert (await answer.json())["error"]["code"] == "not_found"


async def test_the_exchange_is_open_and_its_next_maintenance_a_thursday(http: aiohttp.ClientSession) -> None:
    status = await get(http, "exchange/status")
    assert (status["exchange_active"], status["trading_active"]) == (True, True)
    window = (await get(http, "exchange/schedule"))["schedule"]["maintenance_windows"][0]
    assert window["start_datetime"] == "2026-11-26T08:00:00Z"


async def test_fee_changes_are_listed(http: aiohttp.ClientSession) -> None:
    assert (await get(http, "series/fee_changes"))["series_fee_change_arr"][0]["scheduled_ts"] == "2026-12-07T00:00:00Z"
    assert (await get(http, "events/fee_changes"))["event_fee_changes"] == []


async def test_a_market_moves_to_history_three_months_after_it_settled(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    ticker = exchange.tickers(Status.FINALIZED)[-1]
    live = (await get(http, f"markets/{ticker}"))["market"]
    exchange.clock.advance(100 * 86_400)
    async with http.get(f"markets/{ticker}") as answer:
        assert answer.status == 404
    assert (await get(http, "markets", tickers=ticker))["markets"] == []
    past = (await get(http, f"historical/markets/{ticker}"))["market"]
    assert (await get(http, "historical/markets", tickers=ticker))["markets"] == [past]
    assert {name: past[name] for name in ("result", "settlement_ts", "volume_fp")} == {
        name: live[name] for name in ("result", "settlement_ts", "volume_fp")
    }
    cutoff = (await get(http, "historical/cutoff"))["market_settled_ts"]
    assert past["settlement_ts"] < cutoff


async def test_live_and_historical_markets_have_no_ticker_in_common(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    past = {row["ticker"] for row in (await get(http, "historical/markets", limit=1000))["markets"]}
    assert len(past) > 400
    assert not past & set(exchange.tickers())


async def test_historical_filters_exclude_each_other(http: aiohttp.ClientSession) -> None:
    async with http.get("historical/markets", params={"tickers": "A", "series_ticker": "B"}) as answer:
        assert answer.status == 400


async def test_historical_candles_have_bare_names(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    row = (await get(http, "historical/markets", series_ticker="KXCPI", limit=1))["markets"][0]
    market = exchange.world.markets[row["ticker"]]
    asked = {"start_ts": market.closes - 86_400, "end_ts": market.closes, "period_interval": 60}
    stick = (await get(http, f"historical/markets/{row['ticker']}/candlesticks", **asked))["candlesticks"][0]
    assert set(stick) == {"end_period_ts", "yes_bid", "yes_ask", "price", "volume", "open_interest"}
    assert set(stick["yes_bid"]) == {"open", "low", "high", "close"}
    too_many = asked | {"start_ts": market.closes - 10_001 * 60, "period_interval": 1}
    async with http.get(f"historical/markets/{row['ticker']}/candlesticks", params=too_many) as answer:
        assert answer.status == 400

"""Walking pages: limits and cursors of markets, events and trades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simulator.market import Status

if TYPE_CHECKING:
    import aiohttp

    from support.simulated_exchange import SimulatedExchange


async def walk(http: aiohttp.ClientSession, path: str, **query: str | int) -> list[list[dict[str, Any]]]:
    pages: list[list[dict[str, Any]]] = []
    cursor, name = "", path.rsplit("/", maxsplit=1)[-1]
    while len(pages) < 200:
        async with http.get(path, params={**query, "cursor": cursor}) as answer:
            body = await answer.json()
        pages.append(body[name])
        cursor = body["cursor"]
        if not cursor:
            return pages
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("limit", [7, 100, 1000])
async def test_a_walk_gives_every_open_market_once_in_full_pages_and_ends_on_an_empty_cursor(
    exchange: SimulatedExchange, http: aiohttp.ClientSession, limit: int
) -> None:
    pages = await walk(http, "markets", limit=limit, status="open")
    assert [row["ticker"] for page in pages for row in page] == exchange.tickers(Status.ACTIVE)
    assert all(len(page) == limit for page in pages[:-1])
    assert pages[-1]


async def test_without_a_limit_a_page_holds_100_markets(http: aiohttp.ClientSession) -> None:
    async with http.get("markets") as answer:
        assert len((await answer.json())["markets"]) == 100


async def test_a_page_holds_each_markets_own_bytes(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    async with http.get("markets", params={"status": "open", "limit": 1000}) as answer:
        body = await answer.read()
    for ticker in exchange.tickers(Status.ACTIVE):
        assert exchange.market_json(ticker) in body


async def test_a_market_that_closes_during_a_walk_is_gone_from_the_rest_of_it(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    async with http.get("markets", params={"status": "open", "limit": 10}) as answer:
        cursor = (await answer.json())["cursor"]
    exchange.clock.advance(40 * 86_400)
    async with http.get("markets", params={"status": "open", "limit": 1000, "cursor": cursor}) as answer:
        found = [row["ticker"] for row in (await answer.json())["markets"]]
    now_open = exchange.tickers(Status.ACTIVE)
    assert set(found) <= set(now_open)
    assert len(found) > 500


async def test_events_walk_to_the_end_with_their_markets_inside(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    pages = await walk(http, "events", limit=50, with_nested_markets="true")
    nested = [market["ticker"] for page in pages for event in page for market in event["markets"]]
    combos = [name for name in exchange.tickers() if name.startswith("KXMVE")]
    assert sorted(nested + combos) == sorted(exchange.tickers())


async def test_trades_walk_newest_first_within_the_time_asked(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    pages = await walk(http, "markets/trades", limit=100)
    times = [trade["created_time"] for page in pages for trade in page]
    assert len(times) > 300
    assert times == sorted(times, reverse=True)
    assert times[0] <= "2026-11-23T05:07:00Z"
    assert times[-1] >= "2026-11-23T04:07:00Z"
    assert len({trade["trade_id"] for page in pages for trade in page}) == len(times)

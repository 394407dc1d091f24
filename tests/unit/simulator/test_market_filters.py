"""GET /markets: which markets each filter gives, and which filters go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simulator.market import Status

if TYPE_CHECKING:
    import aiohttp

    from support.simulated_exchange import SimulatedExchange


async def rows(http: aiohttp.ClientSession, **query: str | int) -> list[dict[str, Any]]:
    async with http.get("markets", params={"limit": 1000, **query}) as answer:
        assert answer.status == 200, await answer.text()
        found: list[dict[str, Any]] = (await answer.json())["markets"]
        return found


@pytest.mark.parametrize(
    ("word", "statuses"),
    [
        ("unopened", [Status.INITIALIZED]),
        ("open", [Status.ACTIVE]),
        ("paused", [Status.INACTIVE]),
        ("closed", [Status.CLOSED, Status.DETERMINED, Status.DISPUTED, Status.AMENDED]),
        ("settled", [Status.FINALIZED]),
    ],
)
async def test_each_status_word_gives_exactly_the_markets_in_its_statuses(
    exchange: SimulatedExchange, http: aiohttp.ClientSession, word: str, statuses: list[Status]
) -> None:
    found = [row["ticker"] for row in await rows(http, status=word)]
    assert found == exchange.tickers(*statuses)
    assert found


async def test_a_series_filter_gives_that_series_alone(http: aiohttp.ClientSession) -> None:
    found = await rows(http, series_ticker="KXFED", status="open")
    assert len(found) > 50
    assert {row["event_ticker"].split("-")[0] for row in found} == {"KXFED"}


async def test_an_event_filter_gives_that_event_alone(http: aiohttp.ClientSession) -> None:
    event = (await rows(http, series_ticker="KXFED"))[0]["event_ticker"]
    assert {row["event_ticker"] for row in await rows(http, event_ticker=event)} == {event}


async def test_unknown_tickers_are_left_out_silently(http: aiohttp.ClientSession) -> None:
    known = (await rows(http, series_ticker="KXCPI", status="open"))[0]["ticker"]
    assert [row["ticker"] for row in await rows(http, tickers=f"NOPE-1,{known},NOPE-2")] == [known]


async def test_the_parameter_ticker_is_ignored_silently(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    assert len(await rows(http, ticker="KXCPI-26OCT-T0.3", status="open")) == len(exchange.tickers(Status.ACTIVE))


async def test_combos_are_excluded_or_the_only_ones_as_asked(http: aiohttp.ClientSession) -> None:
    both = await rows(http, status="open")
    only = await rows(http, status="open", mve_filter="only")
    exclude = await rows(http, status="open", mve_filter="exclude")
    assert only
    assert all(row["mve_selected_legs"] for row in only)
    assert len(only) + len(exclude) == len(both)


async def test_time_windows_leave_out_both_of_their_ends(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    at = exchange.world.markets[exchange.tickers(Status.ACTIVE)[300]].created
    inside = await rows(http, status="open", min_created_ts=at - 1, max_created_ts=at + 1)
    assert inside
    assert await rows(http, status="open", min_created_ts=at, max_created_ts=at + 1) == []


@pytest.mark.parametrize("window", ["created", "close"])
async def test_windows_that_overlap_by_two_seconds_give_every_market_once(
    exchange: SimulatedExchange, http: aiohttp.ClientSession, window: str
) -> None:
    word = "open" if window == "created" else ""
    every = [row["ticker"] for row in await rows(http, status=word, series_ticker="KXJOBLESSCLAIMS")]
    middle = exchange.world.moment()
    halves = [
        row["ticker"]
        for edges in ({f"max_{window}_ts": middle + 1}, {f"min_{window}_ts": middle})
        for row in await rows(http, status=word, series_ticker="KXJOBLESSCLAIMS", **edges)
    ]
    assert sorted(halves) == sorted(every)


async def test_an_early_closer_is_found_under_the_close_time_it_shows_and_under_no_other(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    market = max(
        (m for m in exchange.world.markets.values() if m.early and m.closes < exchange.world.moment()),
        key=lambda m: m.closes,
    )
    shown = await rows(http, min_close_ts=market.closes - 1, max_close_ts=market.closes + 1)
    scheduled = await rows(http, min_close_ts=market.event.closes - 1, max_close_ts=market.event.closes + 1)
    assert market.ticker in [row["ticker"] for row in shown]
    assert market.ticker not in [row["ticker"] for row in scheduled]


async def test_an_early_closer_stands_once_in_a_window_over_both_its_close_times(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    market = next(
        m
        for m in exchange.world.markets.values()
        if m.early and exchange.world.is_live(m, exchange.world.moment()) and m.event.closes < exchange.world.moment()
    )
    edges = {"min_close_ts": market.closes - 1, "max_close_ts": market.event.closes + 1}
    found = [row["ticker"] for row in await rows(http, **edges)]
    assert found.count(market.ticker) == 1
    assert len(found) < 1000


@pytest.mark.parametrize(
    "query",
    [
        {"status": "closed", "min_created_ts": "1"},
        {"status": "open", "min_close_ts": "1"},
        {"status": "open", "max_settled_ts": "1"},
        {"status": "open", "min_updated_ts": "1"},
        {"min_updated_ts": "1", "tickers": "A"},
        {"min_updated_ts": "1", "series_ticker": "KXFED"},
        {"min_created_ts": "1", "min_close_ts": "1"},
        {"status": "active"},
        {"mve_filter": "none"},
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "ten"},
        {"cursor": "made-up"},
    ],
)
async def test_filters_that_do_not_go_together_are_refused_with_400(
    http: aiohttp.ClientSession, query: dict[str, str]
) -> None:
    async with http.get("markets", params=query) as answer:
        assert answer.status == 400
        error = (await answer.json())["error"]
        assert error["code"] == "bad_request"
        assert error["details"]

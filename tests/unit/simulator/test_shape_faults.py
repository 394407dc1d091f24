"""Shape faults: answers that are well-formed and wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simulator.market import Status

if TYPE_CHECKING:
    import aiohttp

    from support.simulated_exchange import SimulatedExchange


async def page(http: aiohttp.ClientSession, path: str = "markets", **query: str | int) -> dict[str, Any]:
    async with http.get(path, params=query) as answer:
        assert answer.status == 200
        body: dict[str, Any] = await answer.json()
        return body


async def test_repeat_row_shows_the_last_row_of_a_page_again_on_the_next(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    exchange.faults.set_rates({"repeat_row": 1})
    first = await page(http, status="open", limit=10)
    second = await page(http, status="open", limit=10, cursor=first["cursor"])
    assert second["markets"][0] == first["markets"][-1]
    assert len(second["markets"]) == 10


async def test_cursor_loop_gives_back_the_cursor_it_was_given(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    exchange.faults.set_rates({"cursor_loop": 1})
    first = await page(http, series_ticker="KXFED", limit=1000)
    second = await page(http, series_ticker="KXFED", limit=1000, cursor=first["cursor"])
    assert first["cursor"] == second["cursor"] != ""


@pytest.mark.parametrize(
    ("fault", "there", "gone"),
    [
        ("rename_price_field", "yes_bid_price", "yes_bid_dollars"),
        ("drop_price_field", "yes_ask_dollars", "yes_bid_dollars"),
        ("historical_bare_names", "volume", "volume_fp"),
    ],
)
@pytest.mark.parametrize("one", [False, True])
async def test_a_field_is_renamed_or_missing_in_pages_and_single_markets(
    exchange: SimulatedExchange, http: aiohttp.ClientSession, *, fault: str, there: str, gone: str, one: bool
) -> None:
    exchange.faults.set_rates({fault: 1})
    ticker = exchange.tickers(Status.ACTIVE)[0]
    rows = [(await page(http, f"markets/{ticker}"))["market"]] if one else (await page(http))["markets"]
    assert all(there in row and gone not in row for row in rows)


async def test_a_price_is_null(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    exchange.faults.set_rates({"null_price": 1})
    assert {row["yes_bid_dollars"] for row in (await page(http))["markets"]} == {None}


async def test_an_open_page_holds_a_closed_row(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    exchange.faults.set_rates({"status_leak": 1})
    statuses = [row["status"] for row in (await page(http, status="open"))["markets"]]
    assert statuses == ["closed"] + ["active"] * 99


async def test_the_created_filter_is_ignored_silently(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    exchange.faults.set_rates({"created_filter_ignored": 1})
    future = exchange.world.moment() + 1
    assert len((await page(http, status="open", min_created_ts=future))["markets"]) == 100


async def test_the_created_filter_is_rejected(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    exchange.faults.set_rates({"created_filter_rejected": 1})
    async with http.get("markets", params={"status": "open", "min_created_ts": 1}) as answer:
        assert answer.status == 400
    async with http.get("markets", params={"status": "open"}) as answer:
        assert answer.status == 200

"""What goes onto the wire and what comes back, against a real server."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_common import __version__
from kalshi_common.errors import ConfigError, UnexpectedAnswerError
from kalshi_common.exchange import MarketQuery
from kalshi_common.exchange.signing import Credentials
from support.scripted_server import ScriptedServer

if TYPE_CHECKING:
    from support.scripted_server import ClientOf, Payload, SteppedClock


KEY = Ed25519PrivateKey.generate()
SIGNER = Credentials("key-id", KEY)
TICKERS = ["KXCPIYOY-26NOV-T3.1", "KXCPIYOY-26NOV-T3.2"]


async def test_a_page_of_markets_is_asked_for_with_its_query_and_read(payload: Payload, client_of: ClientOf) -> None:
    query = MarketQuery(series_ticker="KXCPIYOY", min_created_ts=17, max_created_ts=18)
    async with ScriptedServer(payload("markets_open")) as server, client_of(server) as client:
        page = await client.markets(query, cursor="a+/=&b")
    assert [market.market_id for market in page.markets] == TICKERS
    assert server.arrivals[0].path.startswith("/trade-api/v2/markets?")
    assert server.arrivals[0].query == {
        "limit": "1000",
        "status": "open",
        "series_ticker": "KXCPIYOY",
        "min_created_ts": "17",
        "max_created_ts": "18",
        "mve_filter": "exclude",
        "cursor": "a+/=&b",
    }


async def test_what_a_query_leaves_open_is_not_sent(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("markets_open")) as server, client_of(server) as client:
        await client.markets(MarketQuery(status="", exclude_combos=False, limit=5))
    assert server.arrivals[0].query == {"limit": "5"}


async def test_every_endpoint_is_asked_at_its_own_path(payload: Payload, client_of: ClientOf) -> None:
    root = "/trade-api/v2"
    bodies = {
        f"{root}/exchange/status": payload("exchange_status"),
        f"{root}/events": payload("events"),
        f"{root}/events/KX/26 NOV?": payload("event"),
        f"{root}/series": payload("all_series"),
        f"{root}/series/KXCPIYOY": payload("series"),
        f"{root}/markets/orderbooks": payload("orderbooks"),
        f"{root}/historical/markets": payload("historical_markets"),
    }
    async with ScriptedServer(bodies) as server, client_of(server) as client:
        assert not (await client.exchange_status()).exchange_active
        assert len((await client.events(series_ticker=None, cursor="c")).events) == 2
        assert (await client.event("KX/26 NOV?")).event_ticker == "KXCPIYOY-26NOV"
        assert len(list(await client.all_series(["KXCPIYOY"]))) == 1
        assert (await client.series("KXCPIYOY")).series_ticker == "KXCPIYOY"
        assert [book.market_id for book in await client.orderbooks(TICKERS)] == TICKERS
        assert [market.result for market in await client.historical_markets(["KXCPIYOY-25NOV-T2.9"])] == ["no"]
    queries = [arrival.query for arrival in server.arrivals]
    assert queries[1] == {"status": "open", "limit": "200", "cursor": "c"}
    assert server.arrivals[5].path == f"{root}/markets/orderbooks?tickers={TICKERS[0]}&tickers={TICKERS[1]}"


async def test_markets_by_ticker_follow_the_cursor_to_its_end(payload: Payload, client_of: ClientOf) -> None:
    async with (
        ScriptedServer(payload("markets_settled"), payload("markets_open")) as server,
        client_of(server) as client,
    ):
        found = await client.markets_by_ticker(["A", "B"])
    assert len(found) == 4
    assert [arrival.query for arrival in server.arrivals] == [
        {"tickers": "A,B"},
        {"tickers": "A,B", "cursor": "CgYI0KqWvQYSBzEyMzQ1Njc"},
    ]


async def test_a_cursor_that_comes_twice_ends_the_walk_loudly(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("markets_open")) as server, client_of(server) as client:
        with pytest.raises(UnexpectedAnswerError, match="came twice"):
            await client.markets_by_ticker(["A"])
    assert len(server.arrivals) == 2


async def test_asking_for_no_market_asks_nobody(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("markets_open")) as server, client_of(server) as client:
        assert await client.markets_by_ticker([]) == []
    assert server.arrivals == []


async def test_every_request_is_signed_over_its_path_without_the_query(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("markets_open")) as server, client_of(server, credentials=SIGNER) as client:
        await client.markets(MarketQuery())
    sent = server.arrivals[0].headers
    text = f"{sent['KALSHI-ACCESS-TIMESTAMP']}GET/trade-api/v2/markets"
    KEY.public_key().verify(base64.b64decode(sent["KALSHI-ACCESS-SIGNATURE"]), text.encode())
    assert sent["KALSHI-ACCESS-TIMESTAMP"] == "1795410000000"


async def test_a_resent_request_is_signed_anew_at_its_own_time(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("series"), "500") as server, client_of(server, credentials=SIGNER) as client:
        await client.series("KXCPIYOY")
    first, second = (int(arrival.headers["KALSHI-ACCESS-TIMESTAMP"]) for arrival in server.arrivals)
    assert second > first


async def test_without_credentials_nothing_is_signed_and_limits_are_not_asked(
    payload: Payload, client_of: ClientOf
) -> None:
    async with ScriptedServer(payload("account_limits")) as server, client_of(server) as client:
        with pytest.raises(ConfigError, match="KALSHI_API_KEY"):
            await client.account_limits()
        await client._get("/account/limits", {}, len)  # noqa: SLF001 - a plain request, to see its headers
    assert not [name for name in server.arrivals[0].headers if name.upper().startswith("KALSHI")]


async def test_limits_are_read_when_signed(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("account_limits")) as server, client_of(server, credentials=SIGNER) as client:
        assert (await client.account_limits()).reads_per_second == 20


async def test_a_trailing_slash_of_the_base_url_does_no_harm_and_the_client_names_itself(
    payload: Payload, client_of: ClientOf
) -> None:
    async with ScriptedServer(payload("series")) as server, client_of(server, url=server.url + "/") as client:
        await client.series("KXCPIYOY")
    assert server.arrivals[0].path == "/trade-api/v2/series/KXCPIYOY"
    assert server.arrivals[0].headers["User-Agent"] == f"kalshi-stack/{__version__}"


async def test_a_compressed_answer_is_read(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("markets_open"), "gzip") as server, client_of(server) as client:
        page = await client.markets(MarketQuery())
    assert page.size_bytes == len(payload("markets_open"))


async def test_the_figures_tell_requests_bytes_and_the_clocks_difference(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("series"), "429", "skew=-30") as server, client_of(server) as client:
        await client.series("KXCPIYOY")
        passed = client._clock.passed_s  # noqa: SLF001 - the stepped clock of this test
    stats = client.stats
    assert (stats.requests, stats.retries, stats.throttled_429) == (2, 1, 1)
    assert stats.bytes_received == len(payload("series")) + len(b'{"error":"said the script"}')
    assert stats.clock_skew_s == pytest.approx(30 + passed)


async def test_many_requests_at_once_stay_within_lanes_and_rate(
    payload: Payload, client_of: ClientOf, clock: SteppedClock
) -> None:
    async with ScriptedServer(payload("series")) as server, client_of(server, max_concurrency=3) as client:
        await asyncio.gather(*(client.series("KXCPIYOY") for _ in range(30)))
    assert len(server.arrivals) == 30
    assert clock.passed_s == pytest.approx(29 * 0.103)


async def test_log_lines_are_constant_with_fields_beside_them_and_hold_no_secret(
    payload: Payload, client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with ScriptedServer(payload("series"), "500") as server, client_of(server, credentials=SIGNER) as client:
        await client.series("KXCPIYOY")
    (line,) = [record for record in caplog.records if record.name.startswith("kalshi_common")]
    assert (line.message, line.event, line.data["request"]) == ("retry", "retry", "GET /series/KXCPIYOY")
    assert not [record for record in caplog.records if record.name.startswith("stamina")]
    assert "key-id" not in caplog.text

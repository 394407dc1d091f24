"""Wire faults: what a client really meets on its socket."""

from __future__ import annotations

import asyncio
import email.utils
from typing import TYPE_CHECKING

import aiohttp
import pytest

if TYPE_CHECKING:
    from support.simulated_exchange import SimulatedExchange


async def raw_answer(exchange: SimulatedExchange, path: str = "/exchange/status") -> bytes:
    """Send one request by hand and return every byte that came before the connection ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", exchange.port)
    try:
        writer.write(f"GET /trade-api/v2{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("status", [429, 408, 500, 502, 503, 504])
async def test_a_scripted_status_comes_once_and_then_the_good_answer(
    exchange: SimulatedExchange, http: aiohttp.ClientSession, status: int
) -> None:
    exchange.faults.script(str(status), "/markets")
    seen = []
    for _ in range(2):
        async with http.get("markets") as answer:
            seen.append(answer.status)
            assert "Retry-After" not in answer.headers
    assert seen == [status, 200]
    assert [arrival.status for arrival in exchange.requests] == [status, 200]
    assert [arrival.fault for arrival in exchange.requests] == [str(status), ""]
    assert [arrival.attempt for arrival in exchange.requests] == [1, 2]


async def test_429_has_the_real_exchanges_body(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    exchange.faults.script("429")
    async with http.get("markets") as answer:
        assert await answer.json() == {"error": "too many requests"}


async def test_retry_after_comes_in_seconds(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    exchange.faults.retry_after_s = 7
    exchange.faults.script("429_seconds")
    async with http.get("markets") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


async def test_retry_after_comes_as_a_date_by_the_worlds_clock(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    exchange.faults.retry_after_s = 7
    exchange.faults.script("429_date")
    async with http.get("markets") as answer:
        wanted, sent = (email.utils.parsedate_to_datetime(answer.headers[name]) for name in ("Retry-After", "Date"))
        assert (wanted - sent).total_seconds() == 7


async def test_html_comes_with_200(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    exchange.faults.script("html_200")
    async with http.get("markets") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert (await answer.text()).startswith("<html>")


async def test_a_cut_body_is_shorter_than_the_length_it_announced(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    exchange.faults.script("cut_body")
    async with http.get("markets") as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_a_body_cut_without_a_length_looks_whole_to_http_and_is_no_json(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    exchange.faults.script("cut_chunked")
    async with http.get("markets") as answer:
        text = await answer.text()
        assert answer.status == 200
        assert "Content-Length" not in answer.headers
        with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
            await answer.json(content_type=None)
    assert text.startswith('{"markets":[')


async def test_broken_json_comes_whole_and_cannot_be_parsed(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    exchange.faults.script("broken_json")
    async with http.get("markets") as answer:
        assert len(await answer.read()) == answer.content_length
        with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
            await answer.json()


async def test_a_reset_reaches_the_client_as_a_reset(exchange: SimulatedExchange) -> None:
    exchange.faults.script("reset")
    with pytest.raises(ConnectionResetError):
        await raw_answer(exchange)
    assert (exchange.requests[0].fault, exchange.requests[0].status) == ("reset", 0)
    assert (await raw_answer(exchange)).startswith(b"HTTP/1.1 200")


async def test_a_slow_answer_comes_in_drips_and_whole(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    exchange.faults.slow_s = 0.2
    exchange.faults.script("slow")
    async with http.get("markets") as answer:
        portions = [portion async for portion in answer.content.iter_any()]
    assert len(portions) > 1
    async with http.get("markets") as answer:
        assert await answer.read() == b"".join(portions)


async def test_a_hanging_request_gets_no_byte_while_others_are_answered(exchange: SimulatedExchange) -> None:
    exchange.faults.script("hang")
    hanging = asyncio.create_task(raw_answer(exchange))
    await exchange.arrived(1)
    assert (await raw_answer(exchange)).startswith(b"HTTP/1.1 200")
    assert not hanging.done()
    assert (exchange.requests[0].fault, exchange.requests[0].status) == ("hang", 0)
    hanging.cancel()


async def test_a_hanging_request_ends_when_its_client_goes(exchange: SimulatedExchange) -> None:
    exchange.faults.script("hang")
    before = asyncio.all_tasks()
    hanging = asyncio.create_task(raw_answer(exchange))
    await exchange.arrived(1)
    serving = asyncio.all_tasks() - before - {hanging}
    hanging.cancel()
    _, unfinished = await asyncio.wait(serving, timeout=10)
    assert unfinished == set()


async def test_stopping_does_not_wait_for_hanging_requests(
    http: aiohttp.ClientSession, exchange: SimulatedExchange
) -> None:
    exchange.faults.script("hang")
    hanging = asyncio.create_task(raw_answer(exchange))
    await exchange.arrived(1)
    await exchange.__aexit__(None, None, None)
    assert await hanging == b""
    with pytest.raises(aiohttp.ClientConnectorError):
        await http.get("exchange/status")


async def test_a_script_waits_for_its_path_its_query_and_its_turn(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    exchange.faults.script("500", "/markets", query="series_ticker=KXFED", after=1)
    seen = []
    for path in ("series/KXFED", "markets", "markets?series_ticker=KXFED", "markets?series_ticker=KXFED"):
        async with http.get(path) as answer:
            seen.append(answer.status)
    assert seen == [200, 200, 200, 500]


async def test_during_maintenance_only_the_status_answers_and_says_so(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    exchange.faults.set_rates({"maintenance": 1})
    async with http.get("markets") as answer:
        assert answer.status == 503
    async with http.get("exchange/status") as answer:
        status = await answer.json()
    assert (status["exchange_active"], status["trading_active"]) == (False, False)
    assert status["exchange_estimated_resume_time"] > "2026-11-23T05:07:00Z"

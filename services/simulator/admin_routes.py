"""The `/_sim/` endpoints, outside the trade path: steering the simulator and looking into it. No part of Kalshi.

All bodies are JSON objects; a wrong one is answered with 400 and a sentence.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiohttp import web

from simulator.answers import bad_request, body_answer, json_answer, not_found
from simulator.exchange import exchange_of
from simulator.faults import FAULTS
from simulator.market import Status

if TYPE_CHECKING:
    from simulator.exchange import Exchange

routes = web.RouteTableDef()
_DONE: Final = {"ok": True}


async def _body(request: web.Request, *allowed: str) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.read() or b"{}")
    except orjson.JSONDecodeError:
        raise bad_request("the body is not JSON") from None
    if not isinstance(body, dict) or not set(body) <= set(allowed):
        raise bad_request(f"the body must be an object of {', '.join(allowed)}")
    return body


def _number(body: dict[str, Any], name: str, default: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise bad_request(f"{name} must be a number, 0 or more")
    return value


@routes.get("/_sim/health")
async def health(request: web.Request) -> web.Response:
    """Say that it runs, with what world and at what time."""
    world = exchange_of(request).world
    return json_answer({**_DONE, "now": world.clock.now(), "seed": world.seed, "markets": len(world.markets)})


@routes.get("/_sim/faults")
async def faults(request: web.Request) -> web.Response:
    """Show the rates and scripts in force and every fault's name."""
    current = exchange_of(request).faults
    scripts = [asdict(script) for script in current.scripts]
    return json_answer({"rates": current.rates, "scripts": scripts, "known": FAULTS})


@routes.put("/_sim/faults")
async def set_faults(request: web.Request) -> web.Response:
    """Replace the rates: `{"rates": {"429": 0.1}, "retry_after_s": 1, "slow_s": 5, "most_in_a_row": 4}`."""
    body = await _body(request, "rates", "retry_after_s", "slow_s", "most_in_a_row")
    current = exchange_of(request).faults
    rates = body.get("rates", {})
    if not isinstance(rates, dict) or not all(isinstance(rate, int | float) for rate in rates.values()):
        raise bad_request("rates must be an object of numbers")
    try:
        current.set_rates(rates)
    except ValueError as wrong:
        raise bad_request(str(wrong)) from None
    current.retry_after_s = int(_number(body, "retry_after_s", current.retry_after_s))
    current.slow_s = _number(body, "slow_s", current.slow_s)
    current.most_in_a_row = int(_number(body, "most_in_a_row", current.most_in_a_row))
    return json_answer({**_DONE, "rates": current.rates})


@routes.delete("/_sim/faults")
async def clear_faults(request: web.Request) -> web.Response:
    """Drop all rates and scripts."""
    exchange_of(request).faults.clear()
    return json_answer(_DONE)


@routes.post("/_sim/script")
async def script(request: web.Request) -> web.Response:
    """Order a fault: `{"fault": "reset", "path": "/markets", "times": 2, "query": "", "after": 0, "method": "GET"}`."""
    body = await _body(request, "fault", "path", "times", "query", "after", "method")
    try:
        exchange_of(request).faults.script(
            str(body.get("fault", "")),
            str(body.get("path", "")),
            times=int(_number(body, "times", 1)),
            query=str(body.get("query", "")),
            after=int(_number(body, "after", 0)),
            method=str(body.get("method", "")),
        )
    except ValueError as wrong:
        raise bad_request(str(wrong)) from None
    return json_answer(_DONE)


@routes.post("/_sim/time")
async def set_time(request: web.Request) -> web.Response:
    """Move the world: `{"now": "2026-11-23T05:07:00Z", "frozen": true}` or `{"advance_s": 3600}`."""
    body = await _body(request, "now", "frozen", "advance_s")
    clock = exchange_of(request).world.clock
    try:
        if "now" in body or "frozen" in body:
            moment = dt.datetime.fromisoformat(str(body["now"])) if "now" in body else clock.now()
            clock.set(moment, frozen=body.get("frozen") is True)
    except ValueError as wrong:
        raise bad_request(str(wrong)) from None
    clock.advance(_number(body, "advance_s", 0))
    return json_answer({**_DONE, "now": clock.now()})


@routes.post("/_sim/keys")
async def register_key(request: web.Request) -> web.Response:
    """Accept a key: `{"key_id": "…", "public_key_pem": "…"}`."""
    body = await _body(request, "key_id", "public_key_pem")
    try:
        exchange_of(request).keys.register(str(body.get("key_id", "")), str(body.get("public_key_pem", "")))
    except ValueError as wrong:
        raise bad_request(str(wrong)) from None
    return json_answer(_DONE)


@routes.put("/_sim/limits")
async def set_limits(request: web.Request) -> web.Response:
    """Change buckets and latency; a rate of 0 is no limit.

    `{"requests_per_second": 20, "burst": 20, "writes_per_second": 10, "latency_s": 0.2}`
    """
    body = await _body(request, "requests_per_second", "burst", "writes_per_second", "latency_s")
    exchange: Exchange = exchange_of(request)
    writes = _number(body, "writes_per_second", exchange.write_bucket.rate)
    exchange.write_bucket.configure(writes, writes)
    exchange.bucket.configure(
        _number(body, "requests_per_second", exchange.bucket.rate), _number(body, "burst", exchange.bucket.burst)
    )
    exchange.latency_s = _number(body, "latency_s", exchange.latency_s)
    return json_answer(_DONE)


@routes.get("/_sim/requests")
async def requests(request: web.Request) -> web.Response:
    """Show the log of requests on the trade path, in order of arrival."""
    return json_answer({"requests": exchange_of(request).log.as_json()})


@routes.post("/_sim/reset")
async def reset(request: web.Request) -> web.Response:
    """Empty the log: attempts count from 1 again."""
    exchange_of(request).log.reset()
    return json_answer(_DONE)


@routes.get("/_sim/markets")
async def markets(request: web.Request) -> web.Response:
    """List the tickers of the live markets of a `status` as the market shows it (default active)."""
    word = request.query.get("status", Status.ACTIVE)
    if word not in set(Status):
        raise bad_request(f"status must be one of {', '.join(Status)}")
    return json_answer({"tickers": exchange_of(request).world.tickers(Status(word))})


@routes.get("/_sim/markets/{ticker}")
async def market(request: web.Request) -> web.Response:
    """Give one market's JSON, byte for byte as any page shows it now."""
    try:
        return body_answer(exchange_of(request).world.market_json(request.match_info["ticker"]))
    except LookupError:
        raise not_found("the market") from None

"""What every request on the trade path goes through: log, token bucket, latency, faults, then its handler.

It knows no endpoint, but that `/exchange/status` still answers during maintenance.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from simulator import breakage
from simulator.answers import ApiError, json_answer
from simulator.clock import monotonic
from simulator.exchange import SHAPES, TRADE_API, exchange_of
from simulator.faults import ACCEPTED_LATE, LOST_ANSWERS, MAINTENANCE, SHAPE_FAULTS

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from simulator.exchange import Exchange
    from simulator.requestlog import Arrival

_UNSENT = frozenset({"reset", "hang", "reset_after", "hang_after"})
_CANCEL_COST = 0.2
"""A cancel costs 2 tokens, everything else 10 (kalshi-api.md, Rate limits)."""


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lead a request to its handler, or to the fault it meets."""
    if not request.path.startswith(TRADE_API):
        return await _answered(request, handler)
    exchange = exchange_of(request)
    path = request.path.removeprefix(TRADE_API)
    arrival = exchange.log.arrived(monotonic(), request.method, path, request.query_string)
    answer = await _admitted(exchange, arrival, request, handler)
    if arrival.fault not in _UNSENT:
        arrival.status = answer.status
    return answer


def _within_limits(exchange: Exchange, arrival: Arrival) -> bool:
    if arrival.method == "GET":
        return exchange.bucket.take(arrival.at)
    cancels = arrival.method == "DELETE" and arrival.path.startswith("/portfolio/events/orders/")
    return exchange.write_bucket.take(arrival.at, _CANCEL_COST if cancels else 1)


async def _admitted(exchange: Exchange, arrival: Arrival, request: web.Request, handler: Handler) -> web.StreamResponse:
    if not _within_limits(exchange, arrival):
        arrival.fault = "rate_limit"
        return breakage.too_many_requests()
    met = exchange.faults.meeting(arrival)
    arrival.fault = ",".join(sorted(met))
    if exchange.latency_s:
        await asyncio.sleep(exchange.latency_s)
    if exchange.faults.maintenance and arrival.path != "/exchange/status":
        arrival.fault = MAINTENANCE
        return breakage.html(503, "503 Service Unavailable")
    shapes = met.intersection((*SHAPE_FAULTS, ACCEPTED_LATE))
    request[SHAPES] = frozenset(shapes)
    return await _met(exchange, met - shapes, request, handler)


async def _met(exchange: Exchange, wire: set[str], request: web.Request, handler: Handler) -> web.StreamResponse:
    for name in wire:
        if name in LOST_ANSWERS:
            await _answered(request, handler)  # done, and nobody is told
        kind = name.removesuffix("_after")
        if kind == "hang":
            await asyncio.Event().wait()
        if kind == "reset":
            return breakage.reset(request)
        refused = breakage.refusal(kind, exchange.faults, exchange.world.clock.now())
        if refused is not None:
            return refused
        return await breakage.spoil(name, request, await _answered(request, handler), exchange.faults)
    return await _answered(request, handler)


async def _answered(request: web.Request, handler: Handler) -> web.Response:
    try:
        answer = await handler(request)
    except ApiError as refused:
        return refused.response(exchange_of(request).error_shape)
    except web.HTTPException as refused:
        error = {"code": refused.reason.lower().replace(" ", "_"), "message": refused.reason.lower()}
        return json_answer({"error": error}, status=refused.status)
    if not isinstance(answer, web.Response):
        raise TypeError(f"{request.path}: handlers answer whole bodies")
    return answer


async def set_date(request: web.Request, answer: web.StreamResponse) -> None:
    """Let the `Date` header be the world's time: it is the only server time clients can see."""
    now = exchange_of(request).world.clock.now()
    answer.headers["Date"] = now.strftime("%a, %d %b %Y %H:%M:%S GMT")

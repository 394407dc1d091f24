"""The signed endpoints under /account: the limits in force and what requests cost. The portfolio is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from simulator.answers import json_answer
from simulator.exchange import TRADE_API, Exchange, exchange_of
from simulator.portfolio_routes import signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.bucket import Bucket

_TOKENS: Final = 10
"""What a request costs (kalshi-api.md, Rate limits)."""


def _limits(exchange: Exchange) -> dict[str, Any]:
    return {
        "usage_tier": "basic",
        "read": _tokens(exchange.bucket),
        "write": _tokens(exchange.write_bucket),
        "grants": [],
    }


def _tokens(bucket: Bucket) -> dict[str, int]:
    return {"refill_rate": round(bucket.rate * _TOKENS), "bucket_capacity": round(bucket.burst * _TOKENS)}


_ANSWERS: Final[dict[str, Callable[[Exchange], dict[str, Any]]]] = {
    "/account/limits": _limits,
    "/account/endpoint_costs": lambda _: {
        "default_cost": _TOKENS,
        "endpoint_costs": [{"method": "DELETE", "path": "/portfolio/events/orders/{order_id}", "cost": 2}],
    },
}


@signed
async def _answer(request: web.Request) -> web.Response:
    return json_answer(_ANSWERS[request.path.removeprefix(TRADE_API)](exchange_of(request)))


routes: Final = [web.get(TRADE_API + path, _answer) for path in _ANSWERS]

"""The signed endpoints under /account and /portfolio: a member who has traded nothing. No orders are taken here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from simulator.answers import json_answer
from simulator.exchange import TRADE_API, Exchange, exchange_of

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKENS: Final = 10
"""What a request costs (kalshi-api.md, Rate limits)."""
_ORDERS_A_SECOND: Final = 10


def _limits(exchange: Exchange) -> dict[str, Any]:
    bucket = exchange.bucket
    write = {"refill_rate": _ORDERS_A_SECOND * _TOKENS, "bucket_capacity": _ORDERS_A_SECOND * _TOKENS}
    read = {"refill_rate": round(bucket.rate * _TOKENS), "bucket_capacity": round(bucket.burst * _TOKENS)}
    return {"usage_tier": "basic", "read": read, "write": write, "grants": []}


def _balance(exchange: Exchange) -> dict[str, Any]:
    return {
        "balance": 100_000,
        "balance_dollars": "1000.0000",
        "portfolio_value": 0,
        "updated_ts": exchange.world.moment(),
        "balance_breakdown": [{"exchange_index": 0, "balance": "1000.0000"}],
    }


_ANSWERS: Final[dict[str, Callable[[Exchange], dict[str, Any]]]] = {
    "/account/limits": _limits,
    "/account/endpoint_costs": lambda _: {
        "default_cost": _TOKENS,
        "endpoint_costs": [{"method": "DELETE", "path": "/portfolio/events/orders/{order_id}", "cost": 2}],
    },
    "/portfolio/balance": _balance,
    "/portfolio/positions": lambda _: {"market_positions": [], "event_positions": [], "cursor": ""},
    "/portfolio/orders": lambda _: {"orders": [], "cursor": ""},
    "/portfolio/fills": lambda _: {"fills": [], "cursor": ""},
    "/portfolio/settlements": lambda _: {"settlements": [], "cursor": ""},
    "/portfolio/summary/total_resting_order_value": lambda _: {
        "total_resting_order_value": 0,
        "resting_order_value_breakdown": [],
    },
}


async def _answer(request: web.Request) -> web.Response:
    exchange = exchange_of(request)
    exchange.keys.check(request.method, request.path, request.headers, exchange.world.moment())
    return json_answer(_ANSWERS[request.path.removeprefix(TRADE_API)](exchange))


routes: Final = [web.get(TRADE_API + path, _answer) for path in _ANSWERS]

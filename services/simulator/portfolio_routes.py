"""The signed endpoints that read the portfolio, as far behind the present as `read_lag_s` says."""

from __future__ import annotations

from functools import wraps
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from simulator import portfolio_views
from simulator.answers import bad_request, json_answer, not_found
from simulator.exchange import TRADE_API, exchange_of
from simulator.filters import cursor_for, integer, limit_of, position_of
from simulator.orders_parse import json_object
from simulator.portfolio import EVER, WHILE_OPEN
from simulator.texts import instant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from simulator.portfolio import Account

    Handler = Callable[[web.Request], Awaitable[web.Response]]

routes = web.RouteTableDef()
_PORTFOLIO: Final = f"{TRADE_API}/portfolio"
_USUAL, _MOST = 100, 1000
_STATUSES: Final = ("resting", "canceled", "executed")


def signed(handler: Handler) -> Handler:
    """Let only correctly signed requests through to a handler."""

    @wraps(handler)
    async def checked(request: web.Request) -> web.Response:
        exchange = exchange_of(request)
        exchange.keys.check(request.method, request.path, request.headers, exchange.world.moment())
        return await handler(request)

    return checked


def account_of(request: web.Request) -> Account:
    """Return the member's account."""
    return exchange_of(request).account


def _as_of(account: Account) -> int:
    return account.advance() - account.read_lag_s


def _limit(request: web.Request) -> int:
    return min(limit_of(request.query, _USUAL, _MOST), account_of(request).largest_page)


def _page(request: web.Request, name: str, rows: Iterable[dict[str, Any]]) -> web.Response:
    """Answer one page of `rows`; those an earlier page showed are skipped by their place."""
    limit, start = _limit(request), position_of(request.query.get("cursor", ""))
    found = list(islice(rows, start, start + limit + 1))
    cursor = cursor_for(start + limit) if len(found) > limit else ""
    return json_answer({name: found[:limit], "cursor": cursor})


@routes.get(f"{_PORTFOLIO}/orders")
@signed
async def orders(request: web.Request) -> web.Response:
    """List orders, newest first. An order that was not there yet at the moment shown is missing."""
    account, query = account_of(request), request.query
    at, status, ticker = _as_of(account), query.get("status", ""), query.get("ticker", "")
    if status and status not in _STATUSES:
        raise bad_request(f"status must be one of {', '.join(_STATUSES)}")
    earliest, latest = integer(query, "min_ts", 0), integer(query, "max_ts", at)
    rows = (
        portfolio_views.order(order, at)
        for order in reversed(account.orders.values())
        if order.created <= at
        and earliest <= order.created <= latest
        and (not status or order.status(at) == status)
        and (not ticker or order.wish.ticker == ticker)
    )
    return _page(request, "orders", rows)


@routes.get(f"{_PORTFOLIO}/orders/{{order_id}}")
@signed
async def one_order(request: web.Request) -> web.Response:
    """Show one order."""
    account = account_of(request)
    at, order = _as_of(account), account.orders.get(request.match_info["order_id"])
    if order is None or order.created > at:
        raise not_found(f"order {request.match_info['order_id']}")
    return json_answer({"order": portfolio_views.order(order, at)})


@routes.get(f"{_PORTFOLIO}/fills")
@signed
async def fills(request: web.Request) -> web.Response:
    """List fills, newest first."""
    account, query = account_of(request), request.query
    at = _as_of(account)
    earliest, latest = integer(query, "min_ts", 0), integer(query, "max_ts", at)
    wanted = {"order_id": query.get("order_id", "")}
    tickers = set(filter(None, query.get("ticker", "").split(",")))
    rows = (
        fill
        for fill in portfolio_views.fills(account, at)
        if earliest <= fill["ts"] <= latest
        and wanted["order_id"] in {"", fill["order_id"]}
        and (not tickers or fill["ticker"] in tickers)
    )
    return _page(request, "fills", rows)


@routes.get(f"{_PORTFOLIO}/positions")
@signed
async def positions(request: web.Request) -> web.Response:
    """List the positions that are not settled."""
    account, ticker = account_of(request), request.query.get("ticker", "")
    held = request.query.get("count_filter", "") == "position"
    rows = [
        row
        for row in portfolio_views.positions(account, _as_of(account))
        if ticker in {"", row["ticker"]} and not (held and row["position_fp"] == "0.00")
    ]
    limit, start = _limit(request), position_of(request.query.get("cursor", ""))
    cursor = cursor_for(start + limit) if len(rows) > start + limit else ""
    page = rows[start : start + limit]
    return json_answer({"market_positions": page, "event_positions": [], "cursor": cursor})


@routes.get(f"{_PORTFOLIO}/settlements")
@signed
async def settlements(request: web.Request) -> web.Response:
    """List what was paid out, newest first."""
    account, ticker = account_of(request), request.query.get("ticker", "")
    rows = portfolio_views.settlements(account, _as_of(account))
    return _page(request, "settlements", (row for row in rows if ticker in {"", row["ticker"]}))


@routes.get(f"{_PORTFOLIO}/balance")
@signed
async def balance(request: web.Request) -> web.Response:
    """Show the cash."""
    account = account_of(request)
    return json_answer(portfolio_views.balance(account, _as_of(account)))


@routes.get(f"{_PORTFOLIO}/summary/total_resting_order_value")
@signed
async def resting_value(request: web.Request) -> web.Response:
    """Show what resting orders may cost, in cents."""
    account = account_of(request)
    cents = account.reserved(_as_of(account)) // 10_000
    return json_answer({"total_resting_order_value": cents, "resting_order_value_breakdown": []})


@routes.get(f"{TRADE_API}/exchange/user_data_timestamp")
async def user_data_timestamp(request: web.Request) -> web.Response:
    """Tell the moment that the portfolio's reads show."""
    return json_answer({"as_of_time": instant(_as_of(account_of(request)))})


@routes.get("/_sim/orders")
async def log(request: web.Request) -> web.Response:
    """List every order ever accepted, without any lag: the truth that tests hold a ledger against."""
    account = account_of(request)
    account.advance()
    return json_answer({"orders": portfolio_views.log(account)})


@routes.put("/_sim/account")
async def set_account(request: web.Request) -> web.Response:
    """Choose what no source proves: `{"read_lag_s": 7, "late_s": 5, "duplicates": "ever", "reserves": false, …}`.

    Also `trading_paused`, which stops the whole exchange's trading, and `error_shape`: nested, flat or text.
    """
    exchange, body = exchange_of(request), json_object(await request.read())
    account = exchange.account
    kinds = {"read_lag_s": int, "late_s": int, "largest_page": int, "reserves": bool, "trading_paused": bool}
    words = {"duplicates": (WHILE_OPEN, EVER), "error_shape": ("nested", "flat", "text")}
    for name, value in body.items():
        if (name in words and value not in words[name]) or (name in kinds and type(value) is not kinds[name]):
            raise bad_request(f"{name} cannot be {value!r}")
        if name not in words and name not in kinds:
            raise bad_request(f"{name} is not known; known are {', '.join([*kinds, *words])}")
        setattr(exchange if name == "error_shape" else account, name, value)
    return json_answer({"ok": True})

"""The signed endpoints that write: orders (V2), cancels and order groups. V1 orders are gone, as at Kalshi."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from simulator import breakage, portfolio_views
from simulator.answers import ApiError, bad_request, json_answer, not_found
from simulator.exchange import SHAPES, TRADE_API, exchange_of
from simulator.faults import ACCEPTED_LATE
from simulator.market import number
from simulator.orders import Group
from simulator.orders_parse import count_of, json_object, order_wish
from simulator.portfolio_routes import account_of, signed
from simulator.texts import contracts

if TYPE_CHECKING:
    from simulator.portfolio import Account

routes = web.RouteTableDef()
_ORDERS: Final = f"{TRADE_API}/portfolio/events/orders"
_GROUPS: Final = f"{TRADE_API}/portfolio/order_groups"


@routes.post(_ORDERS)
@signed
async def create(request: web.Request) -> web.Response:
    """Accept and match an order; a late one is only queued, and its answer is lost."""
    account = account_of(request)
    wish = order_wish(await request.read())
    if ACCEPTED_LATE in request[SHAPES]:
        account.place_late(wish)
        return breakage.html(HTTPStatus.GATEWAY_TIMEOUT, "504 Gateway Timeout")
    order = account.place(wish)
    return json_answer(portfolio_views.placed(order, account.world.moment()), status=HTTPStatus.CREATED)


@routes.delete(_ORDERS)
@signed
async def cancel_all(request: web.Request) -> web.Response:
    """Cancel whatever rests."""
    account_of(request).cancel_all()
    return web.Response(status=HTTPStatus.NO_CONTENT)


@routes.delete(f"{_ORDERS}/{{order_id}}")
@signed
async def cancel(request: web.Request) -> web.Response:
    """Cancel one order."""
    account = account_of(request)
    order, reduced_by = account.cancel(request.match_info["order_id"])
    answer = {
        "order_id": order.order_id,
        "client_order_id": order.wish.client_order_id,
        "reduced_by": contracts(reduced_by),
        "ts_ms": account.world.moment() * 1000,
    }
    return json_answer(answer)


@routes.post(f"{TRADE_API}/portfolio/orders")
@routes.delete(f"{TRADE_API}/portfolio/orders/{{order_id}}")
async def gone(_: web.Request) -> web.Response:
    """Refuse V1 orders."""
    raise ApiError(HTTPStatus.GONE, "gone", "this endpoint is gone; use /portfolio/events/orders")


@routes.post(f"{_GROUPS}/create")
@signed
async def create_group(request: web.Request) -> web.Response:
    """Make an order group."""
    account = account_of(request)
    body = json_object(await request.read())
    limit = _limit(body)
    name = f"{number(account.world.seed, 'group', len(account.groups), account.world.moment()):016x}"
    account.groups[name] = Group(name, limit)
    return json_answer({"order_group_id": name, "subaccount": 0, "exchange_index": 0}, status=HTTPStatus.CREATED)


def _limit(body: dict[str, Any]) -> int:
    whole, text = body.get("contracts_limit"), body.get("contracts_limit_fp")
    if isinstance(text, str):
        return count_of(text)
    if isinstance(whole, int) and not isinstance(whole, bool) and whole > 0:
        return whole * 100
    raise bad_request("contracts_limit must be a whole number from 1")


@routes.get(_GROUPS)
@signed
async def groups(request: web.Request) -> web.Response:
    """List the order groups."""
    account = account_of(request)
    return json_answer({"order_groups": [portfolio_views.group(each) for each in account.groups.values()]})


@routes.get(f"{_GROUPS}/{{group_id}}")
@signed
async def one_group(request: web.Request) -> web.Response:
    """Show a group and the orders that rest in it."""
    account, group = _group(request)
    account.advance()
    inside = [each.order_id for each in account.orders.values() if each.open and each.wish.group_id == group.group_id]
    shown = portfolio_views.group(group)
    return json_answer({**{name: shown[name] for name in shown if name != "id"}, "orders": inside})


@routes.put(f"{_GROUPS}/{{group_id}}/reset")
@signed
async def reset_group(request: web.Request) -> web.Response:
    """Let a group take orders again."""
    _, group = _group(request)
    group.triggered = False
    group.matched.clear()
    return json_answer({})


@routes.put(f"{_GROUPS}/{{group_id}}/trigger")
@signed
async def trigger_group(request: web.Request) -> web.Response:
    """Cancel a group's orders, and take no more until it is reset."""
    account, group = _group(request)
    account.trigger(group)
    return json_answer({})


@routes.delete(f"{_GROUPS}/{{group_id}}")
@signed
async def delete_group(request: web.Request) -> web.Response:
    """Cancel a group's orders and forget it."""
    account, group = _group(request)
    account.trigger(group)
    del account.groups[group.group_id]
    return json_answer({})


def _group(request: web.Request) -> tuple[Account, Group]:
    account = exchange_of(request).account
    group = account.groups.get(request.match_info["group_id"])
    if group is None:
        raise not_found(f"order group {request.match_info['group_id']}")
    return account, group

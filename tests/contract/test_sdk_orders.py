"""The official SDK orders, cancels and reads its portfolio at the simulated exchange, and loses nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kalshi_python_async import (
    ApiClient,
    ApiException,
    ExchangeApi,
    KalshiAuth,
    OrderGroupsApi,
    OrdersApi,
    PortfolioApi,
)
from kalshi_python_async.models.create_order_group_request import CreateOrderGroupRequest
from kalshi_python_async.models.create_order_v2_request import CreateOrderV2Request

from kalshi_common.domain.order import OrderIntent
from kalshi_common.exchange import wire_orders
from simulator.market import Status
from simulator.price import quote
from simulator.texts import dollars
from support.sdk_answers import lost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kalshi_python_async import ApiResponse

    from simulator.market import SimMarket
    from support.simulated_exchange import SimulatedExchange

INTENT = OrderIntent(
    "c/M/no", "ks1-0", "c", None, "live", "prod", "KXCPI-26NOV-T0.3", "KXCPI", "KXCPI-26NOV", "cpi", "no", 1050,
    560_000, 180_000, "good_till_canceled", "2026-11-23T06:00:00Z", "2026-11-23T05:00:00Z",
)  # fmt: skip


@pytest.fixture
def signing(exchange: SimulatedExchange, sdk: ApiClient, pem: str, public_pem: bytes) -> ApiClient:
    exchange.keys.register("my-key", public_pem)
    sdk.kalshi_auth = KalshiAuth("my-key", pem)
    return sdk


def market(exchange: SimulatedExchange) -> SimMarket:
    moment = exchange.world.moment()
    markets = (exchange.world.markets[name] for name in exchange.tickers(Status.ACTIVE) if name.startswith("KXCPI-"))
    return next(each for each in markets if 2_000 < quote(each, moment).bid < 8_000)


def order(exchange: SimulatedExchange, **changes: Any) -> dict[str, Any]:
    """A bid for one contract at the offer that is filled at once, or as changed."""
    found = market(exchange)
    return {
        "ticker": found.ticker,
        "client_order_id": "key-1",
        "side": "bid",
        "count": "1.00",
        "price": dollars(quote(found, exchange.world.moment()).ask),
        "time_in_force": "immediate_or_cancel",
        "self_trade_prevention_type": "taker_at_cross",
        **changes,
    }


def resting(exchange: SimulatedExchange, **changes: Any) -> dict[str, Any]:
    ends = exchange.world.moment() + 3600
    told = {
        "price": "0.0100",
        "time_in_force": "good_till_canceled",
        "expiration_time": ends,
        "client_order_id": "key-2",
    }
    return order(exchange, **{**told, **changes})


async def test_an_order_is_accepted_and_its_answer_read_whole(exchange: SimulatedExchange, signing: ApiClient) -> None:
    answer = await OrdersApi(signing).create_order_v2_with_http_info(CreateOrderV2Request(**order(exchange)))
    assert (answer.status_code, lost(answer)) == (201, set())
    assert (answer.data.client_order_id, answer.data.fill_count) == ("key-1", "1.00")


READS: dict[str, Callable[[ApiClient], Awaitable[ApiResponse[Any]]]] = {
    "orders": lambda sdk: OrdersApi(sdk).get_orders_with_http_info(limit=100),
    "fills": lambda sdk: PortfolioApi(sdk).get_fills_with_http_info(limit=100),
    "positions": lambda sdk: PortfolioApi(sdk).get_positions_with_http_info(limit=100),
    "settlements": lambda sdk: PortfolioApi(sdk).get_settlements_with_http_info(limit=100),
    "balance": lambda sdk: PortfolioApi(sdk).get_balance_with_http_info(),
    "order groups": lambda sdk: OrderGroupsApi(sdk).get_order_groups_with_http_info(),
    "user data timestamp": lambda sdk: ExchangeApi(sdk).get_user_data_timestamp_with_http_info(),
}


@pytest.mark.parametrize("name", READS)
async def test_what_was_traded_is_read_whole(exchange: SimulatedExchange, signing: ApiClient, name: str) -> None:
    group = await OrderGroupsApi(signing).create_order_group(contracts_limit=100)
    await OrdersApi(signing).create_order_v2(**order(exchange, order_group_id=group.order_group_id))
    await OrdersApi(signing).create_order_v2(**resting(exchange, cancel_order_on_pause=True))
    if name == "settlements":
        exchange.clock.advance(market(exchange).finalized - exchange.world.moment())
    answer = await READS[name](signing)
    assert lost(answer) == set()
    rows = next((value for value in answer.data.model_dump().values() if isinstance(value, list)), ["one"])
    assert rows, "the answer must hold something to lose"


async def test_one_order_is_shown_and_canceled(exchange: SimulatedExchange, signing: ApiClient) -> None:
    orders = OrdersApi(signing)
    order_id = (await orders.create_order_v2(**resting(exchange))).order_id
    shown = await orders.get_order_with_http_info(order_id)
    assert (shown.data.order.status, lost(shown)) == ("resting", set())
    canceled = await orders.cancel_order_v2_with_http_info(order_id)
    assert (canceled.data.reduced_by, lost(canceled)) == ("1.00", set())
    assert (await orders.get_order(order_id)).order.status == "canceled"


async def test_everything_is_canceled_at_once(exchange: SimulatedExchange, signing: ApiClient) -> None:
    orders = OrdersApi(signing)
    order_id = (await orders.create_order_v2(**resting(exchange))).order_id
    await orders.cancel_all_orders()
    assert (await orders.get_order(order_id)).order.status == "canceled"


async def test_a_group_is_made_shown_triggered_reset_and_deleted(
    exchange: SimulatedExchange, signing: ApiClient
) -> None:
    groups = OrderGroupsApi(signing)
    made = await groups.create_order_group_with_http_info(CreateOrderGroupRequest(contracts_limit=5))
    assert (made.status_code, lost(made)) == (201, set())
    name = made.data.order_group_id
    order_id = (await OrdersApi(signing).create_order_v2(**resting(exchange, order_group_id=name))).order_id
    shown = await groups.get_order_group_with_http_info(name)
    assert (shown.data.orders, shown.data.contracts_limit_fp, lost(shown)) == ([order_id], "5.00", set())
    await groups.trigger_order_group(name)
    await groups.reset_order_group(name)
    await groups.delete_order_group(name)
    assert (await groups.get_order_groups()).order_groups == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"price": "0.5650"}, 400), ({"ticker": "KXNO-1"}, 404), ({"client_order_id": "key-2"}, 409)],
)
async def test_a_refused_order_surfaces_with_its_status(
    exchange: SimulatedExchange, signing: ApiClient, changes: dict[str, Any], status: int
) -> None:
    await OrdersApi(signing).create_order_v2(**resting(exchange))
    with pytest.raises(ApiException) as refused:
        await OrdersApi(signing).create_order_v2(**order(exchange, **changes))
    assert refused.value.status == status


async def test_our_own_body_of_an_order_is_the_sdks_model_to_the_last_member() -> None:
    body = wire_orders.create_body(INTENT, "group-1").decode()
    read = CreateOrderV2Request.from_json(body)
    assert read is not None
    assert CreateOrderV2Request.from_dict(read.to_dict()) == read
    assert (read.side, read.count, read.price) == ("ask", "10.50", "0.4400")
    assert set(read.model_dump(exclude_none=True)) == {
        "ticker", "client_order_id", "side", "count", "price", "time_in_force", "self_trade_prevention_type",
        "cancel_order_on_pause", "order_group_id", "expiration_time",
    }  # fmt: skip

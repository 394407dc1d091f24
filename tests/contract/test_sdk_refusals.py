"""The official SDK signs its way into the simulated exchange, and is refused in its own exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from kalshi_python_async import (
    AccountApi,
    ApiClient,
    ApiException,
    BadRequestException,
    ExchangeApi,
    KalshiAuth,
    MarketApi,
    NotFoundException,
    OrdersApi,
    PortfolioApi,
    ServiceException,
    UnauthorizedException,
)

from support.sdk_answers import lost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kalshi_python_async import ApiResponse

    from support.simulated_exchange import SimulatedExchange

SIGNED: dict[str, Callable[[ApiClient], Awaitable[ApiResponse[Any]]]] = {
    "account limits": lambda sdk: AccountApi(sdk).get_account_api_limits_with_http_info(),
    "endpoint costs": lambda sdk: AccountApi(sdk).get_account_endpoint_costs_with_http_info(),
    "balance": lambda sdk: PortfolioApi(sdk).get_balance_with_http_info(exchange_index=0),
    "positions": lambda sdk: PortfolioApi(sdk).get_positions_with_http_info(limit=100),
    "orders": lambda sdk: OrdersApi(sdk).get_orders_with_http_info(status="resting", limit=100),
    "fills": lambda sdk: PortfolioApi(sdk).get_fills_with_http_info(ticker="KXFED-27JAN-T4.00"),
    "settlements": lambda sdk: PortfolioApi(sdk).get_settlements_with_http_info(limit=100),
    "resting order value": lambda sdk: PortfolioApi(sdk).get_portfolio_resting_order_total_value_with_http_info(),
}


@pytest.fixture
def signing(exchange: SimulatedExchange, sdk: ApiClient, pem: str, public_pem: bytes) -> ApiClient:
    exchange.keys.register("my-key", public_pem)
    # Not sdk.set_kalshi_auth: in 3.34.0 it uses a name that its module does not import.
    sdk.kalshi_auth = KalshiAuth("my-key", pem)
    return sdk


@pytest.mark.parametrize("name", SIGNED)
async def test_a_signed_account_read_is_answered_and_loses_nothing(signing: ApiClient, name: str) -> None:
    answer = await SIGNED[name](signing)
    assert answer.status_code == 200
    assert lost(answer) == set()


@pytest.mark.parametrize("name", SIGNED)
async def test_an_account_read_without_a_signature_is_unauthorized(sdk: ApiClient, name: str) -> None:
    with pytest.raises(UnauthorizedException) as refused:
        await SIGNED[name](sdk)
    assert refused.value.status == 401


async def test_a_signature_by_another_key_than_the_registered_one_is_unauthorized(
    exchange: SimulatedExchange, signing: ApiClient
) -> None:
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    for stranger in (Ed25519PrivateKey.generate(), generate_private_key(65537, 2048)):
        public = stranger.public_key().public_bytes(serialization.Encoding.PEM, info)
        exchange.keys.register("my-key", public)
        with pytest.raises(UnauthorizedException) as refused:
            await PortfolioApi(signing).get_balance()
        assert refused.value.status == 401
        assert "INCORRECT_API_KEY_SIGNATURE" in refused.value.body


async def test_an_unknown_key_id_is_unauthorized(sdk: ApiClient, pem: str) -> None:
    sdk.kalshi_auth = KalshiAuth("nobodys-key", pem)
    with pytest.raises(UnauthorizedException) as refused:
        await PortfolioApi(sdk).get_balance()
    assert "NOT_FOUND" in refused.value.body


async def test_a_member_who_traded_nothing_has_a_balance_and_an_empty_portfolio(signing: ApiClient) -> None:
    balance = await PortfolioApi(signing).get_balance()
    assert (balance.balance, balance.balance_dollars, balance.portfolio_value) == (100_000, "1000.0000", 0)
    positions = await PortfolioApi(signing).get_positions()
    assert (positions.market_positions, positions.event_positions, positions.cursor) == ([], [], "")
    assert (await OrdersApi(signing).get_orders()).orders == []
    assert (await PortfolioApi(signing).get_fills()).fills == []
    assert (await PortfolioApi(signing).get_settlements()).settlements == []


async def test_the_limits_and_costs_agree_with_the_bucket_in_force(
    exchange: SimulatedExchange, signing: ApiClient
) -> None:
    exchange.bucket.configure(30, 40)
    limits = await AccountApi(signing).get_account_api_limits()
    costs = await AccountApi(signing).get_account_endpoint_costs()
    assert limits.read.refill_rate == 30 * costs.default_cost
    assert limits.read.bucket_capacity == 40 * costs.default_cost


async def test_an_empty_bucket_surfaces_as_429(sdk: ApiClient, exchange: SimulatedExchange) -> None:
    exchange.bucket.configure(1e-6, 2)
    for _ in range(2):
        await ExchangeApi(sdk).get_exchange_status()
    with pytest.raises(ApiException) as refused:
        await ExchangeApi(sdk).get_exchange_status()
    assert refused.value.status == 429
    assert len(exchange.requests) == 3


async def test_a_retry_after_reaches_the_sdks_user(sdk: ApiClient, exchange: SimulatedExchange) -> None:
    exchange.faults.script("429_seconds", "/markets")
    with pytest.raises(ApiException) as refused:
        await MarketApi(sdk).get_markets()
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "1")


@pytest.mark.parametrize("fault", ["500", "502", "503", "504"])
async def test_a_server_error_surfaces_as_a_service_exception(
    sdk: ApiClient, exchange: SimulatedExchange, fault: str
) -> None:
    exchange.faults.script(fault, "/markets")
    with pytest.raises(ServiceException) as refused:
        await MarketApi(sdk).get_markets()
    assert refused.value.status == int(fault)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "active"},
        {"limit": 1001},
        {"cursor": "no cursor of ours"},
        {"status": "closed", "min_created_ts": 1},
        {"min_close_ts": 1, "min_settled_ts": 1},
        {"min_updated_ts": 1, "event_ticker": "KXFED-27JAN"},
    ],
)
async def test_filters_that_do_not_go_together_are_a_bad_request(sdk: ApiClient, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadRequestException) as refused:
        await MarketApi(sdk).get_markets(**wrong)
    assert refused.value.status == 400


async def test_an_unknown_market_is_not_found(sdk: ApiClient) -> None:
    with pytest.raises(NotFoundException, match="KXNOBODY-1"):
        await MarketApi(sdk).get_market("KXNOBODY-1")

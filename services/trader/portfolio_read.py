"""Our account as the exchange shows it, read whole; and the two clients that live trading speaks through."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from kalshi_common.clock import Clock
    from kalshi_common.config import Settings
    from kalshi_common.domain.money import MicroDollars
    from kalshi_common.domain.portfolio import ExchangeFill, ExchangeOrder, ExchangePosition, ExchangeSettlement
    from kalshi_common.exchange.orders_client import OrdersClient
    from kalshi_common.exchange.portfolio_client import PortfolioClient


class Observed(NamedTuple):
    """The account as told. `as_of_utc` was asked first, so that all the rest is at least as fresh."""

    as_of_utc: str
    orders: list[ExchangeOrder]
    fills: list[ExchangeFill]
    positions: list[ExchangePosition]
    settlements: list[ExchangeSettlement]
    balance: MicroDollars


class LiveExchange(NamedTuple):
    """The reading and the writing half of a signed connection."""

    portfolio: PortfolioClient
    orders: OrdersClient


async def read_portfolio(client: PortfolioClient) -> Observed:
    """Read everything, list by list; between two lists an order may fill, so a single mismatch proves nothing.

    Raises:
        ExchangeError: one of the reads failed for good.
    """
    return Observed(
        await client.user_data_timestamp(),
        await client.orders(),
        await client.fills(),
        await client.positions(),
        await client.settlements(),
        await client.balance(),
    )


@contextlib.asynccontextmanager
async def live_exchange(
    settings: Settings, clock: Clock, *, should_stop: Callable[[], bool] = lambda: False
) -> AsyncIterator[LiveExchange]:
    """Connect, signed. Reads and writes each have a rate limit, shared by all processes on the data directory.

    Raises:
        ConfigError: there is no key, or it cannot be used.
    """
    from kalshi_common.exchange import Credentials, SharedRateLimit  # noqa: PLC0415  # what only live runs should load
    from kalshi_common.exchange.orders_client import WRITES_PER_SECOND, OrdersClient  # noqa: PLC0415  # likewise
    from kalshi_common.exchange.portfolio_client import PortfolioClient  # noqa: PLC0415  # likewise

    exchange, secrets = settings.exchange, settings.secrets
    if not (secrets.kalshi_api_key and secrets.kalshi_private_key):
        raise ConfigError(
            "KALSHI_API_KEY and KALSHI_PRIVATE_KEY: our account at the exchange cannot be read without them; set both"
        )
    credentials = Credentials.from_pem(secrets.kalshi_api_key, secrets.kalshi_private_key)
    locks = settings.storage.data_dir / "locks"
    portfolio = PortfolioClient(
        exchange.url,
        limiter=SharedRateLimit(locks / "rate_limit", exchange.requests_per_second, clock),
        clock=clock,
        credentials=credentials,
        max_retries=exchange.max_retries,
        timeout_s=exchange.timeout_s,
        max_concurrency=exchange.max_concurrency,
        should_stop=should_stop,
    )
    orders = OrdersClient(
        exchange.url,
        limiter=SharedRateLimit(locks / "rate_limit_writes", WRITES_PER_SECOND, clock),
        clock=clock,
        credentials=credentials,
        timeout_s=exchange.timeout_s,
    )
    async with portfolio, orders:
        yield LiveExchange(portfolio, orders)

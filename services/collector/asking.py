"""How the collector asks Kalshi: one client under the shared rate limit, no faster than the account may."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from kalshi_common import log
from kalshi_common.errors import ExchangeError
from kalshi_common.exchange import KalshiClient, SharedRateLimit

if TYPE_CHECKING:
    from kalshi_common.cycle import CycleContext

Client = TypeVar("Client", bound=KalshiClient)
logger = logging.getLogger(__name__)


def limiter_of(context: CycleContext) -> SharedRateLimit:
    """Give the rate limit that all processes on the data directory share."""
    path = context.settings.storage.data_dir / "locks" / "rate_limit"
    return SharedRateLimit(path, context.settings.exchange.requests_per_second, context.clock)


def client_of(context: CycleContext, limiter: SharedRateLimit, kind: type[Client]) -> Client:
    """Make a client of some kind as the configuration wants it; it signs where there is a key."""
    exchange, secrets = context.settings.exchange, context.settings.secrets
    credentials = None
    if secrets.kalshi_api_key and secrets.kalshi_private_key:
        from kalshi_common.exchange import Credentials  # noqa: PLC0415  # memory that only a signed run should cost

        credentials = Credentials.from_pem(secrets.kalshi_api_key, secrets.kalshi_private_key)
    return kind(
        exchange.url,
        limiter=limiter,
        clock=context.clock,
        credentials=credentials,
        max_retries=exchange.max_retries,
        timeout_s=exchange.timeout_s,
        max_concurrency=exchange.max_concurrency,
        should_stop=context.stop.is_asked,
    )


async def respect_account(client: KalshiClient, limiter: SharedRateLimit, context: CycleContext) -> None:
    """With a key, never ask faster than the account may, whatever the configuration says."""
    if not context.settings.secrets.kalshi_api_key:
        return
    try:
        limits = await client.account_limits()
    except ExchangeError as error:
        warn(context, "account_limits_unknown", f"the exchange did not tell the account's limits: {error}")
        return
    if limits.reads_per_second < context.settings.exchange.requests_per_second:
        limiter.slow_down(limits.reads_per_second)
        warn(
            context,
            "slowed_down",
            f"the account ({limits.usage_tier}) may read {limits.reads_per_second} times a second",
        )


def warn(context: CycleContext, event: str, sentence: str) -> None:
    """Put a warning into the log and the report."""
    log.event(logger, event, logging.WARNING, None, sentence=sentence)
    context.report.warnings.append(sentence)

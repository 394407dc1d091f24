"""The collect cycle's work, as a table of contents. Each step's own file does it."""

from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING

from collector.books import store_books
from collector.facts import refresh_facts
from collector.plan import walks_of
from collector.settle import settle_outcomes
from collector.snapshot import opened_hour
from kalshi_common import log
from kalshi_common.clock import SystemClock
from kalshi_common.errors import ExchangeError
from kalshi_common.exchange import KalshiClient, SharedRateLimit

if TYPE_CHECKING:
    from kalshi_common.config import Settings
    from kalshi_common.cycle import CycleContext

logger = logging.getLogger(__name__)


async def work(context: CycleContext) -> None:
    """Take the hour's snapshot, then what belongs to it. A later step's failure takes nothing from the earlier ones."""
    # A page makes tens of thousands of tuples and no reference cycle: collecting every 700 of them finds nothing.
    gc.freeze()
    gc.set_threshold(20_000)
    limiter = _limiter(context)
    async with _client(context, limiter) as client:
        try:
            with opened_hour(client, context) as hour:
                await _respect_account(client, limiter, context)
                await _note_exchange(client, context)
                began = context.clock.monotonic()
                await hour.walk_all()
            context.report.details["snapshot_s"] = round(context.clock.monotonic() - began, 3)
            for step in (store_books, refresh_facts, settle_outcomes):
                if context.stop.is_asked():
                    return
                try:
                    await step(client, context)
                except ExchangeError as error:
                    log.event(logger, "step_failed", logging.ERROR, None, step=step.__name__, error=str(error))
                    context.report.errors.append(f"{step.__name__}: {error}")
        finally:
            context.report.details["requests"] = client.stats.requests
            context.report.details["retries"] = client.stats.retries
            context.report.details["bytes"] = client.stats.bytes_received


def describe(settings: Settings) -> list[str]:
    """Tell what a cycle with these settings would ask for, without asking."""
    knobs, exchange = settings.collect, settings.exchange
    walks = walks_of(knobs, created_cuts=[], now=SystemClock().now())
    return [
        (
            f"scope {knobs.scope}: {len(walks)} walks over open markets at {exchange.url}, "
            f"at most {exchange.requests_per_second} requests in any second"
        ),
        *(f"  {walk.name}" for walk in walks),
        f"order books of: {', '.join(knobs.orderbook_series) or 'no series'}",
        f"at most {knobs.outcomes_per_cycle} outcomes; nothing was asked or written",
    ]


def _limiter(context: CycleContext) -> SharedRateLimit:
    path = context.settings.storage.data_dir / "locks" / "rate_limit"
    return SharedRateLimit(path, context.settings.exchange.requests_per_second, context.clock)


def _client(context: CycleContext, limiter: SharedRateLimit) -> KalshiClient:
    exchange, secrets = context.settings.exchange, context.settings.secrets
    credentials = None
    if secrets.kalshi_api_key and secrets.kalshi_private_key:
        from kalshi_common.exchange import Credentials  # noqa: PLC0415  # memory that only a signed run should cost

        credentials = Credentials.from_pem(secrets.kalshi_api_key, secrets.kalshi_private_key)
    return KalshiClient(
        exchange.url,
        limiter=limiter,
        clock=context.clock,
        credentials=credentials,
        max_retries=exchange.max_retries,
        timeout_s=exchange.timeout_s,
        max_concurrency=exchange.max_concurrency,
        should_stop=context.stop.is_asked,
    )


async def _respect_account(client: KalshiClient, limiter: SharedRateLimit, context: CycleContext) -> None:
    """With a key, never ask faster than the account may, whatever the configuration says."""
    if not context.settings.secrets.kalshi_api_key:
        return
    try:
        limits = await client.account_limits()
    except ExchangeError as error:
        _warn(context, "account_limits_unknown", f"the exchange did not tell the account's limits: {error}")
        return
    if limits.reads_per_second < context.settings.exchange.requests_per_second:
        limiter.slow_down(limits.reads_per_second)
        _warn(
            context,
            "slowed_down",
            f"the account ({limits.usage_tier}) may read {limits.reads_per_second} times a second",
        )


async def _note_exchange(client: KalshiClient, context: CycleContext) -> None:
    """Say it when the exchange is down or paused; quotes may still be served, so the walk goes on regardless."""
    try:
        status = await client.exchange_status()
    except ExchangeError as error:
        _warn(context, "exchange_status_unknown", f"the exchange did not tell its status: {error}")
        return
    if not status.exchange_active:
        resume = status.estimated_resume_at or "an unknown time"
        _warn(context, "exchange_down", f"the exchange says it is under maintenance, until {resume}")
    elif not status.trading_active:
        _warn(context, "trading_paused", "the exchange says trading is paused; quotes are those of before the pause")


def _warn(context: CycleContext, event: str, sentence: str) -> None:
    log.event(logger, event, logging.WARNING, None, sentence=sentence)
    context.report.warnings.append(sentence)

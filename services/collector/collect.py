"""The collect cycle's work, as a table of contents. Each step's own file does it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from collector.asking import client_of, limiter_of, respect_account, warn
from collector.books import store_books
from collector.facts import refresh_facts
from collector.memory import keep_flat
from collector.plan import walks_of
from collector.settle import settle_outcomes
from collector.snapshot import opened_hour
from kalshi_common import log
from kalshi_common.clock import SystemClock
from kalshi_common.errors import ExchangeError
from kalshi_common.exchange import KalshiClient

if TYPE_CHECKING:
    from kalshi_common.config import Settings
    from kalshi_common.cycle import CycleContext

logger = logging.getLogger(__name__)


async def work(context: CycleContext) -> None:
    """Take the hour's snapshot, then what belongs to it. A later step's failure takes nothing from the earlier ones."""
    keep_flat()
    limiter = limiter_of(context)
    async with client_of(context, limiter, KalshiClient) as client:
        try:
            with opened_hour(client, context) as hour:
                await respect_account(client, limiter, context)
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


async def _note_exchange(client: KalshiClient, context: CycleContext) -> None:
    """Say it when the exchange is down or paused; quotes may still be served, so the walk goes on regardless."""
    try:
        status = await client.exchange_status()
    except ExchangeError as error:
        warn(context, "exchange_status_unknown", f"the exchange did not tell its status: {error}")
        return
    if not status.exchange_active:
        resume = status.estimated_resume_at or "an unknown time"
        warn(context, "exchange_down", f"the exchange says it is under maintenance, until {resume}")
    elif not status.trading_active:
        warn(context, "trading_paused", "the exchange says trading is paused; quotes are those of before the pause")

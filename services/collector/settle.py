"""Fetching the outcomes of markets seen in earlier hours that are no longer open: yes, no or scalar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.parallel import batches, for_each
from kalshi_common.storage import markets, outcomes
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kalshi_common.cycle import CycleContext
    from kalshi_common.domain.market import ObservedMarket
    from kalshi_common.exchange.client import KalshiClient

_BATCH = 100


async def settle_outcomes(client: KalshiClient, context: CycleContext) -> None:
    """Ask for every market that still waits for its outcome; what left the live data is asked of the historical."""
    limit = context.settings.collect.outcomes_per_cycle
    with context.database.read() as connection:
        waiting = outcomes.awaiting(connection, hour=context.hour, limit=limit)
    found = 0

    def keep(tickers: Sequence[str], live: list[ObservedMarket], historical: list[ObservedMarket]) -> None:
        nonlocal found
        now = context.now()
        with context.database.write() as connection:
            # One that closed early left the walks at once: only this answer tells when it closed.
            markets.note_closes(connection, (*live, *historical), now=now)
            found += outcomes.keep(connection, live, source="live", now=now)
            found += outcomes.keep(connection, historical, source="historical", now=now)
            outcomes.checked(connection, tickers, now=now)

    async def ask(tickers: Sequence[str]) -> None:
        live = await client.markets_by_ticker(tickers)
        gone = sorted(set(tickers) - {market.market_id for market in live})
        historical = await client.historical_markets(gone) if gone else []
        await in_thread(keep, tickers, live, historical)

    await for_each(batches(waiting, _BATCH), ask, workers=context.settings.exchange.max_concurrency)
    context.report.details["outcomes"] = {"asked": len(waiting), "new": found}

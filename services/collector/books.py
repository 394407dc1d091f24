"""Storing the order books of chosen series at the hour; off unless the configuration names a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.parallel import batches, for_each
from kalshi_common.storage import snapshots
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kalshi_common.cycle import CycleContext
    from kalshi_common.domain.market import ObservedBook
    from kalshi_common.exchange.client import KalshiClient

_BATCH = 100  # the most `GET /markets/orderbooks` takes


async def store_books(client: KalshiClient, context: CycleContext) -> None:
    """Fetch the books that the hour's markets of the chosen series still lack."""
    series = context.settings.collect.orderbook_series
    if not series:
        return
    with context.database.read() as connection:
        wanted = snapshots.markets_without_book(connection, context.hour, series)
    stored = 0

    def keep(books: list[ObservedBook]) -> None:
        nonlocal stored
        with context.database.write() as connection:
            stored += snapshots.add_books(connection, books, hour=context.hour, now=context.now())

    async def fetch(tickers: Sequence[str]) -> None:
        await in_thread(keep, await client.orderbooks(tickers))

    await for_each(batches(wanted, _BATCH), fetch, workers=context.settings.exchange.max_concurrency)
    context.report.details["books"] = stored
    if stored < len(wanted):
        context.report.errors.append(f"{len(wanted) - stored} of {len(wanted)} order books did not come")

"""Keeping the facts of series and events (titles, fees, exclusivity) no older than the configuration allows.

Facts are not part of the hour's proof: they change rarely, and a row of the snapshot carries the market's own.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from collector.parallel import for_each
from collector.plan import macro_types
from kalshi_common import log
from kalshi_common.domain.hour import utc_text
from kalshi_common.errors import RequestRejectedError
from kalshi_common.storage import markets
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kalshi_common.cycle import CycleContext
    from kalshi_common.domain.market import ObservedEvent, ObservedSeries
    from kalshi_common.exchange.client import KalshiClient
    from kalshi_common.storage.markets import StaleFacts

logger = logging.getLogger(__name__)
_NOT_FOUND = 404
_ONE_BY_ONE = 50
"""Up to this many are asked for one by one; beyond it, one walk over all of them costs fewer requests."""


async def refresh_facts(client: KalshiClient, context: CycleContext) -> None:
    """Fetch what the hour's rows name and the stored facts lack or know only from long ago."""
    stale = _stale(context)
    if stale.series:
        await _refresh_series(client, context, stale.series)
    if stale.events:
        await _refresh_events(client, context, stale.events)
    left = _stale(context) if stale.series or stale.events else stale
    context.report.details["facts"] = {
        "series": len(stale.series) - len(left.series),
        "events": len(stale.events) - len(left.events),
        "missing": len(left.series) + len(left.events),
    }


def _stale(context: CycleContext) -> StaleFacts:
    """List the stale facts; a configured series that was never seen counts as stale, so that a typing error shows."""
    knobs = context.settings.collect
    older_than = utc_text(context.clock.now() - dt.timedelta(hours=knobs.facts_max_age_hours))
    with context.database.read() as connection:
        stale = markets.stale_facts(connection, hour=context.hour, older_than=older_than)
        known = markets.known_series(connection)
    planned = {"macro": list(macro_types(knobs)), "series": list(knobs.series), "all": []}[knobs.scope]
    return stale._replace(series=sorted({*stale.series, *(one for one in planned if one not in known)}))


async def _refresh_series(client: KalshiClient, context: CycleContext, wanted: list[str]) -> None:
    if len(wanted) > _ONE_BY_ONE:
        await in_thread(_keep_series, context, await client.all_series(wanted))
        return

    async def fetch(ticker: str) -> None:
        try:
            found = await client.series(ticker)
        except RequestRejectedError as error:
            if error.status != _NOT_FOUND:
                raise
            sentence = f"series {ticker} is unknown to the exchange: check its name in the configuration"
            log.event(logger, "unknown_series", logging.WARNING, None, series=ticker)
            context.report.warnings.append(sentence)
        else:
            await in_thread(_keep_series, context, [found])

    await for_each(wanted, fetch, workers=context.settings.exchange.max_concurrency)


def _keep_series(context: CycleContext, found: Iterable[ObservedSeries]) -> None:
    with context.database.write() as connection:
        markets.keep_series(connection, found, now=context.now())


def _keep_events(context: CycleContext, found: list[ObservedEvent]) -> None:
    with context.database.write() as connection:
        markets.keep_events(connection, found, now=context.now())


async def _refresh_events(client: KalshiClient, context: CycleContext, wanted: list[tuple[str, str]]) -> None:
    series: list[str | None] = [*sorted({ticker for _, ticker in wanted})]
    if len(series) > _ONE_BY_ONE:
        series = [None]  # one walk over every open event

    async def walk(ticker: str | None) -> None:
        cursor = ""
        seen = {cursor}
        while True:
            page = await client.events(series_ticker=ticker, cursor=cursor)
            await in_thread(_keep_events, context, page.events)
            cursor = page.cursor
            if cursor in seen:  # the empty cursor, or a loop: facts still missing are told by the report
                return
            seen.add(cursor)

    async def fetch(event: tuple[str, str]) -> None:
        try:
            found = await client.event(event[0])
        except RequestRejectedError as error:
            if error.status != _NOT_FOUND:
                raise
            log.event(logger, "unknown_event", logging.WARNING, None, event_ticker=event[0])
        else:
            await in_thread(_keep_events, context, [found])

    workers = context.settings.exchange.max_concurrency
    if len(wanted) > _ONE_BY_ONE or len(series) < len(wanted):
        await for_each(series, walk, workers=workers)
    await for_each(_stale(context).events[:_ONE_BY_ONE], fetch, workers=workers)

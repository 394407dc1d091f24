"""Fetching candlesticks call by call, and what each answer becomes: rows, and the memory of what does not exist."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from collector.parallel import for_each
from kalshi_common import log
from kalshi_common.domain.candle import Candle, to_row
from kalshi_common.domain.gap import Span, hour_text
from kalshi_common.errors import RequestRejectedError
from kalshi_common.storage import backfill, snapshots
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collector.backfill import Backfill
    from collector.backfill_plan import Call, Wanted
    from kalshi_common.exchange.history_client import HistoryClient

    Candles = dict[str, list[Candle]]

logger = logging.getLogger(__name__)
_HOUR_S = 3600


async def fetch_candles(client: HistoryClient, run: Backfill, wanted: Wanted, planned: Sequence[Call]) -> None:
    """Make the planned calls, several at once, and store each answer before the next is awaited.

    A call that the exchange refuses is told and left; one without an answer ends the run, for the exchange is away.
    """

    async def fetch(call: Call) -> None:
        try:
            await in_thread(_store, run, call, wanted, await _ask(client, call))
        except RequestRejectedError as error:
            log.event(logger, "candles_refused", logging.ERROR, None, markets=len(call.market_ids), error=str(error))
            run.context.report.errors.append(str(error))
        run.calls += 1
        run.progress(run.calls, len(planned))

    await in_thread(_give_up_unknown, run, wanted)
    known = [call for call in planned if not run.unknown.issuperset(call.market_ids)]
    await for_each(known, fetch, workers=run.context.settings.exchange.max_concurrency)


async def _ask(client: HistoryClient, call: Call) -> Candles:
    first_ts, last_ts = (hour * _HOUR_S for hour in call.span)
    if call.archived:
        return await client.archived_candles(call.market_ids[0], first_ts, last_ts)
    return await client.candles(call.market_ids, first_ts, last_ts)


def _store(run: Backfill, call: Call, wanted: Wanted, answered: Candles) -> None:
    """Write a call's rows and what it asked in vain, in one transaction. A market left out was not answered."""
    now = run.context.now()
    rows, in_vain = [], []
    with run.context.database.read() as connection:
        places = backfill.places(connection, call.market_ids)
        for market_id in call.market_ids:
            if market_id not in answered:
                continue
            candles = {candle.ends_at: candle for candle in answered[market_id]}
            for hour in _hours(wanted[market_id], call.span):
                if hour not in candles:
                    in_vain.append((market_id, hour))
                    continue
                close_time = backfill.announced_close(connection, market_id, hour=hour)
                rows.append(to_row(candles[hour], places[market_id], close_time=close_time, created_at=now))
    with run.context.database.write() as connection:
        inserted = snapshots.add(connection, rows)
        backfill.note_asked(connection, in_vain, now=now)
    run.settle(inserted=inserted, in_vain=len(in_vain))


def _give_up_unknown(run: Backfill, wanted: Wanted) -> None:
    """Note the missing rows of markets that neither the live data nor the archive knows: nobody has their candles."""
    gone = [(market, hour) for market in sorted(run.unknown) for hour in _hours(wanted.get(market, ()))]
    with run.context.database.write() as connection:
        backfill.note_asked(connection, gone, now=run.context.now())
    run.settle(in_vain=len(gone))


def _hours(holes: Sequence[Span], span: Span | None = None) -> Iterator[str]:
    for hole in holes:
        inside = hole if span is None else hole.within(span)
        if inside is not None:
            yield from map(hour_text, range(inside.first, inside.last + 1))

"""Before back-fill fetches: when markets really closed, which are archived, and which nobody has seen yet."""

from __future__ import annotations

import logging
from bisect import bisect_left
from typing import TYPE_CHECKING

from collector.backfill_plan import unsearched_hours
from collector.parallel import batches, for_each
from collector.plan import Walk, macro_types
from kalshi_common import log
from kalshi_common.domain.gap import Life, belongs_in, hour_text
from kalshi_common.domain.snapshot import series_of, to_record
from kalshi_common.errors import UnexpectedAnswerError
from kalshi_common.exchange.query import MarketQuery
from kalshi_common.storage import backfill, gaps, markets, outcomes
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Literal

    from collector.backfill import Backfill
    from collector.backfill_plan import Search
    from kalshi_common.domain.coverage import Gaps
    from kalshi_common.domain.market import MarketPage, ObservedMarket
    from kalshi_common.exchange.history_client import HistoryClient

    Source = Literal["live", "historical"]

logger = logging.getLogger(__name__)
_BATCH = 100
_HOUR_S = 3600


async def learn_closes(client: HistoryClient, run: Backfill, market_ids: Sequence[str]) -> None:
    """Ask for the markets with missing rows: one that closed early misses nothing after its close."""

    async def ask(batch: Sequence[str]) -> None:
        live = await client.markets_by_ticker(batch)
        gone = sorted(set(batch) - {market.market_id for market in live})
        archived = await client.historical_markets(gone) if gone else []
        run.archived |= {market.market_id for market in archived}
        run.unknown |= set(gone) - run.archived
        await in_thread(_keep_closes, run, live, archived)

    await for_each(batches(market_ids, _BATCH), ask, workers=run.context.settings.exchange.max_concurrency)


def _keep_closes(run: Backfill, live: Sequence[ObservedMarket], archived: Sequence[ObservedMarket]) -> None:
    now = run.context.now()
    with run.context.database.write() as connection:
        markets.note_closes(connection, (*live, *archived), now=now)
        outcomes.keep(connection, live, source="live", now=now)
        outcomes.keep(connection, archived, source="historical", now=now)


async def find_unseen(client: HistoryClient, run: Backfill, found: Gaps, searches: Sequence[Search]) -> None:
    """Look for markets that opened and closed while nobody was looking."""
    if not searches:
        return
    cutoff = await client.archive_cutoff()
    finder = _Finder(run, found)

    async def look(where: tuple[Search, str | None]) -> None:
        search, series = where
        walk = _walk(search, series)
        await finder.walk(walk, lambda cursor: client.markets(walk.query, cursor), "live")
        if series is not None and hour_text(search.first) < cutoff:
            await finder.walk(walk, lambda cursor: client.archived_markets(series, cursor), "historical")

    with run.context.database.read() as connection:
        collected = gaps.series_collected(connection, found.scope, until=run.question.until)
    if collected is None and hour_text(searches[0].first) < cutoff:
        # The archive cannot be asked by time, and all of it is tens of millions of markets.
        log.event(logger, "archive_not_searched", logging.WARNING, None, scope=found.scope, cutoff=cutoff)
    series = [None] if collected is None else [one for one in sorted(collected) if _asked(run, one)]
    everywhere = [(search, one) for search in searches for one in series]
    await for_each(everywhere, look, workers=run.context.settings.exchange.max_concurrency)


def _asked(run: Backfill, series: str) -> bool:
    return not run.question.series or series in run.question.series


def _walk(search: Search, series: str | None) -> Walk:
    """Ask for what closed from the gap's first hour to the end of the next complete one, and a second more each way."""
    query = MarketQuery(
        status="",
        series_ticker=series,
        min_close_ts=search.first * _HOUR_S - 1,
        max_close_ts=None if search.last is None else (search.last + 1) * _HOUR_S + 1,
    )
    return Walk(f"closed since {hour_text(search.first)}", query, series)


class _Finder:
    """Keeps those markets of a walk that nobody has seen and that belong in an hour nobody has searched."""

    def __init__(self, run: Backfill, found: Gaps) -> None:
        self._run, self._found = run, found
        self._hours = unsearched_hours(found)
        self._macro = macro_types(run.context.settings.collect)

    async def walk(self, walk: Walk, ask: Callable[[str], Awaitable[MarketPage]], source: Source) -> None:
        """Take a cursor walk to its end.

        Raises:
            UnexpectedAnswerError: the exchange repeats a cursor, or answers with markets of another series.
        """
        cursor, seen = "", {""}
        while True:
            page = await ask(cursor)
            observed = page.markets
            if walk.filter_was_ignored(observed):
                raise UnexpectedAnswerError(
                    f"{walk.name}: the exchange answers with markets outside {walk.series_ticker}"
                )
            await in_thread(self._keep, walk, observed, source)
            cursor = page.cursor
            if not cursor:
                return
            if cursor in seen:
                raise UnexpectedAnswerError(f"{walk.name}: the cursor {cursor!r} came twice; the walk would never end")
            seen.add(cursor)

    def _keep(self, walk: Walk, observed: Sequence[ObservedMarket], source: Source) -> None:
        database, now = self._run.context.database, self._run.context.now()
        with database.read() as connection:
            known = backfill.places(connection, [market.market_id for market in observed])
        new = [market for market in observed if market.market_id not in known and self._was_missed(market)]
        if not new:
            return
        records = []
        for market in new:
            series = walk.series_ticker or series_of(market.event_ticker)
            records.append(to_record(market, series_ticker=series, macro_event_type=self._macro.get(series)))
        with database.write() as connection:
            markets.keep(connection, records, now=now)
            outcomes.keep(connection, new, source=source, now=now)
        self._run.unseen += len(new)
        if source == "historical":
            self._run.archived |= {market.market_id for market in new}

    def _was_missed(self, market: ObservedMarket) -> bool:
        """Tell whether a market belongs in an hour that nobody has searched."""
        facts = market.facts.read()
        opened = max(facts.open_time or "", facts.created_time or "") or None
        life = Life(market.market_id, "", None, opened, market.close_time)
        span = self._found.window and belongs_in(life, self._found.window, self._found.ledger)
        if not span:
            return False
        at = bisect_left(self._hours, span.first)
        return at < len(self._hours) and self._hours[at] <= span.last

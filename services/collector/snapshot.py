"""Taking the hour's snapshot: every walk to its empty cursor, page by page to disk, and the ledger's verdict."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from collector.parallel import for_each
from collector.plan import UNSPLIT, WINDOWS, macro_types, walks_of
from collector.walk import WalkProgress
from kalshi_common import log
from kalshi_common.domain.snapshot import facts_digest, series_of, to_record, to_snapshot
from kalshi_common.errors import CycleError, ExchangeUnavailableError, RequestRejectedError, UnexpectedAnswerError
from kalshi_common.storage import ledger, markets, snapshots
from kalshi_common.storage.ledger import HourKey
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collector.plan import Walk
    from kalshi_common.cycle import CycleContext
    from kalshi_common.domain.market import MarketPage, ObservedMarket
    from kalshi_common.domain.snapshot import MarketRecord, MarketSnapshot
    from kalshi_common.exchange.client import KalshiClient

logger = logging.getLogger(__name__)
_BAD_REQUEST = 400


@contextlib.contextmanager
def opened_hour(client: KalshiClient, context: CycleContext) -> Iterator[Hour]:
    """Open the hour in the ledger; close it there in the end, as complete or as partial with the reason."""
    hour = Hour(client, context)
    hour.open()
    try:
        yield hour
    finally:
        hour.close()


class Hour:
    """One hour of one scope while it is being collected."""

    def __init__(self, client: KalshiClient, context: CycleContext) -> None:
        self._client, self._context = client, context
        self._knobs = context.settings.collect
        self._key = HourKey(context.hour, self._knobs.scope)
        self._macro = macro_types(self._knobs)
        self._walks: list[WalkProgress] = []
        self._inserted_before: dict[str, int] = {}
        self._windows_refused = False
        # A page being read and stored takes ten times the memory of one that waits as text.
        self._one_page_in_hand = asyncio.Lock()

    def open(self) -> None:
        """Open the ledger's row and plan the walks."""
        with self._context.database.write() as connection:
            ledger.begin(connection, self._key, cycle_id=self._context.cycle_id)
            self._inserted_before = ledger.inserted_before(connection, self._key)
        cuts: list[str] = []
        if self._knobs.scope == "all":
            with self._context.database.read() as connection:
                cuts = markets.created_quantiles(connection, WINDOWS)
        planned = walks_of(self._knobs, created_cuts=cuts, now=self._context.clock.now())
        self._walks = [self._begun(walk) for walk in planned]

    def _begun(self, walk: Walk) -> WalkProgress:
        """Begin a walk with the rows that earlier runs of this hour already added by it."""
        return WalkProgress(walk, rows_inserted=self._inserted_before.get(walk.name, 0))

    async def walk_all(self) -> None:
        """Walk until every walk has ended; where the exchange refuses creation windows, once more without them."""
        await self._rounds()
        if self._windows_refused:
            self._warn("windows_refused", "the exchange does not split by creation time; walking it in one piece")
            self._windows_refused = False
            self._walks = [self._begun(UNSPLIT)]
            await self._rounds()

    async def _rounds(self) -> None:
        """Retry what failed for want of an answer: an outage may end within the hour, a lost hour never comes back."""
        for number in range(self._knobs.max_rounds):
            todo = [walk for walk in self._walks if walk.may_go_on]
            if not todo or self._must_stop():
                return
            if number:
                pause_s = self._knobs.round_pause_s * 2 ** (number - 1)
                log.event(
                    logger, "next_round", logging.WARNING, None, round=number + 1, walks=len(todo), pause_s=pause_s
                )
                await self._context.stop.pause(pause_s, self._context.clock)
            await for_each(todo, self._walk, workers=self._context.settings.exchange.max_concurrency)

    async def _walk(self, progress: WalkProgress) -> None:
        """Take one walk as far as it goes. Only what ends the whole cycle (storage, a bug of ours) is raised."""
        try:
            progress.resume()
            while progress.ended == "running":
                if self._must_stop():
                    progress.fail(self._context.stop.reason or "windows refused", ended="stopped")
                    return
                page = await self._client.markets(progress.walk.query, progress.cursor)
                async with self._one_page_in_hand:
                    await in_thread(self._store, progress, page)
        except ExchangeUnavailableError as error:
            progress.fail(str(error), may_go_on=True)
        except CycleError as error:
            progress.fail(str(error), ended="stopped")
        except RequestRejectedError as error:
            self._windows_refused |= progress.walk.is_window and error.status == _BAD_REQUEST
            progress.fail(str(error))
        except UnexpectedAnswerError as error:
            progress.fail(str(error))

    def _store(self, progress: WalkProgress, page: MarketPage) -> None:
        """Write a page, the facts it changes and the walk's progress in one transaction."""
        observed = page.markets
        if progress.walk.filter_was_ignored(observed):
            self._windows_refused |= progress.walk.is_window
            progress.fail(f"walk {progress.walk.name}: the exchange answers with markets of outside it")
            return
        now = self._context.now()
        rows, records = self._rows(progress.walk, observed, now)
        ahead = progress.ahead()
        fault = ahead.advance(rows=len(rows), cursor=page.cursor)
        with self._context.database.write() as connection:
            inserted = snapshots.add(connection, rows)
            markets.keep(connection, records, now=now)
            ahead.count(rows=len(observed), inserted=inserted, size_bytes=page.size_bytes, observed_at=now)
            ledger.keep_walk(connection, self._key, cycle_id=self._context.cycle_id, walk=ahead.record())
        progress.adopt(ahead)
        self._context.report.scanned += len(observed)
        self._context.report.inserted += inserted
        if fault is not None:
            log.event(logger, "walk_fault", logging.ERROR, None, walk=progress.walk.name, fault=fault)

    def _rows(
        self, walk: Walk, observed: list[ObservedMarket], now: str
    ) -> tuple[list[MarketSnapshot], list[MarketRecord]]:
        """Give a page's rows, and the records of those markets whose facts are new or have changed."""
        hour = self._key.snapshot_hour_utc
        rows, digests = [], []
        for market in observed:
            series = walk.series_ticker or series_of(market.event_ticker)
            kind = self._macro.get(series)
            rows.append(to_snapshot(market, hour=hour, series_ticker=series, macro_event_type=kind, created_at=now))
            digests.append(facts_digest(market, series_ticker=series, macro_event_type=kind))
        names = [market.market_id for market in observed]
        with self._context.database.read() as connection:
            changed = markets.changed(connection, dict(zip(names, digests, strict=True)))
        # Each with its own digest: a page may show a market twice, before and after a change.
        records = [
            to_record(market, series_ticker=row.series_ticker, macro_event_type=row.macro_event_type, digest=digest)
            for market, row, digest in zip(observed, rows, digests, strict=True)
            if market.market_id in changed
        ]
        return rows, records

    def close(self) -> None:
        """Give the hour its verdict in the ledger and the cycle its errors."""
        context = self._context
        for progress in self._walks:
            progress.stop_if_running(context.stop.reason or "the cycle was cut off")
        reason = self._reason()
        with context.database.write() as connection:
            for progress in self._walks:
                ledger.keep_walk(connection, self._key, cycle_id=context.cycle_id, walk=progress.record())
            names = [progress.walk.name for progress in self._walks]
            status = ledger.finish(connection, self._key, cycle_id=context.cycle_id, planned=names, reason=reason)
        stored, gone = self._compare()
        for series in gone:
            self._warn(
                "series_went_empty", f"series {series} had open markets in the last complete hour, now none", series
            )
        if reason is not None:
            context.report.errors.append(reason)
        context.report.details |= {
            "hour_status": status,
            "walks": len(self._walks),
            "pages": sum(progress.pages for progress in self._walks),
            "rows_stored": stored,
        }

    def _reason(self) -> str | None:
        """Say why the hour is not complete; None when it is."""
        short = [progress for progress in self._walks if progress.ended != "empty_cursor"]
        if short:
            first = short[0].reason
            return (
                f"{len(short)} of {len(self._walks)} walks did not reach their end, {short[0].walk.name} first: {first}"
            )
        if not any(progress.rows_seen for progress in self._walks):
            return (
                f"the exchange lists no open market in scope {self._knobs.scope}: check the series in the configuration"
            )
        return None

    def _compare(self) -> tuple[int, list[str]]:
        """Count the hour's rows, and name the series that had some in the last complete hour and have none now."""
        with self._context.database.read() as connection:
            now = snapshots.rows_by_series(connection, self._context.hour)
            before = ledger.latest_complete_hour(connection, self._knobs.scope, before=self._context.hour)
            then = snapshots.rows_by_series(connection, before) if before else {}
        return sum(now.values()), sorted(set(then) - set(now))

    def _must_stop(self) -> bool:
        return self._windows_refused or self._context.stop.is_asked()

    def _warn(self, event: str, sentence: str, subject: str = "") -> None:
        log.event(logger, event, logging.WARNING, None, subject=subject, sentence=sentence)
        self._context.report.warnings.append(sentence)

"""One run of back-fill from lock to exit code, and what a dry run tells instead. It fills nothing itself."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from typing import TYPE_CHECKING, NamedTuple

from collector.backfill import Backfill, narrowed, work
from collector.backfill_plan import calls, searches, unsearched_hours, wanted_rows
from kalshi_common import log
from kalshi_common.cycle import CycleContext, Outcome
from kalshi_common.domain.gap import hour_number
from kalshi_common.domain.hour import snapshot_hour, utc_text
from kalshi_common.errors import ExitCode, KalshiError
from kalshi_common.lock import mode_lock
from kalshi_common.stop import Stop, bounded, on_signals
from kalshi_common.storage import gap_search, gaps, maintenance
from kalshi_common.storage.database import reading
from kalshi_common.storage.ledger import WHOLE
from kalshi_common.storage.maintenance import MaintenanceRun
from kalshi_common.storage.migrate import open_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from kalshi_common.clock import Clock
    from kalshi_common.config import Settings
    from kalshi_common.storage.database import Database
    from kalshi_common.storage.gap_search import Question

logger = logging.getLogger(__name__)
KIND = "backfill"
_LONGEST_S = 7 * 86_400.0  # each call is a commit, so no deadline is needed but against a run that hangs


class Told(NamedTuple):
    """Whom a run tells: the id it is given, and how many of its calls are done."""

    named: Callable[[str], None] = lambda _: None
    progress: Callable[[int, int], None] = lambda _, __: None


async def run_backfill(settings: Settings, clock: Clock, question: Question, told: Told = Told()) -> Outcome:  # noqa: B008  # immutable
    """Fill what can be filled, and tell how it ended.

    Raises:
        LockHeldError: another back-fill is at work; nothing was done.
        StorageError: the lock or the database cannot be opened; nothing was done.
        ConfigError: the database has no such scope, series or market.
    """
    started = clock.now()
    run_id = f"{started:%Y%m%dT%H%M%SZ}-{KIND}-{secrets.token_hex(3)}"
    told.named(run_id)
    data_dir, since = settings.storage.data_dir, utc_text(started)
    holder = {"host": socket.gethostname(), "pid": str(os.getpid()), "cycle": run_id, "since": since}
    async with mode_lock(data_dir, KIND, holder, timeout_s=settings.cycle.lock_timeout_s, clock=clock):
        began = clock.monotonic()
        database, _ = open_database(data_dir, synchronous=settings.storage.synchronous)
        with database:
            hour = utc_text(snapshot_hour(clock.now()))
            context = CycleContext(settings, clock, database, run_id, hour, Stop())
            run = Backfill(context, narrowed(question, present=hour_number(hour)), told.progress)
            with on_signals(context.stop):
                await _work(run)
            outcome = "incomplete" if context.report.errors or run.left else "ok"
            _record(database, run, since, outcome)
        duration_s = round(clock.monotonic() - began, 3)
    return Outcome(_summary(run, outcome, duration_s), ExitCode.OK if outcome == "ok" else ExitCode.FAILED)


async def _work(run: Backfill) -> None:
    """Do the work; what stops it is told, and what it has done stays."""
    stop, errors = run.context.stop, run.context.report.errors
    try:
        await bounded(work(run), stop, max_seconds=_LONGEST_S, clock=run.context.clock)
    except KalshiError as error:
        if error.exit_code is ExitCode.USAGE:
            raise
        errors += [] if stop.reason else [str(error)]
    if stop.reason:
        errors.append(stop.reason)
    for sentence in errors:
        log.event(logger, "backfill_error", logging.ERROR, None, error=sentence)


def _record(database: Database, run: Backfill, started_at: str, outcome: str) -> None:
    errors = run.context.report.errors
    ended = MaintenanceRun(
        kind=KIND,
        started_at_utc=started_at,
        finished_at_utc=run.context.now(),
        outcome="ok" if outcome == "ok" else "failed",
        rows=run.inserted,
        reason=errors[0] if errors else None,
    )
    with database.write() as connection:
        maintenance.record(connection, ended)


def _summary(run: Backfill, outcome: str, duration_s: float) -> str:
    fields = {
        "backfill": run.context.cycle_id,
        "outcome": outcome,
        "calls": run.calls,
        "inserted": run.inserted,
        "in_vain": run.in_vain,
        "unseen": run.unseen,
        "hours": run.hours,
        "left": "unknown" if run.left is None else run.left,
        "errors": len(run.context.report.errors),
        "duration_s": duration_s,
    }
    return " ".join(f"{name}={value}" for name, value in fields.items())


def describe(settings: Settings, clock: Clock, question: Question) -> list[str]:
    """Tell what a run would fetch and what would stay lost, without asking anybody or writing anything.

    Raises:
        StorageError: there is no database, or nothing was ever collected.
        ConfigError: the database has no such scope, series or market.
    """
    present = hour_number(utc_text(clock.now()))
    with reading(settings.storage.data_dir) as connection:
        found = gap_search.find(connection, narrowed(question, present=present))
        collected = gaps.series_collected(connection, found.scope, until=question.until)
    wanted = wanted_rows(found)
    rows = sum(hole.hours for holes in wanted.values() for hole in holes)
    lost = sum(market.missing for market in found.markets) - rows
    looked = searches(found, by_series=found.scope != WHOLE)
    walks = len(looked) * (1 if collected is None else len(question.series or collected))
    return [
        f"{rows} rows of {len(wanted)} markets in {len(calls(wanted, archived=()))} calls for candlesticks",
        f"{len(unsearched_hours(found))} hours to search for markets nobody has seen, in {walks} walks or more",
        f"{lost} rows stay lost, and of every row the sizes, depth, volume, status and rules of that moment",
        "nothing was asked or written; archived markets take a call each, unseen ones come on top",
    ]

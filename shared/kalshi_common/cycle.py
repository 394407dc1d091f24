"""One cycle of any mode, from lock to exit code. It does none of the mode's work itself.

Whatever happens after the lock is taken, the cycle's row, the status, the report and the summary are written.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import os
import secrets
import socket
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import kalshi_common
from kalshi_common import log
from kalshi_common.domain.hour import snapshot_hour, utc_text
from kalshi_common.errors import CycleError, ExitCode, KalshiError, LockHeldError
from kalshi_common.lock import mode_lock
from kalshi_common.notify import CycleNews
from kalshi_common.report import CycleEnding, CycleReport
from kalshi_common.status import update_status, write_json
from kalshi_common.stop import Stop, bounded, on_signals
from kalshi_common.storage import cycles
from kalshi_common.storage.migrate import open_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from kalshi_common.clock import Clock
    from kalshi_common.config import Settings
    from kalshi_common.modes import Work
    from kalshi_common.storage.database import Database

logger = logging.getLogger(__name__)


@dataclass
class CycleContext:
    """What a mode's work is given. `hour` is the snapshot hour as UTC text."""

    settings: Settings
    clock: Clock
    database: Database
    cycle_id: str
    hour: str
    stop: Stop
    report: CycleReport = field(default_factory=CycleReport)

    def now(self) -> str:
        """Give the present as UTC text."""
        return utc_text(self.clock.now())


@dataclass(frozen=True)
class Outcome:
    """What the command needs of a cycle that ran."""

    summary_line: str
    exit_code: ExitCode


async def run_cycle(
    mode: str, work: Work, settings: Settings, clock: Clock, *, named: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Run one cycle of `mode` and tell how it ended. `named` is told the cycle's id before anything is logged.

    Raises:
        LockHeldError: another run of this mode is at work; nothing was done or written.
        StorageError: the lock file cannot be opened; nothing was done.
    """
    start = _start(mode, clock)
    named(start.cycle_id)
    news = CycleNews(mode, settings, clock)
    try:
        ending = await _alone(start, work, settings, clock, news)
    except LockHeldError:
        raise  # the other run tells its own news
    except KalshiError as error:
        await asyncio.to_thread(news.could_not_begin, error)
        raise
    return Outcome(ending.summary_line(), ExitCode.OK if ending.outcome == "ok" else ExitCode.FAILED)


async def _alone(
    start: cycles.CycleStart, work: Work, settings: Settings, clock: Clock, news: CycleNews
) -> CycleEnding:
    holder = {"host": start.host, "pid": str(os.getpid()), "cycle": start.cycle_id, "since": start.started_at_utc}
    timeout_s = settings.cycle.lock_timeout_s
    async with mode_lock(settings.storage.data_dir, start.mode, holder, timeout_s=timeout_s, clock=clock) as left:
        if left is not None:
            log.event(logger, "lock_recovered", logging.WARNING, None, left_by=left)
        news.begins()
        # The wait for the lock may have passed the hour: the markets are seen now, so they belong to the present one.
        start = start._replace(snapshot_hour_utc=utc_text(snapshot_hour(clock.now())))
        ending = await _locked(start, work, settings, clock)
        await _tell(news, ending, settings)
        return ending


async def _tell(news: CycleNews, ending: CycleEnding, settings: Settings) -> None:
    undelivered = await asyncio.to_thread(news.ended, ending)
    if undelivered:
        ending.report.warnings += undelivered
        with contextlib.suppress(KalshiError):  # the ending itself is written already
            _write_report(ending, settings)


def _start(mode: str, clock: Clock) -> cycles.CycleStart:
    now = clock.now()
    return cycles.CycleStart(
        cycle_id=f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}-{mode}-{secrets.token_hex(3)}",
        mode=mode,
        version=kalshi_common.__version__,
        host=socket.gethostname(),
        snapshot_hour_utc=utc_text(snapshot_hour(now)),
        started_at_utc=utc_text(now),
    )


async def _locked(start: cycles.CycleStart, work: Work, settings: Settings, clock: Clock) -> CycleEnding:
    began = clock.monotonic()
    report = CycleReport()
    stop = Stop()
    with contextlib.ExitStack() as stack:
        database: Database | None = None
        try:
            database = _open(settings, stack)
            _begin(database, start)
            context = CycleContext(settings, clock, database, start.cycle_id, start.snapshot_hour_utc, stop, report)
            with on_signals(stop):
                await bounded(work(context), stop, max_seconds=settings.cycle.max_seconds, clock=clock)
            outcome = _judge(report, stop)
        except CycleError as error:
            report.errors += [] if stop.reason else [str(error)]
            outcome = _judge(report, stop)
        except KalshiError as error:
            report.errors.insert(0, str(error))  # what ended the work is told before what it left undone
            outcome = "failed"
        except Exception as error:  # noqa: BLE001  # a bug of ours must still leave a status and a summary
            log.event(logger, "internal_error", logging.ERROR, error)
            report.errors.insert(0, f"internal error, please report it with the log: {type(error).__name__}: {error}")
            outcome = "failed"
        finished, duration_s = utc_text(clock.now()), round(clock.monotonic() - began, 3)
        ending = CycleEnding(
            start.cycle_id,
            start.mode,
            start.snapshot_hour_utc,
            start.started_at_utc,
            finished,
            duration_s,
            outcome,
            report,
        )
        return _record(start, ending, database, settings)


def _open(settings: Settings, stack: contextlib.ExitStack) -> Database:
    storage = settings.storage
    database, applied = open_database(storage.data_dir, synchronous=storage.synchronous)
    stack.enter_context(database)
    if applied:
        log.event(logger, "migrated", logging.INFO, None, applied=applied)
    return database


def _begin(database: Database, start: cycles.CycleStart) -> None:
    with database.write() as connection:
        killed = cycles.begin(connection, start)
    log.event(logger, "cycle_begins", logging.INFO, None, hour=start.snapshot_hour_utc, version=start.version)
    if killed:
        log.event(logger, "killed_cycle_found", logging.WARNING, None, cycles=killed)


def _judge(report: CycleReport, stop: Stop) -> str:
    if stop.reason is not None:
        report.errors.append(stop.reason)
    return "incomplete" if report.errors else "ok"


def _record(
    start: cycles.CycleStart, ending: CycleEnding, database: Database | None, settings: Settings
) -> CycleEnding:
    """Write the ending to every place that holds it; a place that fails fails the cycle, not the other places."""

    def to_database(ending: CycleEnding) -> None:
        if database is not None:
            with database.write() as connection:
                cycles.finish(connection, start, ending)

    def to_report(ending: CycleEnding) -> None:
        _write_report(ending, settings)

    def to_status(ending: CycleEnding) -> None:
        update_status(settings.storage.data_dir, ending.mode, ending.status_row())

    first = ending
    # The report goes first, so that the database knows when it failed and agrees with `status.json`.
    for write in (to_report, to_database, to_status):
        try:
            write(ending)
        except KalshiError as error:
            ending.report.errors.append(str(error))
            ending = replace(ending, outcome="failed")
    if ending is not first:
        with contextlib.suppress(KalshiError):
            to_report(ending)
    level = logging.INFO if ending.outcome == "ok" else logging.ERROR
    log.event(logger, "cycle_ends", level, None, **ending.summary(), error=ending.error, details=ending.report.details)
    return ending


def _write_report(ending: CycleEnding, settings: Settings) -> None:
    month = ending.started_at_utc[:7]
    write_json(settings.storage.data_dir / "reports" / month / f"{ending.cycle_id}.json", ending.as_json())

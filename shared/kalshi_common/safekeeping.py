"""Backup, restore and drill, each alone on the data directory and with a row that tells how it ended.

It takes the locks and keeps the order of steps; the steps themselves are in `storage`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import kalshi_common
from kalshi_common import log
from kalshi_common.domain.hour import utc_text
from kalshi_common.errors import DatabaseInUseError, KalshiError, StorageError
from kalshi_common.lock import mode_lock
from kalshi_common.modes import ANALYZE, COLLECT, TRADE
from kalshi_common.storage import backup_folder, disk, drill, maintenance, restore
from kalshi_common.storage.backup import live_bytes, take_backup
from kalshi_common.storage.carry import carry_over
from kalshi_common.storage.database import Database, database_exists
from kalshi_common.storage.disk import MIB, require_room, writing
from kalshi_common.storage.maintenance import MaintenanceRun
from kalshi_common.storage.migrate import known, refuse_newer
from kalshi_common.storage.verify import verify_backup

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from kalshi_common.clock import Clock
    from kalshi_common.config import Settings
    from kalshi_common.storage.carry import Carried
    from kalshi_common.storage.manifest import Manifest

logger = logging.getLogger(__name__)

MAINTENANCE = "maintenance"
"""The lock that keeps two of these from running at once; a restore takes every mode's lock beside it."""
_SCRATCH = ".kalshi-drill-"
_TRIES, _TRY_AGAIN_S = 40, 0.25  # ten seconds for a page of the monitor, or a status, to be read to its end


class BackedUp(NamedTuple):
    """A backup that was taken: where it is, what it holds, which older ones were removed."""

    path: Path
    manifest: Manifest
    removed: list[str]


class Restored(NamedTuple):
    """A backup that was restored; `replaced` is where the database before it is kept, `pending` what is to migrate.

    `carried` is what was taken over from that database.
    """

    manifest: Manifest
    replaced: Path | None
    pending: list[str]
    carried: Carried


async def back_up(settings: Settings, clock: Clock) -> BackedUp:
    """Take today's backup (UTC), replace an earlier one of today, let old ones go by the rules of `backup.*`.

    Raises:
        LockHeldError: another backup, restore or drill is at work.
        StorageError: no good backup could be taken; whatever was there before is untouched.
    """
    task = _Task("backup", settings, clock, clock.now())
    async with _alone(task):
        with _failure_noted(task):
            removed = _made_room(task)
            path, manifest = _published(task)
        _note_good(task, path, manifest)
        removed += backup_folder.let_go(_to_go(task))
    log.event(logger, "backed_up", logging.INFO, None, file=str(path), rows=manifest.rows, removed=removed)
    return BackedUp(path, manifest, removed)


async def put_back(settings: Settings, clock: Clock, backup: Path) -> Restored:
    """Restore a backup in the live database's place, while no mode runs.

    Raises:
        LockHeldError: a cycle of some mode, or other maintenance, is at work.
        SchemaError: the backup was made by a newer version.
        StorageError: the backup is not good, there is no room, or another program has the database open. In each
            case the live database is what it was.
    """
    task = _Task("restore", settings, clock, clock.now())
    async with _alone(task, COLLECT, ANALYZE, TRADE):
        with _failure_noted(task):
            manifest = verify_backup(backup)
            refuse_newer(manifest.migrations, backup)
            fresh = restore.fresh_copy(task.data_dir, backup, manifest, task.good(backup, manifest))
            try:
                carried = carry_over(task.data_dir, fresh, now=utc_text(task.started))
                replaced = await _swapped(task, fresh)
            except BaseException:
                restore.discard(task.data_dir)
                raise
    log.event(logger, "restored", logging.INFO, None, file=str(backup), replaced=replaced and str(replaced))
    pending = [name for name in known() if name not in manifest.migrations]
    return Restored(manifest, replaced, pending, carried)


async def rehearse(settings: Settings, clock: Clock, scratch: Path | None = None) -> tuple[Path, Manifest]:
    """Restore the newest backup into a scratch folder (below `scratch`, else the data directory) and remove it again.

    Raises:
        LockHeldError: other maintenance is at work.
        StorageError: there is no backup, or it could not be restored.
    """
    task = _Task("drill", settings, clock, clock.now())
    async with _alone(task):
        with _failure_noted(task):
            backup = backup_folder.newest(backup_folder.backups_of(task.data_dir))
            with _scratch_folder(scratch or task.data_dir) as folder:
                manifest = drill.rehearse(folder, backup, moment=task.moment)
        _note_good(task, backup, manifest)
    log.event(logger, "drilled", logging.INFO, None, file=str(backup), rows=manifest.rows)
    return backup, manifest


@dataclass(frozen=True)
class _Task:
    """One run of maintenance: its kind, and when it was started."""

    kind: str
    settings: Settings
    clock: Clock
    started: dt.datetime

    @property
    def data_dir(self) -> Path:
        return self.settings.storage.data_dir

    @property
    def day(self) -> dt.date:
        return self.started.astimezone(dt.UTC).date()

    @property
    def moment(self) -> str:
        return f"{self.started.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"

    def good(self, backup: Path, manifest: Manifest) -> MaintenanceRun:
        return self._ended("ok")._replace(file=str(backup), bytes=manifest.bytes, rows=manifest.rows)

    def failed(self, error: KalshiError) -> MaintenanceRun:
        return self._ended("failed")._replace(reason=str(error))

    def _ended(self, outcome: str) -> MaintenanceRun:
        return MaintenanceRun(self.kind, utc_text(self.started), utc_text(self.clock.now()), outcome)


@contextlib.asynccontextmanager
async def _alone(task: _Task, *modes: str) -> AsyncIterator[None]:
    holder = {
        "host": socket.gethostname(),
        "pid": str(os.getpid()),
        "cycle": f"{task.moment}-{task.kind}",
        "since": utc_text(task.started),
    }
    timeout_s = task.settings.cycle.lock_timeout_s
    async with contextlib.AsyncExitStack() as stack:
        for name in (MAINTENANCE, *modes):
            await stack.enter_async_context(
                mode_lock(task.data_dir, name, holder, timeout_s=timeout_s, clock=task.clock)
            )
        # Whatever a killed run left behind is nobody's now.
        restore.discard(task.data_dir)
        if left := backup_folder.settle(backup_folder.backups_of(task.data_dir)):
            log.event(logger, "unfinished_backup_removed", logging.WARNING, None, files=left)
        yield


def _to_go(task: _Task) -> list[Path]:
    """List the backups that the rules let go."""
    knobs = task.settings.backup
    return backup_folder.to_go(
        backup_folder.backups_of(task.data_dir),
        daily=knobs.keep_daily,
        weekly=knobs.keep_weekly,
        monthly=knobs.keep_monthly,
        this_day=task.day,
    )


def _made_room(task: _Task) -> list[str]:
    """Have room for another backup, by the removal of what the rules let go anyway if that is what it takes.

    Raises:
        StorageError: it would be too little even then, so nothing was removed.
    """
    folder, leave = backup_folder.backups_of(task.data_dir), task.settings.backup.leave_free_mib * MIB
    needed, spare = live_bytes(task.data_dir) + MIB, _to_go(task)
    try:
        require_room(folder, needed, leave=leave)
    except StorageError:
        freed = sum(path.stat().st_size for path in spare)
        if not freed or disk.free_bytes(folder) + freed < needed + leave:
            raise
        return backup_folder.let_go(spare)
    return []


def _published(task: _Task) -> tuple[Path, Manifest]:
    folder = backup_folder.backups_of(task.data_dir)
    name = backup_folder.backup_name(task.day)
    new = backup_folder.unfinished(folder / name)
    version, started = kalshi_common.__version__, utc_text(task.started)
    try:
        manifest = take_backup(task.data_dir, new, name=name, created_at_utc=started, program_version=version)
        return backup_folder.publish(new, manifest), manifest
    except BaseException:
        backup_folder.abandon(folder)
        raise


async def _swapped(task: _Task, fresh: Path) -> Path | None:
    for _ in range(_TRIES - 1):
        with contextlib.suppress(DatabaseInUseError):
            return restore.swap_in(task.data_dir, fresh, moment=task.moment)
        await task.clock.sleep(_TRY_AGAIN_S)
    return restore.swap_in(task.data_dir, fresh, moment=task.moment)


@contextlib.contextmanager
def _scratch_folder(below: Path) -> Iterator[Path]:
    with writing(below):
        below.mkdir(parents=True, exist_ok=True)
        for left in below.glob(f"{_SCRATCH}*"):  # by a killed drill
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=below))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _failure_noted(task: _Task) -> Iterator[None]:
    try:
        yield
    except KalshiError as error:
        log.event(logger, f"{task.kind}_failed", logging.ERROR, None, error=str(error))
        with contextlib.suppress(KalshiError):  # it may be the very reason why the database takes no row
            _note(task, task.failed(error))
        raise


def _note_good(task: _Task, backup: Path, manifest: Manifest) -> None:
    try:
        _note(task, task.good(backup, manifest))
    except StorageError as error:
        raise StorageError(f"the {task.kind} of {backup} went well but could not be noted: {error}") from error


def _note(task: _Task, run: MaintenanceRun) -> None:
    if not database_exists(task.data_dir):
        return
    synchronous = task.settings.storage.synchronous
    with Database(task.data_dir, synchronous=synchronous) as database, database.write() as connection:
        if maintenance.can_record(connection):
            maintenance.record(connection, run)

"""Puts a verified backup in the live database's place. Killed at any step, it leaves the old database whole or the new.

The caller holds every lock there is but the writer lock, and has verified the backup.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from kalshi_common.errors import DatabaseInUseError, StorageError
from kalshi_common.storage import maintenance
from kalshi_common.storage.database import DATABASE_NAME, read_only, translated, writer_lock
from kalshi_common.storage.disk import copy_file, remove, require_room, sync, writing

if TYPE_CHECKING:
    from pathlib import Path

    from kalshi_common.storage.maintenance import MaintenanceRun
    from kalshi_common.storage.manifest import Manifest

_BESIDE = ("-wal", "-journal", "-shm")
"""What SQLite may keep beside a database: left in place, it would be taken for the restored one's own."""


def fresh_copy(data_dir: Path, backup: Path, manifest: Manifest, run: MaintenanceRun | None = None) -> Path:
    """Copy a backup beside the live database, `run` added to its maintenance; return where it lies.

    Raises:
        StorageError: there is no room, or the copy is not what the manifest tells.
    """
    require_room(data_dir, manifest.bytes + _growth(data_dir))
    fresh = _fresh(data_dir)
    try:
        sha256 = copy_file(backup, fresh)
        if run is not None:
            with translated(fresh), contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
                if maintenance.can_record(connection):
                    maintenance.record(connection, run)
    except BaseException:
        discard(data_dir)
        raise
    if sha256 != manifest.sha256:
        discard(data_dir)
        raise StorageError(f"{backup}: it changed while it was copied; run the restore again")
    return fresh


def discard(data_dir: Path) -> None:
    """Remove a fresh copy that never came into its place, and what SQLite kept beside it."""
    fresh = _fresh(data_dir)
    remove([fresh, *(fresh.with_name(fresh.name + suffix) for suffix in _BESIDE)])


def swap_in(data_dir: Path, fresh: Path, *, moment: str) -> Path | None:
    """Make the fresh copy the live database; return where the replaced one is kept, None where there was none.

    `moment` (`20261123T050709Z`) names the replaced file.

    Raises:
        DatabaseInUseError: another program has the live database open; nothing was changed.
        StorageError: it could not be done.
    """
    live = data_dir / DATABASE_NAME
    kept = live.with_name(f"{DATABASE_NAME}.replaced-{moment}")
    with contextlib.closing(writer_lock(data_dir)) as lock, lock.held(), writing(live):
        there = live.exists()
        if there:
            if _can_be_read(live):
                _settle_into_one_file(live)
            kept.hardlink_to(live)  # so that at no instant there is no database
        for suffix in _BESIDE:  # left where the old database is damaged or gone
            with contextlib.suppress(FileNotFoundError):
                live.with_name(live.name + suffix).rename(kept.with_name(kept.name + suffix))
        sync(data_dir)
        fresh.replace(live)
        sync(data_dir)
    return kept if there else None


def _can_be_read(live: Path) -> bool:
    # Read-only: of a damaged database everything is to be kept, and a writing connection may remove its WAL.
    try:
        with translated(live), contextlib.closing(sqlite3.connect(read_only(live), uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except StorageError as error:
        if is_damaged(error):
            return False
        raise
    return True


def _settle_into_one_file(live: Path) -> None:
    # Leaving WAL mode moves everything into the one file and needs the file for itself: it proves that nobody, not
    # even a reader, goes on with the old file beside the new one's WAL. The next start sets WAL mode again.
    try:
        with translated(live), contextlib.closing(sqlite3.connect(live, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except StorageError as error:
        if _reason(error) != "SQLITE_BUSY":
            raise
        raise DatabaseInUseError(
            f"{live} is open in another program; stop the monitor and whatever else reads it, then restore again"
        ) from error


def is_damaged(error: StorageError) -> bool:
    """Tell whether it is the file's own content that SQLite could not read."""
    return _reason(error).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def _reason(error: StorageError) -> str:
    return str(getattr(error.__cause__, "sqlite_errorname", ""))


def _fresh(data_dir: Path) -> Path:
    return data_dir / f"{DATABASE_NAME}.restoring"


def _growth(data_dir: Path) -> int:
    """Tell how many bytes the old file may grow by when its WAL is moved into it."""
    wal = data_dir / f"{DATABASE_NAME}-wal"
    return wal.stat().st_size if wal.exists() else 0

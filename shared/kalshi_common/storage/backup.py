"""The online backup: one instant of the live database as a file of its own, proven equal row by row."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from kalshi_common.storage.database import DATABASE_NAME, reading, translated
from kalshi_common.storage.disk import sha256_of, sync, writing
from kalshi_common.storage.manifest import Manifest
from kalshi_common.storage.row_digest import table_digests
from kalshi_common.storage.verify import contents_of, require_equal

if TYPE_CHECKING:
    from pathlib import Path

_PAGES_AT_ONCE = 4096


def live_bytes(data_dir: Path) -> int:
    """Tell how large a backup taken now would be.

    Raises:
        StorageError: there is no database yet, or it cannot be read.
    """
    with reading(data_dir) as connection:
        pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        return int(pages) * int(size)


def take_backup(data_dir: Path, target: Path, *, name: str, created_at_utc: str, program_version: str) -> Manifest:
    """Copy the live database as it is at one instant to `target`, and prove the copy; `name` is what it will be called.

    Needs no lock: it only reads, under one read transaction, so no writer waits; the WAL cannot be emptied meanwhile.

    Raises:
        StorageError: the database cannot be read or is damaged, or the copy cannot be written or is not equal.
    """
    with reading(data_dir) as live:
        live.execute("BEGIN")
        expected = table_digests(live)
        _copy(live, target)
    found = contents_of(target)  # from here on the copy speaks for itself
    require_equal(expected, found.tables, data_dir / DATABASE_NAME)
    return Manifest(
        file=name,
        created_at_utc=created_at_utc,
        program_version=program_version,
        schema_version=found.schema_version,
        migrations=found.migrations,
        bytes=target.stat().st_size,
        sha256=sha256_of(target),
        tables=found.tables,
    )


def _copy(live: sqlite3.Connection, target: Path) -> None:
    # Not VACUUM INTO, which cannot run inside the transaction whose rows were hashed. A step of limited size starts
    # over when another process writes, but not inside a read transaction, which holds its instant.
    with translated(target), contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):  # an unfinished copy is thrown away
            copy.execute(f"PRAGMA {pragma}")
        live.backup(copy, pages=_PAGES_AT_ONCE)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file that can be read where nothing can be written
    with writing(target):
        sync(target)

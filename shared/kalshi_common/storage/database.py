"""One SQLite file: opening it, writing to it in transactions, reading it. It knows no table."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from shutil import disk_usage
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import quote

from kalshi_common.errors import StorageError
from kalshi_common.storage.writer_lock import WriterLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASE_NAME = "kalshi.sqlite"
_BUSY_MS = 60_000
_CACHE_KIB = 12_000
_LEAST_FREE_BYTES = 1 << 18
_FULL = "the disk is full: free some space, the next run goes on where this one stopped"
_PAGE_BYTES = 8192
"""A snapshot takes about 2,500 bytes: one fits a page of SQLite's usual 4,096, three fit this. New files only."""


def writer_lock(data_dir: Path) -> WriterLock:
    """Give the writer lock of a data directory."""
    return WriterLock(data_dir / "locks" / "writer.lock")


class Database:
    """A writing connection. Usable from worker threads, one at a time (it serialises them itself)."""

    def __init__(self, data_dir: Path, *, synchronous: Literal["FULL", "NORMAL"] = "FULL") -> None:
        """Open the file in `data_dir`, made if absent, in WAL mode.

        Raises:
            StorageError: the directory or the file cannot be opened, or is not a database.
        """
        self.path = data_dir / DATABASE_NAME
        self._threads = threading.Lock()
        self._lock = writer_lock(data_dir)
        try:
            with self._lock.held(), translated(self.path):
                self._connection = _connect(self.path, synchronous)
        except BaseException:
            self._lock.close()
            raise

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one write transaction: committed at the end, rolled back on any exception.

        Never await the network inside: every other writer of the machine waits meanwhile.

        Raises:
            StorageError: SQLite could not do it (disk full, I/O error); nothing of the transaction is kept.
        """
        with self._threads, self._lock.held(), translated(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have rolled back by itself
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for reading.

        Raises:
            StorageError: SQLite could not do it.
        """
        with self._threads, translated(self.path):
            yield self._connection

    def close(self) -> None:
        """Close under the writer lock, since the last close checkpoints."""
        with self._threads, self._lock.held():
            self._connection.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _connect(path: Path, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        for pragma in (
            f"busy_timeout = {_BUSY_MS}",
            f"page_size = {_PAGE_BYTES}",
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            f"cache_size = -{_CACHE_KIB}",
            "temp_store = MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def reading(data_dir: Path) -> Iterator[sqlite3.Connection]:
    """Give a read-only connection with rows by name; it never blocks a writer and never creates a file.

    Raises:
        StorageError: there is no database yet, or it cannot be read.
    """
    path = data_dir / DATABASE_NAME
    if not database_exists(data_dir):
        raise StorageError(f"{path} does not exist: no cycle has run yet; start one with `kalshi run`")
    with translated(path):
        connection = sqlite3.connect(read_only(path), uri=True, isolation_level=None)
        try:
            connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            connection.row_factory = sqlite3.Row
            yield connection
        finally:
            connection.close()


def read_only(path: Path) -> str:
    """Give the address by which SQLite opens a file without ever writing it; `connect` needs uri=True."""
    return f"file:{quote(str(path.resolve()))}?mode=ro"


def database_exists(data_dir: Path) -> bool:
    """Tell whether a cycle or a migration has made the file.

    Raises:
        StorageError: this user may not look into the directory.
    """
    path = data_dir / DATABASE_NAME
    try:
        return path.exists()
    except OSError as error:
        raise StorageError(
            f"cannot look at {path}: {error.strerror}; the data directory must be readable by user id {os.getuid()}"
        ) from error


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a sentence for the operator.

    Raises:
        StorageError: in place of any sqlite3.Error.
    """
    try:
        yield
    except sqlite3.Error as error:
        if _is_full(error, path):
            raise StorageError(f"{path}: {_FULL}") from error
        raise StorageError(f"{path}: {error}; {_advice(error)}") from error


def _is_full(error: sqlite3.Error, path: Path) -> bool:
    # SQLite has many words for it: an I/O error where its own files beside the database cannot grow, a locked table
    # where undoing a migration fails as well. Where there is no room, that is what must be mended first.
    if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
        return True
    try:
        return isinstance(error, sqlite3.OperationalError) and disk_usage(path.parent).free < _LEAST_FREE_BYTES
    except OSError:
        return False


def _advice(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
        return "the file is damaged: stop the stack, keep the file, and restore a backup"
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR")):
        return "check the volume, its owner and the free space"
    if str(error).startswith(("no such table", "no such column")):
        return "its schema is not this program's: run `kalshi migrate`"
    return "run the command again; if it stays, report it with this line"

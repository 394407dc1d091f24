"""The writer lock: one flock under which every write transaction, checkpoint and close of a writing connection runs.

With it there is no "database is locked" between our processes, and no two connections ever write or checkpoint at
once, which can corrupt a WAL file in SQLite 3.7.0 to 3.51.2 (https://sqlite.org/wal.html#walresetbug). It knows
nothing of SQL. The kernel frees it when the holder dies, across containers too.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

from kalshi_common.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL_S = 0.002
_PATIENCE_POLLS = 60_000  # about two minutes; the longest honest holder is a migration or a backup of a large file


class WriterLock:
    """Exclusive right to write the database; one instance per connection."""

    def __init__(self, path: Path) -> None:
        """Open the lock file, made if absent.

        Raises:
            StorageError: the folder cannot be written.
        """
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageError(
                f"cannot open {path}: {error.strerror}; the data directory must be writable by user id {os.getuid()}"
            ) from error

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for the body's duration. Blocks the thread, never across the network.

        Raises:
            StorageError: another writer did not let go for about two minutes.
        """
        self._take()
        try:
            yield
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def _take(self) -> None:
        for _ in range(_PATIENCE_POLLS):
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_POLL_S)
            else:
                return
        raise StorageError(f"another process has been writing under {self._path} for two minutes; find and end it")

    def close(self) -> None:
        """Give the file back."""
        os.close(self._fd)

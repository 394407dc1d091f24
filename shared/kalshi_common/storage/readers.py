"""Read-only connections for a server: one for each request, all of them ended at once when it must stop."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING, TypeAlias

from kalshi_common.errors import StorageError
from kalshi_common.storage.database import reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Connection: TypeAlias = sqlite3.Connection
"""What a server passes on to the reads of this folder; it asks it nothing itself."""


class Readers:
    """Gives connections to worker threads and remembers those in use; usable from any thread."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._threads = threading.Lock()
        self._in_use: set[sqlite3.Connection] = set()
        self._ended = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one state of the database from its first query on.

        Raises:
            StorageError: there is no database yet, it cannot be read, or `end` was called meanwhile.
        """
        with reading(self.data_dir) as connection:
            with self._threads:
                if self._ended:
                    raise StorageError("the server is ending; ask again once it is back")
                self._in_use.add(connection)
            try:
                # One snapshot for all queries of a page: its figures must agree while a cycle writes.
                connection.execute("BEGIN")
                yield connection
            finally:
                with self._threads:
                    self._in_use.discard(connection)

    def end(self) -> None:
        """Interrupt every query under way, so that no slow disk holds up the end of the process."""
        with self._threads:
            self._ended = True
            for connection in self._in_use:
                connection.interrupt()

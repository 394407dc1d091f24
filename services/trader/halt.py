"""The kill switch: a row in `halts`, or the file HALT in the data directory. Either one stops what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kalshi_common.errors import StorageError
from kalshi_common.storage import halts

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from kalshi_common.storage.database import Database

FILE_NAME = "HALT"
EVERYTHING = ""
"""No market's ticker: asks whether everything is halted."""
_LONGEST = 500


def halt_file(data_dir: Path) -> Path:
    """Name the file whose presence halts everything, whatever it holds."""
    return data_dir / FILE_NAME


def halted(database: Database, data_dir: Path, market_id: str) -> str | None:
    """Say why a market may not be traded now, or None; what cannot be looked at halts."""
    try:
        with database.read() as connection:
            return halt_in(connection, data_dir, market_id)
    except StorageError as error:
        return f"halted, since the kill switch in the database cannot be read: {error}"


def halt_in(connection: sqlite3.Connection, data_dir: Path, market_id: str) -> str | None:
    """Say the same by a connection that is open already.

    Raises:
        StorageError: by whoever opened it, where it cannot be read.
    """
    told = _by_file(halt_file(data_dir))
    if told is not None:
        return told
    for halt in halts.in_force(connection):
        if halt.market_id in {None, market_id}:
            what = "everything" if halt.market_id is None else halt.market_id
            return f"{what} is halted since {halt.halted_at_utc}: {halt.reason}"
    return None


def _by_file(path: Path) -> str | None:
    try:
        reason = path.read_bytes()[:_LONGEST].decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"everything is halted, since {path} cannot be looked at: {error.strerror}"
    return f"everything is halted by the file {path}" + (f": {reason}" if reason else "")

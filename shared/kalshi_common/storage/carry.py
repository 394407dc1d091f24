"""What a restore must not forget: money that was spent, and what was halted. It changes only the fresh copy."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from kalshi_common.errors import StorageError
from kalshi_common.storage import halts
from kalshi_common.storage.database import DATABASE_NAME, read_only, translated
from kalshi_common.storage.restore import is_damaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RESTORED = "a backup was restored: orders, losses and peaks since are forgotten; reconcile, look, then resume"
"""Why a restore halts trading where there are live orders."""


class Carried(NamedTuple):
    """What was taken over from the database that a restore replaces.

    `calls` is None where not every model call since the backup can be known: that database is lost, damaged, or not
    the one the backup was taken of. `halted` tells that everything is halted, since there are live orders.
    """

    calls: int | None
    halts: int
    halted: bool


def carry_over(data_dir: Path, fresh: Path, *, now: str) -> Carried:
    """Take over what the live database knows and the fresh copy does not: model calls, with their ends, and halts.

    Raises:
        StorageError: it could not be written, or the live database could not be read though it is not damaged.
    """
    live = data_dir / DATABASE_NAME
    try:
        return _carried(live if live.exists() else None, fresh, now)
    except StorageError as error:
        if not is_damaged(error):
            raise
        return _carried(None, fresh, now)


def _carried(live: Path | None, fresh: Path, now: str) -> Carried:
    with translated(live or fresh), _side_by_side(live, fresh) as connection:
        calls = _carry_calls(connection) if live else None
        return Carried(calls, _carry_halts(connection), _halted_for_live_orders(connection, now))


def _carry_calls(connection: sqlite3.Connection) -> int | None:
    columns = _shared_columns(connection, "llm_calls")
    if not columns:
        return None if _either_has(connection, "llm_calls") else 0
    names = ", ".join(columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "call_id")
    # The table's own triggers carry the sums of the days. WHERE true: else ON CONFLICT would read as a join's ON.
    carried = connection.execute(
        f"""INSERT INTO main.llm_calls ({names}) SELECT {names} FROM live.llm_calls WHERE true
            ON CONFLICT (call_id) DO UPDATE SET {changes}
            WHERE llm_calls.outcome = 'reserved' AND excluded.outcome <> 'reserved'"""
    ).rowcount
    (is_successor,) = connection.execute(
        "SELECT NOT EXISTS (SELECT call_id FROM main.llm_calls EXCEPT SELECT call_id FROM live.llm_calls)"
    ).fetchone()
    return carried if is_successor else None


def _carry_halts(connection: sqlite3.Connection) -> int:
    if not _shared_columns(connection, "halts"):
        return 0
    return connection.execute(
        """INSERT INTO main.halts (market_id, reason, halted_at_utc)
           SELECT market_id, reason, halted_at_utc FROM live.halts l
           WHERE resumed_at_utc IS NULL AND NOT EXISTS
             (SELECT 1 FROM main.halts m WHERE m.resumed_at_utc IS NULL AND m.market_id IS l.market_id)"""
    ).rowcount


def _halted_for_live_orders(connection: sqlite3.Connection, now: str) -> bool:
    """Halt everything where either database knows a live order: limits on losses would begin from older figures."""
    if not (_columns(connection, "main", "halts") and _either_has(connection, "order_intents", "venue = 'live'")):
        return False
    halts.add(connection, None, RESTORED, now=now)
    return True


def _either_has(connection: sqlite3.Connection, table: str, where: str = "true") -> bool:
    return any(
        connection.execute(f"SELECT 1 FROM {schema}.{table} WHERE {where} LIMIT 1").fetchone()
        for schema in ("main", "live")
        if _columns(connection, schema, table)
    )


def _shared_columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """List the columns that both databases have; none where one of them lacks the table."""
    known = _columns(connection, "live", table)
    return [name for name in _columns(connection, "main", table) if name in known]


def _columns(connection: sqlite3.Connection, schema: str, table: str) -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?, ?)", (table, schema))]


@contextlib.contextmanager
def _side_by_side(live: Path | None, fresh: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(f"file:{quote(str(fresh))}", uri=True, isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS live", (read_only(live) if live else ":memory:",))
        yield connection

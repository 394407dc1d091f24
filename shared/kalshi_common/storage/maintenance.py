"""Rows of `maintenance`: what operating has done, and how it ended. Added, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.storage.insert import insert_once

if TYPE_CHECKING:
    import sqlite3


class MaintenanceRun(NamedTuple):
    """One run. Instants are UTC text; `outcome` is ok or failed, `reason` says why it failed."""

    kind: str
    started_at_utc: str
    finished_at_utc: str
    outcome: str
    file: str | None = None
    bytes: int | None = None
    rows: int | None = None
    reason: str | None = None


_INSERT = insert_once("maintenance", MaintenanceRun._fields)
_LAST = """
    SELECT kind,
           max(finished_at_utc) FILTER (WHERE outcome = 'ok') AS last_success_at_utc,
           max(finished_at_utc) FILTER (WHERE outcome = 'failed') AS last_error_at_utc,
           (SELECT file FROM maintenance f WHERE f.kind = m.kind AND f.outcome = 'ok'
            ORDER BY finished_at_utc DESC, run_id DESC LIMIT 1) AS last_file,
           (SELECT reason FROM maintenance f WHERE f.kind = m.kind AND f.outcome = 'failed'
            ORDER BY finished_at_utc DESC, run_id DESC LIMIT 1) AS last_error
    FROM maintenance m GROUP BY kind ORDER BY kind"""


def can_record(connection: sqlite3.Connection) -> bool:
    """Tell whether the table is there; a database of an older version has it after its next migration."""
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'maintenance'").fetchone() is not None


def record(connection: sqlite3.Connection, run: MaintenanceRun) -> None:
    """Add a run."""
    connection.execute(_INSERT, run)


def last_runs(connection: sqlite3.Connection) -> list[dict[str, object]]:
    """Give the last word of each kind by column name; nothing where the table is not there yet."""
    if not can_record(connection):
        return []
    found = connection.execute(_LAST)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

"""Reads what health is judged by: the ledger, the runs, the maintenance, the schema, the disk. It judges nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from kalshi_common.errors import SchemaError, StorageError
from kalshi_common.health import FailingMode, HealthFacts
from kalshi_common.storage.database import database_exists, reading
from kalshi_common.storage.migrate import pending

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


def read_facts(data_dir: Path) -> HealthFacts:
    """Read the facts of a data directory. It raises nothing of its own: what cannot be read is itself a fact."""
    free = free_bytes(data_dir)
    try:
        if key := _unusable(data_dir):
            return HealthFacts(free, *key)
        with reading(data_dir) as connection:
            return facts_of(connection, free)
    except SchemaError as error:
        return HealthFacts(free, "schema_newer", str(error))
    except StorageError as error:
        return HealthFacts(free, "database_unreadable", str(error))


def facts_of(connection: sqlite3.Connection, free: int | None) -> HealthFacts:
    """Read what stands in a usable database."""
    newest, first = (
        connection.execute(f"SELECT {end}(snapshot_hour_utc) FROM snapshot_hours WHERE status = 'complete'").fetchone()[
            0
        ]
        for end in ("max", "min")
    )
    (began,) = connection.execute("SELECT min(started_at_utc) FROM cycles WHERE mode = 'collect'").fetchone()
    return HealthFacts(
        free,
        newest_complete_hour_utc=newest,
        first_complete_hour_utc=first,
        first_cycle_at_utc=began,
        last_backup_at_utc=last_good(connection, "backup"),
        last_drill_at_utc=last_good(connection, "drill"),
        failing=tuple(_failing(connection)),
    )


def last_good(connection: sqlite3.Connection, kind: str) -> str | None:
    """Tell when the last good run of a kind of maintenance ended (UTC text)."""
    found: str | None = connection.execute(
        "SELECT max(finished_at_utc) FROM maintenance WHERE kind = ? AND outcome = 'ok'", (kind,)
    ).fetchone()[0]
    return found


def free_bytes(data_dir: Path) -> int | None:
    """Tell how many bytes an ordinary user may still write on the data volume; None where the folder is not there."""
    try:
        return shutil.disk_usage(data_dir).free
    except OSError:
        return None


def _unusable(data_dir: Path) -> tuple[str, str] | None:
    if not database_exists(data_dir):
        sentence = f"There is no database in {data_dir}: no cycle has run yet; start one with"
        return "database_missing", f"{sentence} `docker compose run --rm collector`."
    if missing := pending(data_dir):
        sentence = f"The database lacks {len(missing)} migration(s), {missing[0]} first"
        return "schema_pending", f"{sentence}: the next cycle applies them, or run `kalshi migrate`."
    return None


def _failing(connection: sqlite3.Connection) -> list[FailingMode]:
    return [
        FailingMode(mode, *failing)
        for (mode,) in connection.execute("SELECT mode FROM status ORDER BY mode").fetchall()
        if (failing := _last_if_failed(connection, mode))
    ]


def _last_if_failed(connection: sqlite3.Connection, mode: str) -> tuple[str, str, str | None] | None:
    last = connection.execute(
        """SELECT outcome, error FROM cycles WHERE mode = ? AND outcome <> 'running'
           ORDER BY started_at_utc DESC, rowid DESC LIMIT 1""",
        (mode,),
    ).fetchone()
    if last is None or last[0] == "ok":
        return None
    (since,) = connection.execute(
        """SELECT min(started_at_utc) FROM cycles WHERE mode = ?1 AND outcome NOT IN ('ok', 'running')
             AND started_at_utc > coalesce(
               (SELECT max(started_at_utc) FROM cycles WHERE mode = ?1 AND outcome = 'ok'), '')""",
        (mode,),
    ).fetchone()
    return since, last[0], last[1]

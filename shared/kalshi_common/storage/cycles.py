"""Rows of `cycles` (every run) and `status` (the last word of each mode)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.report import CycleEnding


# What went well or wrong last stays told when the other happens.
_KEEP_STATUS = """INSERT INTO status ({}) VALUES ({})
    ON CONFLICT (mode) DO UPDATE SET
      last_success_at_utc = coalesce(excluded.last_success_at_utc, last_success_at_utc),
      last_error_at_utc = coalesce(excluded.last_error_at_utc, last_error_at_utc),
      last_error = coalesce(excluded.last_error, last_error),
      last_cycle_id = excluded.last_cycle_id, last_duration_s = excluded.last_duration_s"""


class CycleStart(NamedTuple):
    """How a run begins."""

    cycle_id: str
    mode: str
    version: str
    host: str
    snapshot_hour_utc: str
    started_at_utc: str


def begin(connection: sqlite3.Connection, start: CycleStart) -> list[str]:
    """Write the run's row. The caller holds the mode's lock, so runs of it that never ended were killed: name them."""
    killed = connection.execute(
        "UPDATE cycles SET outcome = 'killed' WHERE mode = ? AND outcome = 'running' RETURNING cycle_id", (start.mode,)
    ).fetchall()
    connection.execute(
        """INSERT INTO cycles (cycle_id, mode, version, host, snapshot_hour_utc, started_at_utc, outcome)
           VALUES (?, ?, ?, ?, ?, ?, 'running')""",
        start,
    )
    return [row[0] for row in killed]


def finish(connection: sqlite3.Connection, start: CycleStart, ending: CycleEnding) -> None:
    """Write how the run ended, and the mode's status with it."""
    report = ending.report
    connection.execute(
        """UPDATE cycles SET outcome = ?, finished_at_utc = ?, duration_s = ?, scanned = ?, inserted = ?, errors = ?,
             error = ? WHERE cycle_id = ?""",
        (
            *(ending.outcome, ending.finished_at_utc, ending.duration_s),
            *(report.scanned, report.inserted, len(report.errors), ending.error, start.cycle_id),
        ),
    )
    row = ending.status_row()
    connection.execute(_KEEP_STATUS.format(", ".join(row), ", ".join("?" * len(row))), tuple(row.values()))


def status_rows(connection: sqlite3.Connection) -> list[dict[str, object]]:
    """Give each mode's status by column name."""
    found = connection.execute("SELECT * FROM status ORDER BY mode")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

"""Rows of `score_reports`: how good the forecasts were as last computed, for whoever only wants to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def add(connection: sqlite3.Connection, report_json: str, *, cycle_id: str | None, now: str) -> None:
    """Store a report; of each UTC day only the last one is kept, so that the table grows by 365 rows a year."""
    connection.execute("DELETE FROM score_reports WHERE substr(scored_at_utc, 1, 10) = ?", (now[:10],))
    connection.execute(
        "INSERT INTO score_reports (scored_at_utc, cycle_id, report_json) VALUES (?, ?, ?)",
        (now, cycle_id, report_json),
    )


def latest(connection: sqlite3.Connection) -> str | None:
    """Give the newest report's JSON, or None where nothing was ever scored."""
    found = connection.execute(
        "SELECT report_json FROM score_reports ORDER BY scored_at_utc DESC, score_id DESC LIMIT 1"
    ).fetchone()
    return None if found is None else str(found[0])

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

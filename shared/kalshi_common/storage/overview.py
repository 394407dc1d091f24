"""Reads for a page that shows how collecting goes: hours, walks, cycles, outcomes, the file's size. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3


class HourRow(NamedTuple):
    """A row of the ledger. Instants are UTC text, `bytes_received` is bytes."""

    snapshot_hour_utc: str
    scope: str
    status: str
    walks_planned: int
    walks_complete: int
    rows_seen: int
    rows_inserted: int
    bytes_received: int
    reason: str | None


class WalkRow(NamedTuple):
    """How one walk of an hour ended."""

    snapshot_hour_utc: str
    scope: str
    walk: str
    ended: str
    rows_seen: int
    reason: str | None


class CycleRow(NamedTuple):
    """One run. `duration_s` is seconds, None while it runs."""

    cycle_id: str
    mode: str
    snapshot_hour_utc: str
    started_at_utc: str
    duration_s: float | None
    outcome: str
    scanned: int | None
    inserted: int | None
    error: str | None


class OutcomeRow(NamedTuple):
    """A determined market. `settlement_value_microdollars` is what a yes contract pays, None where not yet known."""

    market_id: str
    series_ticker: str | None
    title: str | None
    yes_sub_title: str | None
    result: str
    settlement_value_microdollars: int | None
    status: str
    observed_at_utc: str


class FileSize(NamedTuple):
    """The database file in bytes; `unused_bytes` of it are free pages that new rows will take first."""

    bytes: int
    unused_bytes: int


def first_hour(connection: sqlite3.Connection) -> str | None:
    """Name the oldest hour of the ledger (UTC text)."""
    found: str | None = connection.execute("SELECT min(snapshot_hour_utc) FROM snapshot_hours").fetchone()[0]
    return found


def hours_since(connection: sqlite3.Connection, since: str) -> list[HourRow]:
    """Give the ledger's rows from an hour on (UTC text), newest first."""
    found = connection.execute(
        f"SELECT {', '.join(HourRow._fields)} FROM snapshot_hours WHERE snapshot_hour_utc >= ?"
        " ORDER BY snapshot_hour_utc DESC, scope",
        (since,),
    )
    return [HourRow._make(row) for row in found]


def walks_since(connection: sqlite3.Connection, since: str, *, leave_out_scope: str) -> list[WalkRow]:
    """Give the walks from an hour on (UTC text), oldest first, but for one scope's."""
    found = connection.execute(
        f"SELECT {', '.join(WalkRow._fields)} FROM snapshot_walks WHERE snapshot_hour_utc >= ? AND scope <> ?"
        " ORDER BY snapshot_hour_utc",
        (since, leave_out_scope),
    )
    return [WalkRow._make(row) for row in found]


def last_cycles(connection: sqlite3.Connection, limit: int) -> list[CycleRow]:
    """Give the newest runs of all modes together, newest first."""
    # Mode by mode, as the index lies; a mode that never ended a run stands in `cycles` alone.
    modes = connection.execute("SELECT DISTINCT mode FROM cycles").fetchall()
    found = [
        CycleRow._make(row)
        for (mode,) in modes
        for row in connection.execute(
            f"SELECT {', '.join(CycleRow._fields)} FROM cycles WHERE mode = ? ORDER BY started_at_utc DESC LIMIT ?",
            (mode, limit),
        )
    ]
    return sorted(found, key=lambda cycle: cycle.started_at_utc, reverse=True)[:limit]


def latest_outcomes(connection: sqlite3.Connection, limit: int) -> list[OutcomeRow]:
    """Give the outcomes that became known last, newest first."""
    found = connection.execute(
        """SELECT o.market_id, m.series_ticker, m.title, m.yes_sub_title, o.result, o.settlement_value_microdollars,
                  o.status, o.observed_at_utc
           FROM outcomes o LEFT JOIN markets m USING (market_id)
           ORDER BY o.observed_at_utc DESC, o.market_id LIMIT ?""",
        (limit,),
    )
    return [OutcomeRow._make(row) for row in found]


def file_size(connection: sqlite3.Connection) -> FileSize:
    """Tell how large the database is and how much of it is unused."""
    page_bytes, pages, unused = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
    )
    return FileSize(page_bytes * pages, page_bytes * unused)


def rows_held(connection: sqlite3.Connection) -> int:
    """Tell how many snapshot rows there are, from the first and last id: nothing is deleted but the oldest."""
    # Each by itself is a step; both in one query are a walk over all rows.
    first, last = connection.execute(
        "SELECT (SELECT min(snapshot_id) FROM market_snapshots), (SELECT max(snapshot_id) FROM market_snapshots)"
    ).fetchone()
    return 0 if last is None else last - first + 1


def rows_by_day(connection: sqlite3.Connection, since: str) -> dict[str, int]:
    """Give the rows that hours added, by day (`2026-11-23`, UTC), from an instant on (UTC text)."""
    found = connection.execute(
        """SELECT substr(snapshot_hour_utc, 1, 10), sum(rows_inserted) FROM snapshot_hours
           WHERE snapshot_hour_utc >= ? GROUP BY 1 ORDER BY 1""",
        (since,),
    )
    return dict(found.fetchall())

"""The hour's ledger: `snapshot_hours` and `snapshot_walks`, the proof that an hour is complete or why it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.storage.insert import upsert

if TYPE_CHECKING:
    import sqlite3


WHOLE = "all"
"""The scope that each run may cut into other walks; the others name a walk after its series."""


class WalkRecord(NamedTuple):
    """One walk of an hour, as far as it got. `ended` is empty_cursor, failed, stopped or running."""

    walk: str
    ended: str
    pages: int
    rows_seen: int
    rows_inserted: int
    bytes_received: int
    first_observed_at_utc: str | None
    last_observed_at_utc: str | None
    reason: str | None


class HourKey(NamedTuple):
    """What a ledger row is about: the hour (UTC text) and the scope that was collected."""

    snapshot_hour_utc: str
    scope: str


# A walk that once reached the empty cursor stays proven, whatever a later run in the same hour met.
_KEEP_WALK = (
    upsert(
        "snapshot_walks",
        ("snapshot_hour_utc", "scope", "cycle_id", *WalkRecord._fields),
        key=("snapshot_hour_utc", "scope", "walk"),
    )
    + " WHERE snapshot_walks.ended <> 'empty_cursor' OR excluded.ended = 'empty_cursor'"
)


def begin(connection: sqlite3.Connection, key: HourKey, *, cycle_id: str) -> None:
    """Open the hour as partial, so that a killed cycle leaves no hour that looks complete.

    The caller holds the mode's lock, so a walk that still runs in the hour is a killed cycle's: it is noted as stopped.
    """
    connection.execute(
        """UPDATE snapshot_walks SET ended = 'stopped', reason = 'its cycle was killed'
           WHERE snapshot_hour_utc = ? AND scope = ? AND ended = 'running'""",
        key,
    )
    connection.execute(
        """INSERT INTO snapshot_hours (snapshot_hour_utc, scope, status, cycle_id, reason)
           VALUES (?, ?, 'partial', ?, 'the cycle is still running, or was killed')
           ON CONFLICT DO UPDATE SET cycle_id = excluded.cycle_id, status = 'partial', reason = excluded.reason
             WHERE status <> 'complete'""",
        (*key, cycle_id),
    )


def inserted_before(connection: sqlite3.Connection, key: HourKey) -> dict[str, int]:
    """Count, by walk, the rows that earlier runs of the hour added."""
    return dict(
        connection.execute(
            "SELECT walk, rows_inserted FROM snapshot_walks WHERE snapshot_hour_utc = ? AND scope = ?", key
        ).fetchall()
    )


def keep_walk(connection: sqlite3.Connection, key: HourKey, *, cycle_id: str, walk: WalkRecord) -> None:
    """Note how far a walk got."""
    connection.execute(_KEEP_WALK, (*key, cycle_id, *walk))


def finish(
    connection: sqlite3.Connection, key: HourKey, *, cycle_id: str, planned: list[str], reason: str | None
) -> str:
    """Close the hour from its walks and return its status.

    Complete means: every planned walk ended on an empty cursor and nothing else speaks against it (`reason`). An hour
    once complete stays so, unless the plan has grown by a walk that was never proven.
    """
    marks = ", ".join("?" * len(planned))
    sums = connection.execute(
        f"""SELECT count(*) FILTER (WHERE ended = 'empty_cursor'), coalesce(sum(pages), 0),
                   coalesce(sum(rows_seen), 0), coalesce(sum(bytes_received), 0),
                   min(first_observed_at_utc), max(last_observed_at_utc)
            FROM snapshot_walks WHERE snapshot_hour_utc = ? AND scope = ? AND walk IN ({marks})""",
        (*key, *planned),
    ).fetchone()
    complete = planned and sums[0] == len(planned) and reason is None
    if not complete and reason is None:
        reason = f"{len(planned) - sums[0]} of {len(planned)} walks did not reach the empty cursor"
    connection.execute(
        """UPDATE snapshot_hours SET status = ?, cycle_id = ?, walks_planned = ?, walks_complete = ?, pages = ?,
             rows_seen = ?, bytes_received = ?, first_observed_at_utc = ?, last_observed_at_utc = ?, reason = ?,
             rows_inserted = (SELECT coalesce(sum(rows_inserted), 0) FROM snapshot_walks w
                              WHERE w.snapshot_hour_utc = snapshot_hours.snapshot_hour_utc
                                AND w.scope = snapshot_hours.scope)
           WHERE snapshot_hour_utc = ? AND scope = ? AND (status <> 'complete' OR ? = 'complete' OR ?)""",
        (
            *("complete" if complete else "partial", cycle_id, len(planned), *sums),
            *(None if complete else reason, *key, "complete" if complete else "partial"),
            # Other cuts of the whole exchange take nothing from its proof; a series nobody has walked yet does.
            key.scope != WHOLE and sums[0] < len(planned),
        ),
    )
    status: str = connection.execute(
        "SELECT status FROM snapshot_hours WHERE snapshot_hour_utc = ? AND scope = ?", key
    ).fetchone()[0]
    return status


def latest_complete_hour(connection: sqlite3.Connection, scope: str, *, before: str) -> str | None:
    """Name the newest complete hour of a scope before an hour (UTC text)."""
    found: str | None = connection.execute(
        "SELECT max(snapshot_hour_utc) FROM snapshot_hours WHERE scope = ? AND status = 'complete'"
        " AND snapshot_hour_utc < ?",
        (scope, before),
    ).fetchone()[0]
    return found


def latest_hours(connection: sqlite3.Connection, limit: int) -> list[dict[str, object]]:
    """Give the newest ledger rows, newest first, by column name."""
    found = connection.execute("SELECT * FROM snapshot_hours ORDER BY snapshot_hour_utc DESC, scope LIMIT ?", (limit,))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

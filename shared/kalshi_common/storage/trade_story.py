"""What became of one market on its way to an order: reads that explain, and decide nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3


class IntentStory(NamedTuple):
    """An intent's end so far."""

    state: str
    reason: str | None
    filled_hundredths: int


def last_seen(connection: sqlite3.Connection, market_id: str) -> str | None:
    """Name the newest hour that observed a market; None where none did."""
    found: str | None = connection.execute(
        "SELECT max(snapshot_hour_utc) FROM market_snapshots WHERE market_id = ? AND source = 'observed'", (market_id,)
    ).fetchone()[0]
    return found


def has_estimate(connection: sqlite3.Connection, market_id: str, model: str | None) -> bool:
    """Tell whether a market has an estimate, of `model` or of any."""
    found = connection.execute(
        "SELECT 1 FROM estimates WHERE market_id = :market AND (:model IS NULL OR model = :model) LIMIT 1",
        {"market": market_id, "model": model},
    )
    return found.fetchone() is not None


def intents_of(connection: sqlite3.Connection, cycle_id: str, market_id: str, side: str) -> list[IntentStory]:
    """Give what became of a signal's intent."""
    found = connection.execute(
        """SELECT i.state, i.reason, coalesce(o.filled_hundredths, 0)
           FROM order_intents i LEFT JOIN orders o ON o.intent_id = i.intent_id
           WHERE i.cycle_id = ? AND i.market_id = ? AND i.side = ?""",
        (cycle_id, market_id, side),
    )
    return [IntentStory._make(row) for row in found]

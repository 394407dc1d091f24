"""Rows of `halts`: the kill switch in the database, for everything or for one market."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3


class Halt(NamedTuple):
    """A halt in force; without a market it stops everything."""

    market_id: str | None
    reason: str
    halted_at_utc: str


def add(connection: sqlite3.Connection, market_id: str | None, reason: str, *, now: str) -> None:
    """Halt a market, or everything."""
    connection.execute(
        "INSERT INTO halts (market_id, reason, halted_at_utc) VALUES (?, ?, ?)", (market_id, reason, now)
    )


def in_force(connection: sqlite3.Connection) -> list[Halt]:
    """List the halts that nobody has resumed, oldest first."""
    found = connection.execute(
        "SELECT market_id, reason, halted_at_utc FROM halts WHERE resumed_at_utc IS NULL ORDER BY halt_id"
    )
    return [Halt._make(row) for row in found]


def resume(connection: sqlite3.Connection, market_id: str | None, *, now: str) -> int:
    """End the halts of a market, or (with None) those of everything; count them."""
    return connection.execute(
        "UPDATE halts SET resumed_at_utc = ? WHERE resumed_at_utc IS NULL AND market_id IS ?", (now, market_id)
    ).rowcount

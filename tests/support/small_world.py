"""A few markets and hours as rows of a real database, and by brute force what must then be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.gap import hour_number, hour_text
from kalshi_common.storage import snapshots
from support.data_dir import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kalshi_common.storage.database import Database

FIRST = hour_number("2026-11-20T00:00:00Z")


class SmallMarket(NamedTuple):
    """Open from an instant to another, in minutes after the first hour's beginning; rows in these hours."""

    opens: int
    closes: int
    rows: frozenset[int]
    series: str = "KXCPI"

    def name(self, number: int) -> str:
        return f"{self.series}-26NOV-T{number}"

    def is_due(self, hour: int, status: str) -> bool:
        """Open from minute 5 to 6 of an hour that was walked, at minute 0 of one that was not."""
        begin, end = (5, 6) if status in {"complete", "partial"} else (0, 0)
        return self.opens <= hour * 60 + begin and hour * 60 + end < self.closes


def instant(minute: int) -> str:
    return f"{hour_text(FIRST + minute // 60)[:14]}{minute % 60:02}:00Z"


def put_hours(database: Database, statuses: Sequence[str], *, series: Iterable[str] = ("KXCPI",)) -> None:
    """Write the ledger; a missed hour leaves nothing in it."""
    with database.write() as connection:
        for number, status in enumerate(statuses):
            hour = hour_text(FIRST + number)
            if status == "missed":
                continue
            seen = (f"{hour[:14]}05:00Z", f"{hour[:14]}06:00Z") if status != "backfilled" else (None, None)
            connection.execute(
                """INSERT INTO snapshot_hours (snapshot_hour_utc, scope, status, cycle_id, first_observed_at_utc,
                     last_observed_at_utc) VALUES (?, 'macro', ?, 'c', ?, ?)""",
                (hour, status, *seen),
            )
            if status != "backfilled":
                connection.executemany(
                    """INSERT INTO snapshot_walks (snapshot_hour_utc, scope, walk, cycle_id, ended, pages, rows_seen,
                         rows_inserted, bytes_received) VALUES (?, 'macro', ?, 'c', 'empty_cursor', 1, 1, 1, 1)""",
                    [(hour, name) for name in series],
                )


def put_markets(database: Database, markets: Sequence[SmallMarket]) -> None:
    """Write the markets and their rows."""
    with database.write() as connection:
        for number, market in enumerate(markets):
            name = market.name(number)
            connection.execute(
                """INSERT INTO markets (market_id, series_ticker, event_ticker, macro_event_type, market_type,
                     created_time_utc, open_time_utc, close_time_utc, facts_digest, first_seen_at_utc, changed_at_utc)
                   VALUES (?, ?, 'E', 'cpi', 'binary', ?, ?, ?, x'00', 'x', 'x')""",
                (name, market.series, instant(0), instant(market.opens), instant(market.closes)),
            )
            snapshots.add(connection, [snapshot(name, hour=hour_text(FIRST + hour)) for hour in sorted(market.rows)])


def clear(database: Database) -> None:
    """Empty what the other functions fill."""
    with database.write() as connection:
        for table in ("market_snapshots", "markets", "snapshot_walks", "snapshot_hours"):
            connection.execute(f"DELETE FROM {table}")

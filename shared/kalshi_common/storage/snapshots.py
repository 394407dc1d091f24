"""Rows of `market_snapshots` and `orderbooks`: added, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kalshi_common.domain.snapshot import MarketSnapshot
from kalshi_common.storage.insert import insert_once, write_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from kalshi_common.domain.market import ObservedBook

_INSERT = insert_once("market_snapshots", MarketSnapshot._fields)
_INSERT_BOOK = insert_once("orderbooks", ("market_id", "snapshot_hour_utc", "payload_json", "created_at_utc"))


def add(connection: sqlite3.Connection, rows: Iterable[MarketSnapshot]) -> int:
    """Add the rows whose (market, hour) is new; return how many were."""
    return write_rows(connection, _INSERT, rows)


def add_books(connection: sqlite3.Connection, books: Iterable[ObservedBook], *, hour: str, now: str) -> int:
    """Add the order books whose (market, hour) is new; return how many were."""
    return write_rows(connection, _INSERT_BOOK, ((book.market_id, hour, book.payload_json, now) for book in books))


def rows_by_series(connection: sqlite3.Connection, hour: str) -> dict[str, int]:
    """Count an hour's rows by series ticker."""
    return dict(
        connection.execute(
            "SELECT series_ticker, count(*) FROM market_snapshots WHERE snapshot_hour_utc = ? GROUP BY series_ticker",
            (hour,),
        ).fetchall()
    )


def markets_without_book(connection: sqlite3.Connection, hour: str, series: Sequence[str]) -> list[str]:
    """List the hour's markets of some series that have no order book stored for that hour."""
    marks = ", ".join("?" * len(series))
    found = connection.execute(
        f"""SELECT s.market_id FROM market_snapshots s
            WHERE s.snapshot_hour_utc = ? AND s.series_ticker IN ({marks})
              AND NOT EXISTS (SELECT 1 FROM orderbooks b
                              WHERE b.market_id = s.market_id AND b.snapshot_hour_utc = s.snapshot_hour_utc)
            ORDER BY s.market_id""",
        (hour, *series),
    )
    return [row[0] for row in found]

"""What back-fill reads and writes beside the rows themselves: places, announced closes, answers in vain, the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.candle import CANDLE, MarketPlace
from kalshi_common.storage.insert import insert_once

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable

    from kalshi_common.storage.ledger import HourKey

_ASKED = insert_once("backfill_asked", ("market_id", "snapshot_hour_utc", "asked_at_utc"))
_KEEP_HOUR = """
    INSERT INTO snapshot_hours (snapshot_hour_utc, scope, status, cycle_id, rows_inserted, reason)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET status = excluded.status, cycle_id = excluded.cycle_id, reason = excluded.reason
      WHERE status <> 'complete'"""


class HourRows(NamedTuple):
    """How many rows an hour has, and how many of them came from candlesticks."""

    rows: int
    from_candles: int


class HourClosing(NamedTuple):
    """What back-fill made of an hour: `status` backfilled or missed, its run and rows, and what they lack."""

    status: str
    run_id: str
    from_candles: int
    reason: str


def places(connection: sqlite3.Connection, market_ids: Collection[str]) -> dict[str, MarketPlace]:
    """Give what rows need to know about those of some markets that are known."""
    found = connection.execute(
        """SELECT market_id, series_ticker, event_ticker, macro_event_type, market_type FROM markets
           WHERE market_id IN (SELECT value FROM json_each(?))""",
        (json.dumps(list(market_ids)),),
    )
    return {row[0]: MarketPlace(*row) for row in found}


def announced_close(connection: sqlite3.Connection, market_id: str, *, hour: str) -> str | None:
    """Give the close time that a market's last row before an hour told; None where there is no such row."""
    found = connection.execute(
        """SELECT close_time_utc FROM market_snapshots WHERE market_id = ? AND snapshot_hour_utc < ?
           ORDER BY snapshot_hour_utc DESC LIMIT 1""",
        (market_id, hour),
    ).fetchone()
    return found[0] if found else None


def note_asked(connection: sqlite3.Connection, in_vain: Iterable[tuple[str, str]], *, now: str) -> None:
    """Remember (market, hour) pairs for which the exchange has no candlestick."""
    connection.executemany(_ASKED, [(*pair, now) for pair in in_vain])


def rows_of(connection: sqlite3.Connection, hour: str) -> HourRows:
    """Count an hour's rows."""
    found = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE source = ?) FROM market_snapshots WHERE snapshot_hour_utc = ?",
        (CANDLE, hour),
    ).fetchone()
    return HourRows(*found)


def close_hour(connection: sqlite3.Connection, key: HourKey, closing: HourClosing) -> None:
    """Write what back-fill made of an hour; a complete hour stays as it is."""
    connection.execute(_KEEP_HOUR, (*key, *closing))

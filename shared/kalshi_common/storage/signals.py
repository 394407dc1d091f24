"""Rows of `signals`: every candidate of a trade cycle with its numbers and, if it was refused, every reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from kalshi_common.domain.money import Hundredths, MicroDollars
    from kalshi_common.domain.order import Side, Venue


class SignalRecord(NamedTuple):
    """A row of `signals`; `docs/schema.md` tells each column."""

    cycle_id: str
    venue: Venue
    market_id: str
    snapshot_hour_utc: str
    series_ticker: str
    event_ticker: str
    macro_event_type: str | None
    side: Side
    estimate_id: int | None
    probability: float | None
    quote_source: Literal["orderbook", "quotes"] | None
    quoted_at_utc: str | None
    price_microdollars: MicroDollars | None
    fee_microdollars: MicroDollars | None
    edge_microdollars: MicroDollars | None
    kelly_fraction: float | None
    wanted_hundredths: Hundredths | None
    sized_hundredths: Hundredths | None
    decision: Literal["taken", "refused"]
    reasons_json: str
    created_at_utc: str


_FIELDS = ", ".join(SignalRecord._fields)
_ADD = f"INSERT INTO signals ({_FIELDS}) VALUES ({', '.join('?' * len(SignalRecord._fields))})"


def add(connection: sqlite3.Connection, records: Iterable[SignalRecord]) -> list[int]:
    """Write a cycle's signals; give their ids in the same order."""
    return [connection.execute(_ADD, record).lastrowid or 0 for record in records]


def of_market(connection: sqlite3.Connection, market_id: str, limit: int) -> list[SignalRecord]:
    """List a market's signals, the newest cycle first."""
    found = connection.execute(
        f"SELECT {_FIELDS} FROM signals WHERE market_id = ? ORDER BY created_at_utc DESC, signal_id LIMIT ?",
        (market_id, limit),
    )
    return [SignalRecord._make(row) for row in found]


def of_last_cycle(connection: sqlite3.Connection) -> list[SignalRecord]:
    """List the newest trade cycle's signals, the taken ones first, then by edge."""
    found = connection.execute(
        f"""SELECT {_FIELDS} FROM signals
            WHERE cycle_id = (SELECT cycle_id FROM signals ORDER BY signal_id DESC LIMIT 1)
            ORDER BY decision DESC, edge_microdollars DESC, market_id, side"""
    )
    return [SignalRecord._make(row) for row in found]

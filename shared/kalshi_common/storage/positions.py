"""Rows of `positions`: derived from `fills`, made anew whenever a fill or the settlement of a market changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from kalshi_common.domain.order import Fill, Venue
from kalshi_common.domain.position import Position, from_fills, settled
from kalshi_common.storage.insert import upsert

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.domain.money import Hundredths, MicroDollars


class PositionRecord(NamedTuple):
    """A row of `positions`."""

    venue: Venue
    market_id: str
    event_ticker: str
    series_ticker: str
    macro_event_type: str | None
    position_hundredths: Hundredths
    cost_microdollars: MicroDollars
    realized_microdollars: MicroDollars
    fees_microdollars: MicroDollars
    settled_result: Literal["yes", "no", "scalar"] | None
    settlement_value_microdollars: MicroDollars | None
    settled_at_utc: str | None
    updated_at_utc: str


class Settlement(NamedTuple):
    """How a market was paid out; one yes contract got `yes_value_microdollars`, a dollar for `yes` and 0 for `no`."""

    market_id: str
    result: Literal["yes", "no", "scalar"]
    yes_value_microdollars: MicroDollars
    settled_at_utc: str


_FIELDS = ", ".join(PositionRecord._fields)
_KEEP = upsert("positions", PositionRecord._fields, key=("venue", "market_id"))


def rebuild(connection: sqlite3.Connection, venue: Venue, market_id: str, *, now: str) -> None:
    """Add up the market's fills anew, and pay them out if it has been settled; without fills there is no row."""
    fills = connection.execute(
        f"SELECT {', '.join(Fill._fields)} FROM fills WHERE venue = ? AND market_id = ? ORDER BY filled_at_utc, rowid",
        (venue, market_id),
    ).fetchall()
    if not fills:
        connection.execute("DELETE FROM positions WHERE venue = ? AND market_id = ?", (venue, market_id))
        return
    position = from_fills(map(Fill._make, fills))
    paid = connection.execute(
        """SELECT settled_result, settlement_value_microdollars, settled_at_utc FROM positions
           WHERE venue = ? AND market_id = ?""",
        (venue, market_id),
    ).fetchone() or (None, None, None)
    if paid[1] is not None:
        position = settled(position, paid[1])
    names = connection.execute(
        "SELECT event_ticker, series_ticker, macro_event_type FROM order_intents WHERE intent_id = ?", (fills[0][2],)
    ).fetchone()
    connection.execute(_KEEP, (venue, market_id, *names, *position, *paid, now))


def settle(connection: sqlite3.Connection, venue: Venue, settlement: Settlement, *, now: str) -> bool:
    """Pay a market's position out; tell whether there was one that was not paid out yet in this way."""
    changed = connection.execute(
        """UPDATE positions SET settled_result = ?, settlement_value_microdollars = ?, settled_at_utc = ?
           WHERE venue = ? AND market_id = ?
             AND (settled_result, settlement_value_microdollars) IS NOT (?, ?)""",
        (
            *(settlement.result, settlement.yes_value_microdollars, settlement.settled_at_utc),
            *(venue, settlement.market_id, settlement.result, settlement.yes_value_microdollars),
        ),
    ).rowcount
    if changed:
        rebuild(connection, venue, settlement.market_id, now=now)
    return changed > 0


def every(connection: sqlite3.Connection, venue: Venue) -> list[PositionRecord]:
    """List a venue's positions, closed and settled ones included, by market."""
    found = connection.execute(f"SELECT {_FIELDS} FROM positions WHERE venue = ? ORDER BY market_id", (venue,))
    return [PositionRecord._make(row) for row in found]


def cash_flow(connection: sqlite3.Connection, venue: Venue) -> MicroDollars:
    """Sum what all trading of a venue has brought in: proceeds and payouts less purchases and fees."""
    return sum(
        Position(0, row.cost_microdollars, row.realized_microdollars, row.fees_microdollars).cash_flow
        for row in every(connection, venue)
    )

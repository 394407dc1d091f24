"""Rows of `orders` and `fills`, and the one transaction that stores what came of an intent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.order import Fill, OrderIntent, OrderStatus, Placement, Venue
from kalshi_common.storage import intents, positions
from kalshi_common.storage.insert import insert_once, upsert

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from kalshi_common.domain.money import Hundredths


class OrderRecord(NamedTuple):
    """A row of `orders`."""

    order_id: str
    intent_id: str
    venue: Venue
    market_id: str
    status: OrderStatus
    filled_hundredths: Hundredths
    remaining_hundredths: Hundredths
    updated_at_utc: str


_KEEP_ORDER = upsert("orders", OrderRecord._fields, key=("order_id",), keep=("intent_id", "venue", "market_id"))
_ADD_FILL = insert_once("fills", Fill._fields)
PROVISIONAL = "answer:"
"""How the id of a fill begins that stands for the total an order's answer told, until the exchange lists its fills."""


def keep_outcome(connection: sqlite3.Connection, intent: OrderIntent, placement: Placement, *, now: str) -> None:
    """Store what came of placing: the intent's state and, if accepted, the order, its fills and the position.

    Raises:
        StorageError: the intent is not in a state that this can follow (see `intents.step`).
    """
    if placement.state == "accepted" and placement.order_id and placement.status:
        order = OrderRecord(
            *(placement.order_id, intent.intent_id, intent.venue, intent.market_id, placement.status),
            *(placement.filled_hundredths, placement.remaining_hundredths, now),
        )
        keep_order(connection, order, placement.fills)
    intents.step(connection, intent.intent_id, placement.state, now=now, reason=placement.reason)


def keep_order(connection: sqlite3.Connection, order: OrderRecord, fills: Sequence[Fill]) -> int:
    """Write an order as it stands now, add those of `fills` that are new, and make the position anew; count the new.

    Fills as the exchange lists them take the place of the provisional one.
    """
    connection.execute(_KEEP_ORDER, order)
    added = 0
    if any(not fill.fill_id.startswith(PROVISIONAL) for fill in fills):
        connection.execute("DELETE FROM fills WHERE fill_id = ?", (PROVISIONAL + order.order_id,))
    for fill in fills:
        added += connection.execute(_ADD_FILL, fill).rowcount
    if fills:
        positions.rebuild(connection, order.venue, order.market_id, now=order.updated_at_utc)
    return added


def every(connection: sqlite3.Connection, venue: Venue, status: OrderStatus | None = None) -> list[OrderRecord]:
    """List a venue's orders, or those of a status, oldest change first."""
    found = connection.execute(
        f"""SELECT {", ".join(OrderRecord._fields)} FROM orders
            WHERE venue = ? AND status = coalesce(?, status) ORDER BY updated_at_utc, order_id""",
        (venue, status),
    )
    return [OrderRecord._make(row) for row in found]


def fills_of(connection: sqlite3.Connection, venue: Venue) -> list[Fill]:
    """List a venue's fills in the order they happened."""
    found = connection.execute(
        f"SELECT {', '.join(Fill._fields)} FROM fills WHERE venue = ? ORDER BY filled_at_utc, rowid", (venue,)
    )
    return [Fill._make(row)._replace(is_taker=bool(row[9])) for row in found]

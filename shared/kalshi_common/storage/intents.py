"""Rows of `order_intents`: each written before its order is sent, and moved by legal steps only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.order import NEXT, UNRESOLVED, IntentState, OrderIntent, Venue
from kalshi_common.errors import StorageError
from kalshi_common.storage.insert import insert_once

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_ADD = insert_once("order_intents", (*OrderIntent._fields, "state")).removesuffix(" ON CONFLICT DO NOTHING")
_FIELDS = ", ".join(OrderIntent._fields)
_OPEN = ", ".join(f"'{state}'" for state in UNRESOLVED)


class StoredIntent(NamedTuple):
    """An intent with how far it came. `sent_at_utc` is None if it was provably never sent.

    `unknown_at_utc` is when its outcome was given up on: by then the request had left, or never would.
    """

    intent: OrderIntent
    state: IntentState
    sent_at_utc: str | None
    unknown_at_utc: str | None


def add(connection: sqlite3.Connection, intent: OrderIntent) -> None:
    """Write a new intent as `intended`.

    Raises:
        sqlite3.IntegrityError: the same intent exists, or an unresolved one blocks the market (see `blocked`).
    """
    connection.execute(_ADD, (*intent, "intended"))


def step(
    connection: sqlite3.Connection, intent_id: str, state: IntentState, *, now: str, reason: str | None = None
) -> None:
    """Move an intent to its next state; `now` (UTC text) becomes the time it was sent, or resolved.

    Raises:
        StorageError: there is no such intent, or the step is not a legal one; nothing is changed.
    """
    before = [known for known, following in NEXT.items() if state in following]
    sent, unknown = now if state == "sent" else None, now if state == "unknown" else None
    resolved = None if state in UNRESOLVED else now
    marks = ", ".join("?" * len(before))
    changed = connection.execute(
        f"""UPDATE order_intents SET state = ?, reason = coalesce(?, reason), sent_at_utc = coalesce(?, sent_at_utc),
              unknown_at_utc = coalesce(?, unknown_at_utc), resolved_at_utc = coalesce(?, resolved_at_utc)
            WHERE intent_id = ? AND state IN ({marks})""",
        (state, reason, sent, unknown, resolved, intent_id, *before),
    ).rowcount
    if changed != 1:
        raise StorageError(f"the order intent {intent_id} cannot become {state!r} from where it stands; report this")


def blocked(connection: sqlite3.Connection, venue: Venue) -> dict[str, str]:
    """Name the markets that nothing may be sent for until they are reconciled, each with the intent that blocks it."""
    return dict(
        connection.execute(
            f"SELECT market_id, intent_id FROM order_intents WHERE venue = ? AND state IN ({_OPEN})", (venue,)
        ).fetchall()
    )


def unresolved(connection: sqlite3.Connection, venue: Venue) -> list[StoredIntent]:
    """List the intents whose outcome is not known, oldest first."""
    return _stored(
        connection.execute(
            f"""SELECT {_FIELDS}, state, sent_at_utc, unknown_at_utc FROM order_intents
                WHERE venue = ? AND state IN ({_OPEN}) ORDER BY created_at_utc, intent_id""",
            (venue,),
        )
    )


def by_client_order_id(connection: sqlite3.Connection, venue: Venue) -> dict[str, StoredIntent]:
    """Give every intent of a venue by the key that the exchange repeats."""
    found = connection.execute(
        f"SELECT {_FIELDS}, state, sent_at_utc, unknown_at_utc FROM order_intents WHERE venue = ?", (venue,)
    )
    return {stored.intent.client_order_id: stored for stored in _stored(found)}


def environments(connection: sqlite3.Connection) -> set[str]:
    """Name the exchange's environments that live intents of this database were made for."""
    found = connection.execute("SELECT DISTINCT environment FROM order_intents WHERE venue = 'live'")
    return {row[0] for row in found}


def _stored(rows: Iterable[tuple[object, ...]]) -> list[StoredIntent]:
    return [StoredIntent(OrderIntent._make(row[:-3]), *row[-3:]) for row in rows]  # type: ignore[arg-type]  # CHECKed

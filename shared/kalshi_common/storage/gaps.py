"""What the database knows about missing rows: the ledger, the markets' lives, and where a row is. It judges nothing."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.gap import LedgerHour, Life, Span, hour_number, hour_text
from kalshi_common.storage.ledger import WHOLE, latest_complete_hour

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

_NEVER = "9"
"""Text later than any instant."""


@contextlib.contextmanager
def one_state(connection: sqlite3.Connection) -> Iterator[None]:
    """Let every query of the body see the same state of the database, while cycles write."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


class ScopeHours(NamedTuple):
    """A scope of the ledger and the first and last hour it was collected in."""

    scope: str
    span: Span


def scopes(connection: sqlite3.Connection) -> list[ScopeHours]:
    """List the scopes that were ever collected, the one with the newest hour first."""
    found = connection.execute(
        """SELECT scope, min(snapshot_hour_utc), max(snapshot_hour_utc) FROM snapshot_hours
           GROUP BY scope ORDER BY 3 DESC, scope"""
    ).fetchall()
    return [ScopeHours(scope, Span(hour_number(first), hour_number(last))) for scope, first, last in found]


def ledger_hours(connection: sqlite3.Connection, scope: str, window: Span) -> dict[int, LedgerHour]:
    """Give what the ledger says of a window's hours; those it does not know are left out."""
    found = connection.execute(
        """SELECT snapshot_hour_utc, status, first_observed_at_utc, last_observed_at_utc, reason FROM snapshot_hours
           WHERE scope = ? AND snapshot_hour_utc BETWEEN ? AND ? ORDER BY snapshot_hour_utc""",
        (scope, *_texts(window)),
    )
    return {hour_number(row[0]): LedgerHour(*row[1:]) for row in found}


def series_collected(connection: sqlite3.Connection, scope: str, *, until: int) -> dict[str, Span] | None:
    """Tell in which hours up to `until` each series of a scope was to be collected; None where walks are not by series.

    From its first walk on, so that a series added later is not missing from the hours before; to its last one where a
    complete hour followed without it, for then the configuration no longer names it.
    """
    if scope == WHOLE:
        return None
    proven = latest_complete_hour(connection, scope, before=_NEVER) or ""
    found = connection.execute(
        "SELECT walk, min(snapshot_hour_utc), max(snapshot_hour_utc) FROM snapshot_walks WHERE scope = ? GROUP BY walk",
        (scope,),
    )
    return {
        walk: Span(hour_number(first), until if last >= proven else hour_number(last)) for walk, first, last in found
    }


# Each instant bounds trading from above: what is settled, or known to be determined, trades no more. The exchange
# writes an instant it does not have as the year 1. A market cannot be open before it was created.
_LIVES = """
    SELECT m.market_id, m.series_ticker, m.macro_event_type,
           nullif(max(coalesce(m.open_time_utc, ''), coalesce(m.created_time_utc, '')), ''),
           nullif(min(CASE WHEN m.close_time_utc > '1970' THEN m.close_time_utc ELSE '9' END,
                      CASE WHEN o.settled_at_utc > '1970' THEN o.settled_at_utc ELSE '9' END,
                      coalesce(o.observed_at_utc, '9')), '9')
    FROM markets m LEFT JOIN outcomes o ON o.market_id = m.market_id"""


def lives(connection: sqlite3.Connection, *, market_id: str | None = None) -> list[Life]:
    """Give every known market, or one, and between which instants it could be traded."""
    if market_id is not None:
        found = connection.execute(f"{_LIVES} WHERE m.market_id = ?", (market_id,))
    else:
        found = connection.execute(f"{_LIVES} ORDER BY m.market_id")
    return [Life(*row) for row in found]


def asked_in_vain(connection: sqlite3.Connection) -> dict[str, set[int]]:
    """Give the hours of each market whose candlestick was asked for and does not exist."""
    found: dict[str, set[int]] = {}
    for market_id, hour in connection.execute("SELECT market_id, snapshot_hour_utc FROM backfill_asked"):
        found.setdefault(market_id, set()).add(hour_number(hour))
    return found


def is_empty(connection: sqlite3.Connection, hour: int) -> bool:
    """Tell whether an hour has no row at all."""
    found: bool = connection.execute(
        "SELECT NOT EXISTS (SELECT 1 FROM market_snapshots WHERE snapshot_hour_utc = ?)", (hour_text(hour),)
    ).fetchone()[0]
    return found


def without_row(connection: sqlite3.Connection, market_ids: Sequence[str], hour: int) -> list[str]:
    """List those of some markets that have no row in an hour."""
    found = connection.execute(
        """SELECT value FROM json_each(?) WHERE NOT EXISTS
             (SELECT 1 FROM market_snapshots WHERE market_id = value AND snapshot_hour_utc = ?)""",
        (json.dumps(market_ids), hour_text(hour)),
    )
    return [row[0] for row in found]


def has_rows(connection: sqlite3.Connection, market_id: str, span: Span, count: int) -> bool:
    """Tell whether a market has at least `count` (> 0) rows in a span.

    The row at that place is looked up instead of counting: stepping over index entries without comparing them takes
    SQLite two thirds of the time, and this runs over every row of a year.
    """
    first, last = _texts(span)
    found = connection.execute(
        """SELECT snapshot_hour_utc FROM market_snapshots WHERE market_id = ? AND snapshot_hour_utc >= ?
           ORDER BY snapshot_hour_utc LIMIT 1 OFFSET ?""",
        (market_id, first, count - 1),
    ).fetchone()
    return found is not None and found[0] <= last


def hours_of(connection: sqlite3.Connection, market_id: str, span: Span) -> Iterable[int]:
    """Give the hours of a span in which a market has a row, ascending."""
    found = connection.execute(
        """SELECT snapshot_hour_utc FROM market_snapshots
           WHERE market_id = ? AND snapshot_hour_utc BETWEEN ? AND ? ORDER BY snapshot_hour_utc""",
        (market_id, *_texts(span)),
    )
    return (hour_number(row[0]) for row in found)


def _texts(span: Span) -> tuple[str, str]:
    return hour_text(span.first), hour_text(span.last)

"""Reads for a page about trading: the last funnel, positions, equity. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3


class Funnel(NamedTuple):
    """What became of the candidates of one cycle. `reasons` counts the refusals by each reason given, most first."""

    cycle_id: str
    venue: str
    at_utc: str
    candidates: int
    taken: int
    intents: int
    filled: int
    reasons: list[tuple[str, int]]


class PositionRow(NamedTuple):
    """An open position: hundredths of contracts (+ yes, - no), micro-dollars."""

    venue: str
    market_id: str
    title: str | None
    position_hundredths: int
    cost_microdollars: int
    realized_microdollars: int
    fees_microdollars: int
    updated_at_utc: str


class EquityRow(NamedTuple):
    """A venue's equity at an hour, micro-dollars."""

    venue: str
    snapshot_hour_utc: str
    cash_microdollars: int
    exposure_microdollars: int
    equity_microdollars: int
    peak_microdollars: int


def last_funnel(connection: sqlite3.Connection) -> Funnel | None:
    """Count the newest cycle's candidates; None where there never was one."""
    last = connection.execute(
        "SELECT cycle_id, venue, created_at_utc FROM signals ORDER BY signal_id DESC LIMIT 1"
    ).fetchone()
    if last is None:
        return None
    cycle = (last[0],)
    counts = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE decision = 'taken') FROM signals WHERE cycle_id = ?", cycle
    ).fetchone()
    orders = connection.execute(
        """SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT 1 FROM fills f WHERE f.intent_id = i.intent_id))
           FROM order_intents i WHERE i.signal_id IN (SELECT signal_id FROM signals WHERE cycle_id = ?)""",
        cycle,
    ).fetchone()
    return Funnel._make([*last, *counts, *orders, _reasons(connection, cycle)])


def _reasons(connection: sqlite3.Connection, cycle: tuple[str]) -> list[tuple[str, int]]:
    return connection.execute(
        """SELECT r.value ->> '$.check' AS reason, count(*)
           FROM signals s, json_each(s.reasons_json) r WHERE s.cycle_id = ? AND s.decision = 'refused'
           GROUP BY reason ORDER BY count(*) DESC, reason""",
        cycle,
    ).fetchall()


def open_positions(connection: sqlite3.Connection, limit: int) -> list[PositionRow]:
    """Give the open positions, the dearest first."""
    found = connection.execute(
        """SELECT p.venue, p.market_id, m.title, p.position_hundredths, p.cost_microdollars, p.realized_microdollars,
                  p.fees_microdollars, p.updated_at_utc
           FROM positions p LEFT JOIN markets m USING (market_id) WHERE p.position_hundredths <> 0
           ORDER BY p.venue, p.cost_microdollars DESC, p.market_id LIMIT ?""",
        (limit,),
    )
    return [PositionRow._make(row) for row in found]


def equity_since(connection: sqlite3.Connection, since: str) -> list[EquityRow]:
    """Give each venue's equity from an hour on (UTC text), oldest first."""
    found = connection.execute(
        f"SELECT {', '.join(EquityRow._fields)} FROM equity WHERE snapshot_hour_utc >= ?"
        " ORDER BY venue, snapshot_hour_utc",
        (since,),
    )
    return [EquityRow._make(row) for row in found]

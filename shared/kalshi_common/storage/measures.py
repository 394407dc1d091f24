"""Reads every figure that a metrics scrape tells, each cheap enough for every quarter of a minute. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.storage.overview import FileSize, file_size

if TYPE_CHECKING:
    import sqlite3


class LastCycle(NamedTuple):
    """The last finished run of a mode, and its last good end. Durations are seconds."""

    mode: str
    outcome: str
    duration_s: float | None
    finished_at_utc: str | None
    last_success_at_utc: str | None


class Spending(NamedTuple):
    """What models cost from an instant on: nano-dollars, and tokens in and out."""

    nanodollars: int
    input_tokens: int
    output_tokens: int


class Venue(NamedTuple):
    """The trader's state on a venue: positions that are open, their cost and the newest equity in micro-dollars."""

    venue: str
    open_positions: int
    cost_microdollars: int
    equity_microdollars: int | None


class Measures(NamedTuple):
    """Everything that one scrape tells of the database."""

    hours_by_status: dict[str, int]
    rows_inserted: int
    markets: int
    outcomes: int
    cycles: dict[tuple[str, str], int]
    last_cycles: list[LastCycle]
    file: FileSize
    spent_day: Spending
    spent_month: Spending
    venues: list[Venue]
    halts: int
    unresolved_intents: int


def measures(connection: sqlite3.Connection, *, day: str) -> Measures:
    """Read the figures; `day` is today (`2026-11-23`, UTC)."""

    def one(query: str) -> int:
        found: int | None = connection.execute(query).fetchone()[0]
        return found or 0

    return Measures(
        hours_by_status=dict(
            connection.execute("SELECT status, count(*) FROM snapshot_hours GROUP BY status").fetchall()
        ),
        rows_inserted=one("SELECT sum(rows_inserted) FROM snapshot_hours"),
        markets=one("SELECT count(*) FROM markets"),
        outcomes=one("SELECT count(*) FROM outcomes"),
        cycles={
            (mode, outcome): count
            for mode, outcome, count in connection.execute(
                "SELECT mode, outcome, count(*) FROM cycles GROUP BY mode, outcome"
            )
        },
        last_cycles=_last_cycles(connection),
        file=file_size(connection),
        spent_day=_spending(connection, day),
        spent_month=_spending(connection, day[:7] + "-01"),
        venues=_venues(connection),
        halts=one("SELECT count(*) FROM halts WHERE resumed_at_utc IS NULL"),
        unresolved_intents=one(
            "SELECT count(*) FROM order_intents WHERE venue IN ('paper', 'live')"
            " AND state IN ('intended', 'sent', 'unknown')"
        ),
    )


def _last_cycles(connection: sqlite3.Connection) -> list[LastCycle]:
    found = connection.execute(
        """SELECT s.mode, c.outcome, s.last_duration_s, c.finished_at_utc, s.last_success_at_utc
           FROM status s JOIN cycles c ON c.cycle_id = s.last_cycle_id ORDER BY s.mode"""
    )
    return [LastCycle._make(row) for row in found]


def _spending(connection: sqlite3.Connection, since_day: str) -> Spending:
    (charged,) = connection.execute(
        "SELECT coalesce(sum(charged_nanodollars), 0) FROM llm_days WHERE day_utc >= ?", (since_day,)
    ).fetchone()
    # By way of the cycles, since the calls themselves are wide and not ordered by time.
    tokens = connection.execute(
        """SELECT coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0) FROM llm_calls
           WHERE cycle_id IN (SELECT cycle_id FROM cycles WHERE mode = 'analyze' AND started_at_utc >= ?)""",
        (since_day,),
    ).fetchone()
    return Spending(charged, *tokens)


def _venues(connection: sqlite3.Connection) -> list[Venue]:
    found = connection.execute(
        """SELECT v.venue,
                  (SELECT count(*) FROM positions p WHERE p.venue = v.venue AND position_hundredths <> 0),
                  (SELECT coalesce(sum(cost_microdollars), 0) FROM positions p
                   WHERE p.venue = v.venue AND position_hundredths <> 0),
                  (SELECT equity_microdollars FROM equity e WHERE e.venue = v.venue
                   ORDER BY snapshot_hour_utc DESC LIMIT 1)
           FROM (SELECT 'paper' AS venue UNION SELECT 'live') v ORDER BY v.venue"""
    )
    return [Venue._make(row) for row in found]

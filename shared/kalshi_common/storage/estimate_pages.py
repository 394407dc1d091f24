"""Reads for a page about estimates: what models cost, what they said last, how good that was. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3


class EstimateRow(NamedTuple):
    """A forecast of a market at an hour. Probabilities are 0 to 1, the cost is nano-dollars."""

    market_id: str
    title: str | None
    estimated_at_utc: str
    model: str
    sample_count: int
    market_mid: float | None
    probability: float
    cost_nanodollars: int


class StoredScore(NamedTuple):
    """The newest score report, as it was written (JSON)."""

    scored_at_utc: str
    report_json: str


def cost_by_day(connection: sqlite3.Connection, since_day: str) -> dict[str, int]:
    """Give what models cost by day (`2026-11-23`, UTC) from a day on, nano-dollars, reservations included."""
    found = connection.execute(
        "SELECT day_utc, charged_nanodollars FROM llm_days WHERE day_utc >= ? ORDER BY day_utc", (since_day,)
    )
    return dict(found.fetchall())


def latest_estimates(connection: sqlite3.Connection, limit: int) -> list[EstimateRow]:
    """Give the newest estimates, newest first."""
    found = connection.execute(
        """SELECT e.market_id, m.title, e.estimated_at_utc, e.model, e.sample_count, e.market_mid, e.probability,
                  e.cost_nanodollars
           FROM estimates e LEFT JOIN markets m USING (market_id) ORDER BY e.estimate_id DESC LIMIT ?""",
        (limit,),
    )
    return [EstimateRow._make(row) for row in found]


def newest_score(connection: sqlite3.Connection) -> StoredScore | None:
    """Give the newest score report; None where none was made yet."""
    row = connection.execute(
        "SELECT scored_at_utc, report_json FROM score_reports ORDER BY score_id DESC LIMIT 1"
    ).fetchone()
    return row and StoredScore._make(row)

"""Rows of `estimates`: what was made of the samples, every step of it. Added, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.storage.insert import insert_once, write_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


class EstimateRecord(NamedTuple):
    """A row of `estimates`; its fields are the columns but the key."""

    market_id: str
    snapshot_hour_utc: str
    provider: str
    model: str
    prompt_version: str
    cycle_id: str
    series_ticker: str
    event_ticker: str
    macro_event_type: str | None
    packet_hash: str
    observed_at_utc: str
    estimated_at_utc: str
    close_time_utc: str | None
    samples_json: str
    sample_count: int
    sample_spread: float | None
    aggregated: float
    recalibration_json: str
    recalibrated: float
    market_mid: float | None
    blend_weight: float
    blended: float
    coherence_json: str
    probability: float
    cost_nanodollars: int


_INSERT = insert_once("estimates", EstimateRecord._fields)


def add(connection: sqlite3.Connection, records: Iterable[EstimateRecord]) -> int:
    """Add the estimates whose (market, hour, model, prompt) is new; return how many were."""
    return write_rows(connection, _INSERT, records)


def newest(connection: sqlite3.Connection, *, market_id: str | None, limit: int) -> list[dict[str, object]]:
    """Give estimates by column name, newest first, of one market or of all."""
    found = connection.execute(
        """SELECT * FROM estimates WHERE ?1 IS NULL OR market_id = ?1
           ORDER BY estimated_at_utc DESC, estimate_id DESC LIMIT ?2""",
        (market_id, limit),
    )
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

"""Forecasts beside what came of them: reads of `estimates` and `market_snapshots` joined with `outcomes`.

Every read takes `as_of` (UTC text) and cannot return what became known later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

BATCH = 20_000
# The instant a result was known to anybody we know of: when we first saw it, or its settlement if that was earlier.
# The exchange writes an instant it does not have as the year 1.
_KNOWN_AT = """min(o.observed_at_utc,
    CASE WHEN o.settled_at_utc > '1970' THEN o.settled_at_utc ELSE o.observed_at_utc END)"""
# What must have been there before the forecast, and was not; each alone makes it no forecast at all.
_LOOKS_AHEAD = f"""(e.estimated_at_utc >= {_KNOWN_AT}
    OR e.observed_at_utc > e.estimated_at_utc
    OR coalesce(json_extract(e.recalibration_json, '$.as_of_utc'), '') > e.observed_at_utc
    OR coalesce(p.observed_at_utc, '') > e.observed_at_utc)"""
_ESTIMATES_WITH_RESULT = """FROM estimates e
    JOIN outcomes o ON o.market_id = e.market_id
    LEFT JOIN packets p ON p.packet_hash = e.packet_hash
    LEFT JOIN events v ON v.event_ticker = e.event_ticker
    WHERE o.observed_at_utc <= :as_of AND e.estimated_at_utc <= :as_of"""


class KnownResult(NamedTuple):
    """A forecast whose market resolved yes or no, for recalibration. Instants are UTC text."""

    market_id: str
    event_ticker: str
    macro_event_type: str | None
    aggregated: float
    is_yes: bool
    estimated_at_utc: str
    known_at_utc: str


class KnownResults(NamedTuple):
    """The forecasts to recalibrate on, and how many others were left out because their market paid a scalar value."""

    rows: list[KnownResult]
    scalars: int


def known_results(connection: sqlite3.Connection, *, model: str, prompt_version: str, as_of: str) -> KnownResults:
    """Read one model's forecasts whose result was known at `as_of`, those that look ahead left out."""
    found = connection.execute(
        f"""SELECT e.market_id, e.event_ticker, e.macro_event_type, e.aggregated, o.result,
              e.estimated_at_utc, {_KNOWN_AT} {_ESTIMATES_WITH_RESULT}
              AND e.model = :model AND e.prompt_version = :prompt_version AND NOT {_LOOKS_AHEAD}
            ORDER BY e.estimate_id""",
        {"model": model, "prompt_version": prompt_version, "as_of": as_of},
    ).fetchall()
    binary = [KnownResult(*row[:4], row[4] == "yes", *row[5:]) for row in found if row[4] in {"yes", "no"}]
    return KnownResults(binary, len(found) - len(binary))

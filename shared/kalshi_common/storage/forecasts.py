"""Forecasts beside what came of them: reads of `estimates` and `market_snapshots` joined with `outcomes`.

Every read takes `as_of` (UTC text) and cannot return what became known later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

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
    binary = [KnownResult(*row)._replace(is_yes=row[4] == "yes") for row in found if row[4] in {"yes", "no"}]
    return KnownResults(binary, len(found) - len(binary))


class ScoredForecast(NamedTuple):
    """A forecast and what came of it. `observed_s` and `close_s` are unix seconds, `result` is yes, no or scalar.

    The market's own forecast stands under the model `market`: every step is the mid, and no mid is beside it.
    """

    model: str
    prompt_version: str
    market_id: str
    event_ticker: str
    is_exclusive: int | None
    macro_event_type: str | None
    observed_s: int
    close_s: int | None
    aggregated: float
    recalibrated: float
    blended: float
    probability: float
    market_mid: float | None
    result: str
    looks_ahead: int


MARKET = "market"
"""The model's name of the market's own forecast."""


def estimates_with_result(
    connection: sqlite3.Connection, *, as_of: str, since: str = "", model: str | None = None
) -> Iterator[list[ScoredForecast]]:
    """Read, in batches, the estimates whose market's outcome was known at `as_of`; those that look ahead are marked."""
    found = connection.execute(
        f"""SELECT e.model, e.prompt_version, e.market_id, e.event_ticker, v.mutually_exclusive, e.macro_event_type,
              unixepoch(e.observed_at_utc), unixepoch(e.close_time_utc),
              e.aggregated, e.recalibrated, e.blended, e.probability, e.market_mid, o.result, {_LOOKS_AHEAD}
            {_ESTIMATES_WITH_RESULT} AND e.observed_at_utc >= :since AND (:model IS NULL OR e.model = :model)
            ORDER BY e.estimate_id""",
        {"as_of": as_of, "since": since, "model": model},
    )
    yield from _batches(found)


def mids_with_result(
    connection: sqlite3.Connection, *, as_of: str, since: str = "", horizons: Sequence[tuple[int, int]]
) -> Iterator[list[ScoredForecast]]:
    """Read, in batches, the mid of each determined market once for each span of hours before its close.

    `horizons` are spans [from, below) in hours; the newest observed snapshot of a span stands for it, and the span
    counts from the beginning of the snapshot's hour. One without a two-sided book gives none.
    """
    spans = ", ".join(f"('-{below} hours', '-{least} hours')" for least, below in horizons)
    close = "strftime('%Y-%m-%dT%H:%M:%SZ', d.close_time_utc, {})"
    found = connection.execute(
        f"""WITH spans (after, until) AS (VALUES {spans}),
            determined AS (
              SELECT m.market_id, m.event_ticker, m.macro_event_type, m.close_time_utc, v.mutually_exclusive, o.result,
                {_KNOWN_AT} AS known_at
              FROM outcomes o JOIN markets m ON m.market_id = o.market_id
              LEFT JOIN events v ON v.event_ticker = m.event_ticker
              WHERE o.observed_at_utc <= :as_of AND m.close_time_utc > '1970'),
            mids AS (
              SELECT d.*, s.snapshot_hour_utc, s.created_at_utc,
                CASE WHEN s.yes_bid_microdollars > 0 AND s.yes_bid_microdollars <= s.yes_ask_microdollars
                  AND s.yes_ask_microdollars < 1000000
                  THEN (s.yes_bid_microdollars + s.yes_ask_microdollars) / 2e6 END AS mid
              FROM determined d CROSS JOIN spans JOIN market_snapshots s ON s.snapshot_id = (
                SELECT t.snapshot_id FROM market_snapshots t
                WHERE t.market_id = d.market_id AND t.source = 'observed' AND t.snapshot_hour_utc >= :since
                  AND t.snapshot_hour_utc > {close.format("after")} AND t.snapshot_hour_utc <= {close.format("until")}
                ORDER BY t.snapshot_hour_utc DESC LIMIT 1))
            SELECT '{MARKET}', 'mid', market_id, event_ticker, mutually_exclusive, macro_event_type,
              unixepoch(snapshot_hour_utc), unixepoch(close_time_utc), mid, mid, mid, mid, NULL, result,
              created_at_utc >= known_at
            FROM mids WHERE mid IS NOT NULL""",
        {"as_of": as_of, "since": since},
    )
    yield from _batches(found)


def _batches(cursor: sqlite3.Cursor) -> Iterator[list[ScoredForecast]]:
    while rows := cursor.fetchmany(BATCH):
        yield list(map(ScoredForecast._make, rows))


class Spending(NamedTuple):
    """How many estimates one model and prompt made of a UTC day's snapshots, scored yet or not, and their cost.

    `day_s` is the day's beginning in unix seconds.
    """

    model: str
    prompt_version: str
    day_s: int
    estimates: int
    nanodollars: int


def spending(connection: sqlite3.Connection, *, as_of: str, since: str = "") -> list[Spending]:
    """Sum the estimates and what they cost by model, prompt and day."""
    found = connection.execute(
        """SELECT model, prompt_version, unixepoch(substr(observed_at_utc, 1, 10)), count(*), sum(cost_nanodollars)
           FROM estimates WHERE estimated_at_utc <= ? AND observed_at_utc >= ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
        (as_of, since),
    )
    return [Spending(*row) for row in found]


def charged(connection: sqlite3.Connection, *, as_of: str, since: str = "") -> int:
    """Sum the money ledger in nano-dollars over whole UTC days, answers that gave no estimate among them."""
    found: int = connection.execute(
        "SELECT coalesce(sum(charged_nanodollars), 0) FROM llm_days WHERE day_utc BETWEEN ? AND ?",
        (since[:10], as_of[:10]),
    ).fetchone()[0]
    return found

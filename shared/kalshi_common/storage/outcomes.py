"""Rows of `outcomes`, and which markets still wait for theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kalshi_common.storage.insert import upsert, write_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from kalshi_common.domain.market import ObservedMarket

_FINAL_STATUS = "finalized"
_COLUMNS = (
    "market_id", "result", "settlement_value_microdollars", "status", "settled_at_utc", "source", "observed_at_utc",
    "payload_json",
)  # fmt: skip
# The same result seen again, or become final, keeps the instant it was first known: forecasts are judged by that.
_KEEP = (
    upsert("outcomes", _COLUMNS, key=("market_id",), keep=("observed_at_utc",))
    + ", observed_at_utc = CASE WHEN excluded.result = outcomes.result AND (excluded.result <> 'scalar' OR"
    + " excluded.settlement_value_microdollars IS outcomes.settlement_value_microdollars)"
    + " THEN outcomes.observed_at_utc ELSE excluded.observed_at_utc END"
    + " WHERE (outcomes.result, outcomes.settlement_value_microdollars, outcomes.status, outcomes.settled_at_utc)"
    + " IS NOT (excluded.result, excluded.settlement_value_microdollars, excluded.status, excluded.settled_at_utc)"
)


def awaiting(connection: sqlite3.Connection, *, hour: str, limit: int) -> list[str]:
    """List markets seen earlier, without a final outcome, that this hour did not show; longest unchecked first."""
    found = connection.execute(
        """SELECT m.market_id FROM markets m
           WHERE m.outcome_is_final = 0
             AND NOT EXISTS (SELECT 1 FROM market_snapshots s
                             WHERE s.market_id = m.market_id AND s.snapshot_hour_utc = ?)
           ORDER BY m.outcome_checked_at_utc, m.market_id LIMIT ?""",
        (hour, limit),
    )
    return [row[0] for row in found]


def keep(
    connection: sqlite3.Connection,
    markets: Iterable[ObservedMarket],
    *,
    source: Literal["live", "historical"],
    now: str,
) -> int:
    """Store the outcomes of determined markets, and note the final ones; return how many are new or changed."""
    determined = [market for market in markets if market.result]
    written = write_rows(
        connection,
        _KEEP,
        (
            (m.market_id, m.result, m.settlement_value, m.status, m.settled_at, source, now, m.payload_json)
            for m in determined
        ),
    )
    final = [(m.market_id,) for m in determined if m.status == _FINAL_STATUS or source == "historical"]
    connection.executemany("UPDATE markets SET outcome_is_final = 1 WHERE market_id = ?", final)
    return written


def checked(connection: sqlite3.Connection, market_ids: Iterable[str], *, now: str) -> None:
    """Note that these markets were asked about, so that others come first next time."""
    connection.executemany(
        "UPDATE markets SET outcome_checked_at_utc = ? WHERE market_id = ?", [(now, name) for name in market_ids]
    )

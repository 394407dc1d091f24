"""Rows of `markets`, `events` and `series`: what changes rarely, written only when it did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.market import ObservedEvent, ObservedSeries
from kalshi_common.domain.snapshot import MarketRecord
from kalshi_common.storage.insert import upsert, write_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from kalshi_common.domain.market import ObservedMarket


_KEEP_MARKET = (
    upsert(
        "markets",
        (*MarketRecord._fields, "first_seen_at_utc", "changed_at_utc"),
        key=("market_id",),
        keep=("first_seen_at_utc",),
    )
    + " WHERE markets.facts_digest <> excluded.facts_digest"
)


def _keep_dated(table: str, columns: tuple[str, ...]) -> str:
    """Write an upsert by the first column that notes when the row was observed and when its payload last changed."""
    dated = (*columns, "observed_at_utc", "changed_at_utc")
    return upsert(table, dated, key=columns[:1], keep=("changed_at_utc",)) + (
        ", changed_at_utc = CASE WHEN payload_json = excluded.payload_json"
        " THEN changed_at_utc ELSE excluded.changed_at_utc END"
    )


_KEEP_EVENT = _keep_dated("events", ObservedEvent._fields)
_KEEP_SERIES = _keep_dated("series", ObservedSeries._fields)


def changed(connection: sqlite3.Connection, digests: Mapping[str, bytes]) -> set[str]:
    """Name the markets that are new or whose stored facts have another digest than the given one."""
    found = connection.execute(
        # CROSS JOIN keeps the order: one look-up a market, without sorting the given ones first.
        "SELECT m.market_id, m.facts_digest FROM json_each(?) given CROSS JOIN markets m ON m.market_id = given.value",
        (json.dumps(list(digests)),),
    )
    same = {market_id for market_id, digest in found if digests[market_id] == digest}
    return digests.keys() - same


def keep(connection: sqlite3.Connection, records: Sequence[MarketRecord], *, now: str) -> int:
    """Write the markets that are new or differ from what is stored; return how many were.

    `first_seen_at_utc` stays what it was.
    """
    return write_rows(connection, _KEEP_MARKET, ((*record, now, now) for record in records))


def note_closes(connection: sqlite3.Connection, observed: Iterable[ObservedMarket], *, now: str) -> int:
    """Take over the close times of markets that closed at another time than was known; return how many.

    A market that closes early leaves the walks at once, so no walk tells when it closed.
    """
    return write_rows(
        connection,
        """UPDATE markets SET close_time_utc = ?, changed_at_utc = ?
           WHERE market_id = ? AND close_time_utc IS NOT ?""",
        ((one.close_time, now, one.market_id, one.close_time) for one in observed if one.close_time is not None),
    )


def keep_events(connection: sqlite3.Connection, events: Iterable[ObservedEvent], *, now: str) -> None:
    """Write events; `changed_at_utc` moves only when the payload did."""
    connection.executemany(_KEEP_EVENT, [(*event, now, now) for event in events])


def keep_series(connection: sqlite3.Connection, series: Iterable[ObservedSeries], *, now: str) -> None:
    """Write series; `changed_at_utc` moves only when the payload did."""
    connection.executemany(_KEEP_SERIES, ((*one, now, now) for one in series))


class StaleFacts(NamedTuple):
    """What an hour's rows name and the stored facts lack or know only from long ago."""

    series: list[str]
    events: list[tuple[str, str]]
    """(event_ticker, series_ticker) pairs."""


def stale_facts(connection: sqlite3.Connection, *, hour: str, older_than: str) -> StaleFacts:
    """Find series and events of an hour's rows whose facts were last observed before `older_than` (UTC text)."""
    events = connection.execute(
        # Distinct before the join: an hour of 100,000 rows names a tenth as many events.
        """SELECT event_ticker, s.series_ticker FROM
             (SELECT DISTINCT series_ticker, event_ticker FROM market_snapshots WHERE snapshot_hour_utc = ?) s
           LEFT JOIN events USING (event_ticker)
           WHERE observed_at_utc IS NULL OR observed_at_utc < ? ORDER BY 1""",
        (hour, older_than),
    ).fetchall()
    series = connection.execute(
        """SELECT series_ticker FROM
             (SELECT DISTINCT series_ticker FROM market_snapshots WHERE snapshot_hour_utc = ?)
           LEFT JOIN series USING (series_ticker)
           WHERE observed_at_utc IS NULL OR observed_at_utc < ? ORDER BY 1""",
        (hour, older_than),
    ).fetchall()
    return StaleFacts([row[0] for row in series], [(row[0], row[1]) for row in events])


def known_series(connection: sqlite3.Connection) -> set[str]:
    """Name every series whose facts are stored."""
    return {row[0] for row in connection.execute("SELECT series_ticker FROM series")}


_SAMPLE = 5_000


def created_quantiles(connection: sqlite3.Connection, parts: int) -> list[str]:
    """Cut the markets not yet settled into `parts` of about equal size by creation; return the cuts (UTC text).

    Of many markets a few thousand are looked at: only the balance of the parts depends on it.
    """
    (newest,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM markets").fetchone()
    # The index holds the row's number, so that the rows left out are never read; the product scatters the numbers, so
    # that no pattern in them (pages, series) can meet a pattern in the choice. The exchange writes an instant it
    # does not have as the year 1; no window can begin before that.
    created = [
        row[0]
        for row in connection.execute(
            """SELECT created_time_utc FROM markets INDEXED BY markets_awaiting_outcome
               WHERE outcome_is_final = 0 AND (rowid * 2654435761 & 4294967295) <= ?
                 AND created_time_utc > '1970' ORDER BY created_time_utc""",
            (min(1.0, _SAMPLE / max(newest, 1)) * 4294967295,),
        )
    ]
    cuts = {created[len(created) * part // parts] for part in range(1, parts)} if len(created) > parts else set()
    return sorted(cuts)

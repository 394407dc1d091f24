"""A database as a year of collecting leaves it: 723 open markets, 8,760 hours, 6.3 million rows, and some holes."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.gap import Span, hour_number, hour_text
from kalshi_common.knobs import MACRO_SERIES
from kalshi_common.storage.migrate import open_database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

END = dt.datetime(2026, 11, 23, 5, 7, tzinfo=dt.UTC)
LAST = hour_number("2026-11-23T04:00:00Z")
HOURS = 8_760
OPEN = 723
# Of the 723 markets open at any time: how many live so many hours, after which another takes the place.
_LIVES = {8_760: 100, 720: 300, 168: 323}
_SERIES = [(series, kind) for kind, listed in MACRO_SERIES.items() for series in listed]


class Market(NamedTuple):
    name: str
    series: str
    kind: str
    span: Span
    pauses: bool


class Year(NamedTuple):
    """What is wrong with it: hours nobody collected, hours in which one series is missing, markets that pause."""

    markets: list[Market]
    missed: Span
    partial: frozenset[int]

    def has_row(self, market: Market, hour: int) -> bool:
        if self.missed.first <= hour <= self.missed.last:
            return False
        if hour in self.partial and market.series == "KXFED":
            return False
        return not (market.pauses and hour % 24 < 12)


def year() -> Year:
    first = LAST - HOURS + 1
    markets = []
    place = 0
    for life, places in _LIVES.items():
        for _ in range(places):
            series, kind = _SERIES[place % len(_SERIES)]
            for number, begin in enumerate(range(first - place * 7 % life, LAST + 1, life)):
                span = Span(max(begin, first), min(begin + life - 1, LAST))
                name = f"{series}-{number:03}-T{place}.25"
                markets.append(Market(name, series, kind, span, pauses=place % 90 == 0 and life == 720))
            place += 1
    missed = Span(first + 4_000, first + 4_071)
    return Year(markets, missed, frozenset(range(first + 100, LAST, 175)))


def fill(data_dir: Path, made: Year) -> int:
    """Store the year hour by hour, as cycles do; give the number of rows."""
    database, _ = open_database(data_dir)
    with database.read() as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        _fill_facts(connection, made)
        connection.executemany(
            """INSERT INTO market_snapshots (market_id, snapshot_hour_utc, series_ticker, event_ticker,
                 macro_event_type, status, yes_bid_microdollars, yes_ask_microdollars, probability, probability_bucket,
                 source, payload_json, created_at_utc) VALUES (?, ?, ?, ?, ?, 'active', 560000, 580000, 0.57, 5,
                 'observed', ?, ?)""",
            _rows(made),
        )
        count: int = connection.execute("SELECT count(*) FROM market_snapshots").fetchone()[0]
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    database.close()
    return count


def _rows(made: Year) -> Iterator[tuple[str, ...]]:
    by_begin: dict[int, list[Market]] = {}
    for market in made.markets:
        by_begin.setdefault(market.span.first, []).append(market)
    alive: list[Market] = []
    for hour in range(LAST - HOURS + 1, LAST + 1):
        alive = [market for market in alive if market.span.last >= hour] + by_begin.get(hour, [])
        text = hour_text(hour)
        for m in alive:
            if made.has_row(m, hour):
                yield (m.name, text, m.series, m.name.rpartition("-")[0], m.kind, "{}", text)


def _fill_facts(connection: sqlite3.Connection, made: Year) -> None:
    connection.executemany(
        """INSERT INTO markets (market_id, series_ticker, event_ticker, macro_event_type, market_type, open_time_utc,
             close_time_utc, facts_digest, first_seen_at_utc, changed_at_utc)
           VALUES (?, ?, ?, ?, 'binary', ?, ?, x'00', ?, ?)""",
        [
            (
                *(m.name, m.series, m.name.rpartition("-")[0], m.kind, hour_text(m.span.first)),
                *(hour_text(m.span.last + 1), hour_text(m.span.first), hour_text(m.span.first)),
            )
            for m in made.markets
        ],
    )
    for hour in range(LAST - HOURS + 1, LAST + 1):
        if made.missed.first <= hour <= made.missed.last:
            continue
        text, partial = hour_text(hour), hour in made.partial
        connection.execute(
            """INSERT INTO snapshot_hours (snapshot_hour_utc, scope, status, cycle_id, first_observed_at_utc,
                 last_observed_at_utc, reason) VALUES (?, 'macro', ?, 'c', ?, ?, ?)""",
            (
                *(text, "partial" if partial else "complete", f"{text[:14]}05:01Z", f"{text[:14]}05:09Z"),
                "1 of 22 walks did not reach its end" if partial else None,
            ),
        )
        connection.executemany(
            """INSERT INTO snapshot_walks (snapshot_hour_utc, scope, walk, cycle_id, ended, pages, rows_seen,
                 rows_inserted, bytes_received) VALUES (?, 'macro', ?, 'c', 'empty_cursor', 1, 33, 33, 70000)""",
            [(text, series) for series, _ in _SERIES],
        )


if __name__ == "__main__":
    # A process of its own: its memory must not show in the figures of those measured after it.
    print(fill(Path(sys.argv[1]), year()))

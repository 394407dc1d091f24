"""What was known of a market at one moment, and nothing that was stored later.

Every query names the instant since when its row was known, and the one function that reads lets no later row through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.domain.money import MicroDollars

_SNAPSHOT = """SELECT market_id, snapshot_hour_utc, series_ticker, event_ticker, macro_event_type, status,
    yes_bid_microdollars, yes_ask_microdollars, last_price_microdollars, close_time_utc, payload_json,
    created_at_utc AS known_at_utc FROM market_snapshots WHERE source = 'observed' AND """


class Seen(NamedTuple):
    """A market as one snapshot showed it; `payload_json` is the exchange's own text, with the facts of that moment."""

    market_id: str
    snapshot_hour_utc: str
    series_ticker: str
    event_ticker: str
    macro_event_type: str | None
    status: str
    yes_bid_microdollars: MicroDollars | None
    yes_ask_microdollars: MicroDollars | None
    last_price_microdollars: MicroDollars | None
    close_time_utc: str | None
    payload_json: str
    known_at_utc: str


class EventKnown(NamedTuple):
    """An event's facts."""

    title: str | None
    category: str | None
    mutually_exclusive: int | None
    known_at_utc: str


class SeriesKnown(NamedTuple):
    """A series' facts."""

    title: str | None
    frequency: str | None
    known_at_utc: str


class Result(NamedTuple):
    """How a market of the series was determined."""

    event_ticker: str
    market_id: str
    yes_sub_title: str | None
    close_time_utc: str | None
    result: str
    known_at_utc: str


class Quote(NamedTuple):
    """A market's quote in an earlier hour."""

    snapshot_hour_utc: str
    yes_bid_microdollars: MicroDollars | None
    yes_ask_microdollars: MicroDollars | None
    last_price_microdollars: MicroDollars | None
    known_at_utc: str


class Evidence:
    """Reads as of `as_of` (UTC text): a row that was stored or changed later does not exist for it."""

    def __init__(self, connection: sqlite3.Connection, as_of: str) -> None:
        self.as_of = as_of
        self._connection = connection
        self._read: dict[tuple[object, ...], list[Any]] = {}  # the markets of an event ask for the same rows

    def snapshot(self, market_id: str, hour: str) -> Seen | None:
        """Give a market's row of an hour."""
        rows = self._known(
            f"{_SNAPSHOT} market_id = :market AND snapshot_hour_utc = :hour", market=market_id, hour=hour
        )
        return Seen(*rows[0]) if rows else None

    def event_markets(self, seen: Seen, *, since: str) -> dict[str, Seen]:
        """Give the newest row, not older than the hour `since`, of each market of the event."""
        rows = self._known(
            f"{_SNAPSHOT} snapshot_hour_utc BETWEEN :since AND :hour AND series_ticker = :series"
            " AND event_ticker = :event",
            order="snapshot_hour_utc",
            since=since,
            hour=seen.snapshot_hour_utc,
            series=seen.series_ticker,
            event=seen.event_ticker,
        )
        return {row[0]: Seen(*row) for row in rows}

    def event(self, event_ticker: str) -> EventKnown | None:
        """Give the event's facts, if they are those of the moment still."""
        rows = self._known(
            "SELECT title, category, mutually_exclusive, changed_at_utc AS known_at_utc FROM events"
            " WHERE event_ticker = :event",
            event=event_ticker,
        )
        return EventKnown(*rows[0]) if rows else None

    def series(self, series_ticker: str) -> SeriesKnown | None:
        """Give the series' facts, if they are those of the moment still."""
        rows = self._known(
            "SELECT title, frequency, changed_at_utc AS known_at_utc FROM series WHERE series_ticker = :series",
            series=series_ticker,
        )
        return SeriesKnown(*rows[0]) if rows else None

    def results(self, series_ticker: str, *, limit: int) -> list[Result]:
        """Give the series' determined markets, latest close first; one whose facts changed later is not among them."""
        rows = self._known(
            """SELECT m.event_ticker, m.market_id, m.yes_sub_title, m.close_time_utc, o.result,
                 max(o.observed_at_utc, m.changed_at_utc) AS known_at_utc
               FROM markets m JOIN outcomes o ON o.market_id = m.market_id
               WHERE m.series_ticker = :series AND o.result IN ('yes', 'no')""",
            order="close_time_utc DESC, market_id",
            limit=limit,
            series=series_ticker,
        )
        return [Result(*row) for row in rows]

    def quotes(self, market_id: str, *, until: str, limit: int) -> list[Quote]:
        """Give the market's quotes up to an hour, newest first."""
        rows = self._known(
            """SELECT snapshot_hour_utc, yes_bid_microdollars, yes_ask_microdollars, last_price_microdollars,
                 created_at_utc AS known_at_utc
               FROM market_snapshots WHERE market_id = :market AND snapshot_hour_utc <= :until""",
            order="snapshot_hour_utc DESC",
            limit=limit,
            market=market_id,
            until=until,
        )
        return [Quote(*row) for row in rows]

    def _known(self, query: str, *, order: str = "known_at_utc", limit: int = -1, **values: str) -> list[Any]:
        """Read rows, the only way here: what came to be known after the moment is cut off around every query."""
        key = (query, limit, *values.values())
        if key not in self._read:
            self._read[key] = self._connection.execute(
                f"SELECT * FROM ({query}) WHERE known_at_utc <= :as_of ORDER BY {order} LIMIT :limit",
                {**values, "as_of": self.as_of, "limit": limit},
            ).fetchall()
        return self._read[key]

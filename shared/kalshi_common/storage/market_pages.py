"""Reads for pages about single markets: finding them, their facts, their price history. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3


class SeriesRow(NamedTuple):
    """A series of one hour, with its markets and events of that hour counted."""

    series_ticker: str
    title: str | None
    markets: int
    events: int


class ListedMarket(NamedTuple):
    """A market in a list, with its quote of one hour; the quote is None where that hour does not hold it."""

    market_id: str
    series_ticker: str
    event_ticker: str
    title: str | None
    yes_sub_title: str | None
    close_time_utc: str | None
    yes_bid_microdollars: int | None
    yes_ask_microdollars: int | None
    probability: float | None
    volume_hundredths: int | None
    result: str | None


class MarketFacts(NamedTuple):
    """What is known of one market. The outcome's fields are None until it is determined."""

    market_id: str
    series_ticker: str
    event_ticker: str
    macro_event_type: str | None
    market_type: str
    title: str | None
    yes_sub_title: str | None
    no_sub_title: str | None
    rules_primary: str | None
    rules_secondary: str | None
    open_time_utc: str | None
    close_time_utc: str | None
    first_seen_at_utc: str
    event_title: str | None
    result: str | None
    settlement_value_microdollars: int | None
    outcome_status: str | None
    settled_at_utc: str | None
    outcome_seen_at_utc: str | None


class PriceRow(NamedTuple):
    """A market at an hour. Prices in micro-dollars, counts in hundredths, `source` observed or candle_60."""

    snapshot_hour_utc: str
    source: str
    yes_bid_microdollars: int | None
    yes_ask_microdollars: int | None
    last_price_microdollars: int | None
    probability: float | None
    volume_hundredths: int | None
    open_interest_hundredths: int | None


def newest_hour(connection: sqlite3.Connection) -> str | None:
    """Name the newest hour that holds rows (UTC text), complete or not."""
    found: str | None = connection.execute("SELECT max(snapshot_hour_utc) FROM market_snapshots").fetchone()[0]
    return found


def series_of_hour(connection: sqlite3.Connection, hour: str) -> list[SeriesRow]:
    """List the series of an hour, by ticker."""
    found = connection.execute(
        """SELECT h.series_ticker, s.title, h.markets, h.events
           FROM (SELECT series_ticker, count(*) AS markets, count(DISTINCT event_ticker) AS events
                 FROM market_snapshots WHERE snapshot_hour_utc = ? GROUP BY series_ticker) h
           LEFT JOIN series s USING (series_ticker) ORDER BY h.series_ticker""",
        (hour,),
    )
    return [SeriesRow._make(row) for row in found]


_LISTED = """SELECT m.market_id, m.series_ticker, m.event_ticker, m.title, m.yes_sub_title, m.close_time_utc,
      s.yes_bid_microdollars, s.yes_ask_microdollars, s.probability, s.volume_hundredths, o.result"""


def markets_of_series(connection: sqlite3.Connection, hour: str, series: str, limit: int) -> list[ListedMarket]:
    """List an hour's markets of a series, by event and ticker."""
    found = connection.execute(
        f"""{_LISTED} FROM market_snapshots s JOIN markets m USING (market_id) LEFT JOIN outcomes o USING (market_id)
            WHERE s.snapshot_hour_utc = ? AND s.series_ticker = ? ORDER BY s.event_ticker, s.market_id LIMIT ?""",
        (hour, series, limit),
    )
    return [ListedMarket._make(row) for row in found]


def markets_beginning(connection: sqlite3.Connection, hour: str, text: str, limit: int) -> list[ListedMarket]:
    """List markets of any time whose ticker begins with a text, by ticker, with their quote of an hour."""
    # A range, since LIKE does not use the key's index; the last character of all ends it.
    found = connection.execute(
        f"""{_LISTED} FROM markets m
            LEFT JOIN market_snapshots s ON s.market_id = m.market_id AND s.snapshot_hour_utc = ?
            LEFT JOIN outcomes o ON o.market_id = m.market_id
            WHERE m.market_id >= ? AND m.market_id < ? ORDER BY m.market_id LIMIT ?""",
        (hour, text, text + "\U0010ffff", limit),
    )
    return [ListedMarket._make(row) for row in found]


def facts_of(connection: sqlite3.Connection, market_id: str) -> MarketFacts | None:
    """Give what is known of a market; None where it was never seen."""
    row = connection.execute(
        """SELECT m.market_id, m.series_ticker, m.event_ticker, m.macro_event_type, m.market_type, m.title,
                  m.yes_sub_title, m.no_sub_title, m.rules_primary, m.rules_secondary, m.open_time_utc,
                  m.close_time_utc, m.first_seen_at_utc, e.title, o.result, o.settlement_value_microdollars, o.status,
                  o.settled_at_utc, o.observed_at_utc
           FROM markets m LEFT JOIN events e USING (event_ticker) LEFT JOIN outcomes o USING (market_id)
           WHERE m.market_id = ?""",
        (market_id,),
    ).fetchone()
    return row and MarketFacts._make(row)


def history_of(connection: sqlite3.Connection, market_id: str, since: str) -> list[PriceRow]:
    """Give a market's rows from an hour on (UTC text), oldest first."""
    found = connection.execute(
        f"SELECT {', '.join(PriceRow._fields)} FROM market_snapshots WHERE market_id = ? AND snapshot_hour_utc >= ?"
        " ORDER BY snapshot_hour_utc",
        (market_id, since),
    )
    return [PriceRow._make(row) for row in found]


def last_hour_of(connection: sqlite3.Connection, market_id: str) -> str | None:
    """Name the newest hour of a market (UTC text)."""
    found: str | None = connection.execute(
        "SELECT max(snapshot_hour_utc) FROM market_snapshots WHERE market_id = ?", (market_id,)
    ).fetchone()[0]
    return found

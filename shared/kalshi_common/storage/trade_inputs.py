"""What a trade cycle is decided on: reads of snapshots, books, facts, estimates, and of what is at risk already."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from kalshi_common.domain.money import Hundredths, MicroDollars
    from kalshi_common.domain.order import Venue


class MarketInput(NamedTuple):
    """A market of the newest hour with its newest estimate, book and facts. JSON as the exchange wrote it; UTC text.

    The book is None unless it belongs to the same hour: an older one says less than the hour's quote.
    """

    market_id: str
    snapshot_hour_utc: str
    series_ticker: str
    event_ticker: str
    macro_event_type: str | None
    status: str
    yes_bid_microdollars: MicroDollars | None
    yes_bid_size_hundredths: Hundredths | None
    yes_ask_microdollars: MicroDollars | None
    yes_ask_size_hundredths: Hundredths | None
    close_time_utc: str | None
    seen_at_utc: str
    book_json: str | None
    book_seen_at_utc: str | None
    market_type: str | None
    price_ranges: str | None
    is_exclusive: int | None
    event_json: str | None
    fee_type: str | None
    fee_multiplier: str | None
    estimate_id: int
    model: str
    prompt_version: str
    probability: float
    estimate_observed_at_utc: str


_SNAPSHOT = """s.market_id, s.snapshot_hour_utc, s.series_ticker, s.event_ticker, s.macro_event_type, s.status,
    s.yes_bid_microdollars, s.yes_bid_size_hundredths, s.yes_ask_microdollars, s.yes_ask_size_hundredths,
    s.close_time_utc, s.created_at_utc, b.payload_json, b.created_at_utc,
    m.market_type, m.price_ranges, v.mutually_exclusive, v.payload_json, f.fee_type, f.fee_multiplier"""
_FACTS = """LEFT JOIN orderbooks b ON b.market_id = s.market_id AND b.snapshot_hour_utc = s.snapshot_hour_utc
    LEFT JOIN markets m ON m.market_id = s.market_id
    LEFT JOIN events v ON v.event_ticker = s.event_ticker
    LEFT JOIN series f ON f.series_ticker = s.series_ticker"""


def newest_hour(connection: sqlite3.Connection, *, until: str) -> str | None:
    """Name the newest hour, none later than `until`, of which anything was observed."""
    found: str | None = connection.execute(
        """SELECT snapshot_hour_utc FROM market_snapshots
           WHERE snapshot_hour_utc <= ? AND source = 'observed' ORDER BY snapshot_hour_utc DESC LIMIT 1""",
        (until,),
    ).fetchone()
    return found and found[0]


def candidates(connection: sqlite3.Connection, hour: str, *, model: str | None) -> list[MarketInput]:
    """List the markets of an hour that have an estimate (of `model`, or of any), each with the newest one."""
    found = connection.execute(
        f"""SELECT {_SNAPSHOT}, e.estimate_id, e.model, e.prompt_version, e.probability, e.observed_at_utc
            FROM market_snapshots s JOIN estimates e ON e.estimate_id = (
              SELECT x.estimate_id FROM estimates x
              WHERE x.market_id = s.market_id AND (:model IS NULL OR x.model = :model)
              ORDER BY x.observed_at_utc DESC, x.estimate_id DESC LIMIT 1)
            {_FACTS}
            WHERE s.snapshot_hour_utc = :hour AND s.source = 'observed' ORDER BY s.event_ticker, s.market_id""",
        {"hour": hour, "model": model},
    )
    return [MarketInput._make(row) for row in found]


class BookInput(NamedTuple):
    """A market's stored book or quote at an hour, as far as an order can be filled or a position marked by it."""

    market_id: str
    snapshot_hour_utc: str
    status: str
    yes_bid_microdollars: MicroDollars | None
    yes_bid_size_hundredths: Hundredths | None
    yes_ask_microdollars: MicroDollars | None
    yes_ask_size_hundredths: Hundredths | None
    seen_at_utc: str
    book_json: str | None
    book_seen_at_utc: str | None
    fee_type: str | None
    fee_multiplier: str | None
    event_json: str | None


def newest_books(connection: sqlite3.Connection, market_ids: Sequence[str]) -> dict[str, BookInput]:
    """Give each market's newest observed book or quote; a market never observed is left out."""
    found = {}
    for market_id in market_ids:
        row = connection.execute(
            """SELECT s.market_id, s.snapshot_hour_utc, s.status,
                 s.yes_bid_microdollars, s.yes_bid_size_hundredths, s.yes_ask_microdollars, s.yes_ask_size_hundredths,
                 s.created_at_utc, b.payload_json, b.created_at_utc, f.fee_type, f.fee_multiplier, v.payload_json
               FROM market_snapshots s
               LEFT JOIN orderbooks b ON b.market_id = s.market_id AND b.snapshot_hour_utc = s.snapshot_hour_utc
               LEFT JOIN events v ON v.event_ticker = s.event_ticker
               LEFT JOIN series f ON f.series_ticker = s.series_ticker
               WHERE s.market_id = ? AND s.source = 'observed' ORDER BY s.snapshot_hour_utc DESC LIMIT 1""",
            (market_id,),
        ).fetchone()
        if row is not None:
            found[market_id] = BookInput._make(row)
    return found


class Pending(NamedTuple):
    """What an open order may still cost: it rests, or its outcome is not known."""

    market_id: str
    event_ticker: str
    macro_event_type: str | None
    side: str
    size_hundredths: Hundredths
    cost_microdollars: MicroDollars


def pending(connection: sqlite3.Connection, venue: Venue) -> list[Pending]:
    """List a venue's open orders."""
    found = connection.execute(
        """SELECT i.market_id, i.event_ticker, i.macro_event_type, i.side,
             CASE i.state WHEN 'accepted' THEN o.remaining_hundredths ELSE i.count_hundredths END AS size,
             CASE i.state WHEN 'accepted' THEN (o.remaining_hundredths * i.price_microdollars + 99) / 100
               + i.fee_microdollars * o.remaining_hundredths / i.count_hundredths
             ELSE (i.count_hundredths * i.price_microdollars + 99) / 100 + i.fee_microdollars END
           FROM order_intents i LEFT JOIN orders o ON o.intent_id = i.intent_id
           WHERE i.venue = ? AND (i.state IN ('intended', 'sent', 'unknown')
             OR (i.state = 'accepted' AND o.status = 'resting' AND o.remaining_hundredths > 0))
           ORDER BY i.created_at_utc, i.intent_id""",
        (venue,),
    )
    return [Pending._make(row) for row in found]


def spent_since(connection: sqlite3.Connection, venue: Venue, since: str) -> MicroDollars:
    """Sum what the orders decided since an instant (UTC text) have cost, fees in it; what is open is not in it."""
    found: MicroDollars = connection.execute(
        """SELECT coalesce(sum((f.count_hundredths * f.price_microdollars + 99) / 100 + f.fee_microdollars), 0)
           FROM fills f JOIN order_intents i ON i.intent_id = f.intent_id
           WHERE i.venue = ? AND i.created_at_utc >= ?""",
        (venue, since),
    ).fetchone()[0]
    return found


class Taken(NamedTuple):
    """What our own orders took of a side at a price; as a maker at our price, from offers that were cheaper."""

    price: MicroDollars
    size: Hundredths
    is_taker: bool


def taken_since(connection: sqlite3.Connection, venue: Venue, market_id: str, side: str, since: str) -> list[Taken]:
    """Sum by price what a venue's own orders took of a side of a market since an instant (UTC text), cheapest first."""
    found = connection.execute(
        """SELECT price_microdollars, sum(count_hundredths), is_taker FROM fills
           WHERE venue = ? AND market_id = ? AND side = ? AND filled_at_utc >= ?
           GROUP BY price_microdollars, is_taker ORDER BY 1, 3""",
        (venue, market_id, side, since),
    )
    return [Taken(price, size, bool(is_taker)) for price, size, is_taker in found]


class FinalOutcome(NamedTuple):
    """A final result, as far as it pays: one yes contract gets `yes_value_microdollars`."""

    market_id: str
    result: str
    yes_value_microdollars: MicroDollars | None
    settled_at_utc: str | None
    is_final: int


def outcomes_of(connection: sqlite3.Connection, market_ids: Sequence[str]) -> dict[str, FinalOutcome]:
    """Give the known outcome of each market that has one; without a value, yes pays a dollar and no nothing."""
    found = {}
    for market_id in market_ids:
        row = connection.execute(
            """SELECT market_id, result, coalesce(settlement_value_microdollars,
                 CASE result WHEN 'yes' THEN 1000000 WHEN 'no' THEN 0 END), settled_at_utc,
                 status = 'finalized' OR source = 'historical'
               FROM outcomes WHERE market_id = ?""",
            (market_id,),
        ).fetchone()
        if row is not None:
            found[market_id] = FinalOutcome._make(row)
    return found

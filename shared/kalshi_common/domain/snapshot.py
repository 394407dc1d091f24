"""The row an observed market becomes: one market at one hour. Field names are the table's column names."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.probability import implied_probability

if TYPE_CHECKING:
    from kalshi_common.domain.market import ObservedMarket
    from kalshi_common.domain.money import Hundredths, MicroDollars

OBSERVED = "observed"
"""`source` of a row the exchange showed us live; a back-filled row names its candle instead."""


class MarketSnapshot(NamedTuple):
    """A row of `market_snapshots`. Each column's unit is its suffix; `docs/schema.md` tells them all."""

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
    last_price_microdollars: MicroDollars | None
    volume_hundredths: Hundredths | None
    volume_24h_hundredths: Hundredths | None
    open_interest_hundredths: Hundredths | None
    probability: float | None
    probability_bucket: int | None
    close_time_utc: str | None
    source: str
    payload_json: str
    created_at_utc: str


class MarketRecord(NamedTuple):
    """A row of `markets`: what changes rarely, with a digest that tells whether it did."""

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
    strike_type: str | None
    floor_strike: str | None
    cap_strike: str | None
    custom_strike: str | None
    price_level_structure: str | None
    price_ranges: str | None
    created_time_utc: str | None
    open_time_utc: str | None
    can_close_early: bool | None
    close_time_utc: str | None
    facts_digest: bytes


_DIGEST_BYTES = 12


def series_of(event_ticker: str) -> str:
    """Name the series of an event: the part before the first `-` (a market itself does not say its series)."""
    return event_ticker.partition("-")[0]


def to_snapshot(
    market: ObservedMarket, *, hour: str, series_ticker: str, macro_event_type: str | None, created_at: str
) -> MarketSnapshot:
    """Place an observed market in an hour (UTC text), with the probability its quote implies."""
    implied = implied_probability(
        market_type=market.market_type,
        yes_bid=market.yes_bid,
        yes_ask=market.yes_ask,
        last_price=market.last_price,
    )
    probability, bucket = implied or (None, None)
    return MarketSnapshot(
        market.market_id,
        hour,
        series_ticker,
        market.event_ticker,
        macro_event_type,
        market.status,
        market.yes_bid,
        market.yes_bid_size,
        market.yes_ask,
        market.yes_ask_size,
        market.last_price,
        market.volume,
        market.volume_24h,
        market.open_interest,
        probability,
        bucket,
        market.close_time,
        OBSERVED,
        market.payload_json,
        created_at,
    )


def facts_digest(market: ObservedMarket, *, series_ticker: str, macro_event_type: str | None) -> bytes:
    """Give what tells whether a market's record changed, without reading its facts."""
    also = f"{series_ticker}\n{market.event_ticker}\n{macro_event_type}\n{market.created_time}\n{market.close_time}"
    version = market.facts.version(also.encode("utf-8", "surrogatepass"))
    return hashlib.sha256(version).digest()[:_DIGEST_BYTES]


def to_record(
    market: ObservedMarket, *, series_ticker: str, macro_event_type: str | None, digest: bytes | None = None
) -> MarketRecord:
    """Take what changes rarely out of an observed market; `digest` is its `facts_digest`, if that is known already.

    Raises:
        ValueError, OverflowError: a fact of the wrong shape.
    """
    kept = (series_ticker, market.event_ticker, macro_event_type, *market.facts.read(), market.close_time)
    digest = digest or facts_digest(market, series_ticker=series_ticker, macro_event_type=macro_event_type)
    return MarketRecord(market.market_id, *kept, digest)

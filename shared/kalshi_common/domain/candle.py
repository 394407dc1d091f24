"""An hourly candlestick, and the row of the hour it ends at: what back-fill puts where no row was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.probability import implied_probability
from kalshi_common.domain.snapshot import MarketSnapshot

if TYPE_CHECKING:
    from kalshi_common.domain.money import Hundredths, MicroDollars

CANDLE = "candle_60"
"""`source` of a row made from a candlestick of 60 minutes."""
UNKNOWN = "unknown"
"""`status` of such a row: a candlestick does not tell it."""


class Candle(NamedTuple):
    """The close of one hour, up to and including the instant `ends_at` (UTC text).

    `last_price` is the last trade's known then, of this hour or an earlier one. The candle's own volume is the hour's
    and no substitute for the volume since opening, so only its JSON keeps it.
    """

    ends_at: str
    yes_bid: MicroDollars | None
    yes_ask: MicroDollars | None
    last_price: MicroDollars | None
    open_interest: Hundredths | None
    payload_json: str


class MarketPlace(NamedTuple):
    """What a row needs to know about its market and a candlestick does not tell."""

    market_id: str
    series_ticker: str
    event_ticker: str
    macro_event_type: str | None
    market_type: str


def to_row(candle: Candle, place: MarketPlace, *, close_time: str | None, created_at: str) -> MarketSnapshot:
    """Make the row of the hour that begins when the candle ends: the last thing known then, so no look-ahead.

    `close_time` is the one announced by then, not the one that came true. Sizes, volumes and status stay unknown.
    """
    implied = implied_probability(
        market_type=place.market_type, yes_bid=candle.yes_bid, yes_ask=candle.yes_ask, last_price=candle.last_price
    )
    probability, bucket = implied or (None, None)
    return MarketSnapshot(
        market_id=place.market_id,
        snapshot_hour_utc=candle.ends_at,
        series_ticker=place.series_ticker,
        event_ticker=place.event_ticker,
        macro_event_type=place.macro_event_type,
        status=UNKNOWN,
        yes_bid_microdollars=candle.yes_bid,
        yes_bid_size_hundredths=None,
        yes_ask_microdollars=candle.yes_ask,
        yes_ask_size_hundredths=None,
        last_price_microdollars=candle.last_price,
        volume_hundredths=None,
        volume_24h_hundredths=None,
        open_interest_hundredths=candle.open_interest,
        probability=probability,
        probability_bucket=bucket,
        close_time_utc=close_time,
        source=CANDLE,
        payload_json=candle.payload_json,
        created_at_utc=created_at,
    )

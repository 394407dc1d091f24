"""One market in Kalshi's JSON -> our record: the hot path of a walk. Knows the names of a market's fields only."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from kalshi_common.domain.hour import normal_utc_text
from kalshi_common.domain.market import MarketFacts, ObservedMarket
from kalshi_common.domain.money import hundredths, micro_dollars
from kalshi_common.errors import UnexpectedAnswerError
from kalshi_common.exchange.answer import UNREADABLE

NULL = Raw(b"null")
_TEXT = msgspec.json.Decoder(str | None)
_FLAG = msgspec.json.Decoder(bool | None)


class _AnyMarket(msgspec.Struct, gc=False, kw_only=True):
    """A market; its `facts` too: they stay raw until somebody asks, since most hours nobody does."""

    ticker: str
    event_ticker: str
    market_type: str
    status: str
    yes_bid_dollars: str | None
    yes_ask_dollars: str | None
    last_price_dollars: str | None
    result: str | None
    close_time: str | None
    yes_bid_size_fp: str | None = None
    yes_ask_size_fp: str | None = None
    volume_24h_fp: str | None = None
    settlement_value_dollars: str | None = None
    settlement_ts: str | None = None
    created_time: str | None = None
    title: Raw = NULL
    yes_sub_title: Raw = NULL
    no_sub_title: Raw = NULL
    rules_primary: Raw = NULL
    rules_secondary: Raw = NULL
    strike_type: Raw = NULL
    floor_strike: Raw = NULL
    cap_strike: Raw = NULL
    custom_strike: Raw = NULL
    price_level_structure: Raw = NULL
    price_ranges: Raw = NULL
    open_time: Raw = NULL
    can_close_early: Raw = NULL

    def version(self, also: bytes) -> bytes:
        """Join the facts as the exchange wrote them, and `also`."""
        # Written out: this runs 100,000 times an hour. No JSON value holds a raw line break.
        return b"\n".join(
            (
                self.title,
                self.yes_sub_title,
                self.no_sub_title,
                self.rules_primary,
                self.rules_secondary,
                self.strike_type,
                self.floor_strike,
                self.cap_strike,
                self.custom_strike,
                self.price_level_structure,
                self.price_ranges,
                self.open_time,
                self.can_close_early,
                self.market_type.encode("utf-8", "surrogatepass"),
                also,
            )
        )

    def read(self) -> MarketFacts:
        """Read the facts.

        Raises:
            UnexpectedAnswerError: one of them has another shape; it is named.
        """
        try:
            return MarketFacts(
                self.market_type,
                text(self.title),
                text(self.yes_sub_title),
                text(self.no_sub_title),
                text(self.rules_primary),
                text(self.rules_secondary),
                text(self.strike_type),
                json_text(self.floor_strike),
                json_text(self.cap_strike),
                json_text(self.custom_strike),
                text(self.price_level_structure),
                json_text(self.price_ranges),
                utc(self.created_time),
                utc(text(self.open_time)),
                _FLAG.decode(self.can_close_early),
            )
        except UNREADABLE as err:
            name = next((name for name in _CHECKED if not _readable(name, getattr(self, name))), "a fact")
            where = f"GET /markets: {self.ticker}: {name}"
            raise UnexpectedAnswerError(
                f"{where}: {err}; Kalshi's API may have changed and this program must follow."
            ) from None


class Market(_AnyMarket, gc=False, kw_only=True):
    """A market of `GET /markets`."""

    volume_fp: str | None
    open_interest_fp: str | None


class BareCountsMarket(_AnyMarket, gc=False, kw_only=True):
    """`GET /historical/markets` is documented with and without the suffix of the counts."""

    volume_fp: str | None = msgspec.field(name="volume")
    open_interest_fp: str | None = msgspec.field(name="open_interest")


def observed(m: Market | BareCountsMarket, payload_json: str) -> ObservedMarket:
    """Give a decoded market as our record.

    Raises:
        ValueError: a price, count or time that is none; OverflowError: a year beyond 9999.
    """
    # One expression, positional, without helpers where they cost: this runs 100,000 times an hour.
    return ObservedMarket(
        m.ticker,
        m.event_ticker,
        m.market_type,
        m.status,
        None if m.yes_bid_dollars is None else micro_dollars(m.yes_bid_dollars),
        None if m.yes_bid_size_fp is None else hundredths(m.yes_bid_size_fp),
        None if m.yes_ask_dollars is None else micro_dollars(m.yes_ask_dollars),
        None if m.yes_ask_size_fp is None else hundredths(m.yes_ask_size_fp),
        None if m.last_price_dollars is None else micro_dollars(m.last_price_dollars),
        None if m.volume_fp is None else hundredths(m.volume_fp),
        None if m.volume_24h_fp is None else hundredths(m.volume_24h_fp),
        None if m.open_interest_fp is None else hundredths(m.open_interest_fp),
        utc(m.created_time),
        utc(m.close_time),
        m.result or "",
        None if m.settlement_value_dollars is None else micro_dollars(m.settlement_value_dollars),
        utc(m.settlement_ts),
        m,
        payload_json,
    )


def utc(written: str | None) -> str | None:
    """Bring an instant to our form.

    Raises:
        ValueError, OverflowError: it is none.
    """
    return None if written is None else normal_utc_text(written)


def text(raw: Raw) -> str | None:
    """Read a JSON string or null.

    Raises:
        ValueError: it is another value.
    """
    found: str | None = _TEXT.decode(raw)
    return found


def json_text(raw: Raw) -> str | None:
    """Keep a JSON value as the exchange wrote it; null is None."""
    found = str(raw, "utf-8")
    return None if found == "null" else found


_CHECKED = (
    *("title", "yes_sub_title", "no_sub_title", "rules_primary", "rules_secondary", "strike_type"),
    *("price_level_structure", "open_time", "can_close_early"),
)


def _readable(name: str, raw: Raw) -> bool:
    try:
        if name == "can_close_early":
            _FLAG.decode(raw)
        else:
            found = text(raw)
            _ = utc(found) if name.endswith("_time") else found
    except UNREADABLE:
        return False
    return True

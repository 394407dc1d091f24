"""What the exchange said about markets, events, series and books, in the field's terms. Times are UTC text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from kalshi_common.domain.money import Hundredths, MicroDollars


class Facts(Protocol):
    """A market's facts that may still be text: most hours nobody reads them, since they are the same as before."""

    def version(self, also: bytes) -> bytes:
        """Give bytes that differ when any fact or `also` does. `created_time` may be left out: the market has it."""
        ...

    def read(self) -> MarketFacts:
        """Give the facts.

        Raises:
            ValueError: a fact of the wrong shape; OverflowError: a time that is none.
        """
        ...


class MarketFacts(NamedTuple):
    """What changes rarely about a market. JSON values (strikes, ranges) are kept as the exchange wrote them."""

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
    created_time: str | None
    open_time: str | None
    can_close_early: bool | None

    def version(self, also: bytes) -> bytes:
        """Give bytes that differ when any fact or `also` does."""
        return repr(tuple(self)).encode("utf-8", "surrogatepass") + also

    def read(self) -> MarketFacts:
        """Give the facts: themselves."""
        return self


class ObservedMarket(NamedTuple):
    """One market as one answer of the exchange showed it. Prices in micro-dollars, counts in hundredths.

    A None is a JSON null (or an absent field that the exchange may leave out); a price field that must be there and
    is not never gets this far.
    """

    market_id: str
    event_ticker: str
    market_type: str
    status: str
    yes_bid: MicroDollars | None
    yes_bid_size: Hundredths | None
    yes_ask: MicroDollars | None
    yes_ask_size: Hundredths | None
    last_price: MicroDollars | None
    volume: Hundredths | None
    volume_24h: Hundredths | None
    open_interest: Hundredths | None
    created_time: str | None
    close_time: str | None
    result: str
    settlement_value: MicroDollars | None
    settled_at: str | None
    facts: Facts
    payload_json: str
    """The market's JSON exactly as received: its own characters, not a re-serialisation."""


class MarketPage:
    """One page of a walk. An empty cursor ends the walk.

    The markets of a page may still be text: a page that waits for its turn then costs a tenth of the memory.
    """

    __slots__ = ("_read", "cursor", "size_bytes")

    def __init__(self, read: Callable[[], list[ObservedMarket]], cursor: str, size_bytes: int) -> None:
        self._read, self.cursor, self.size_bytes = read, cursor, size_bytes

    @property
    def markets(self) -> list[ObservedMarket]:
        """The markets, in the page's order; read anew at each access.

        Raises:
            UnexpectedAnswerError: a market of the wrong shape.
        """
        return self._read()


class ObservedEvent(NamedTuple):
    """An event's facts. `mutually_exclusive` promises at most one yes, not that there will be one."""

    event_ticker: str
    series_ticker: str
    title: str | None
    category: str | None
    mutually_exclusive: bool | None
    payload_json: str


class EventPage(NamedTuple):
    """One page of events. An empty cursor ends the walk."""

    events: list[ObservedEvent]
    cursor: str


class ObservedSeries(NamedTuple):
    """A series' facts, the fee terms among them. `fee_multiplier` is the decimal text the exchange wrote."""

    series_ticker: str
    title: str | None
    category: str | None
    frequency: str | None
    fee_type: str | None
    fee_multiplier: str | None
    payload_json: str


class ObservedBook(NamedTuple):
    """One order book, as received: bids only, on both sides, best last."""

    market_id: str
    payload_json: str


class ExchangeStatus(NamedTuple):
    """Whether the exchange is up and trading, and when it expects to be back (UTC text) if it said so."""

    exchange_active: bool
    trading_active: bool
    estimated_resume_at: str | None


class AccountLimits(NamedTuple):
    """What the account may ask: its tier, and ordinary reads a second."""

    usage_tier: str
    reads_per_second: int

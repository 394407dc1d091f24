"""Kalshi's JSON <-> our records: the only place that knows the wire's names (OpenAPI 3.34.0). Fetches nothing.

A field that must be there and is not raises: a renamed price read as "none" would look like an empty market for weeks.
Unknown extra fields are ignored. Each record keeps its own bytes of the answer, never a re-serialisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from kalshi_common.domain.hour import normal_utc_text
from kalshi_common.domain.market import (
    AccountLimits,
    EventPage,
    ExchangeStatus,
    MarketPage,
    ObservedBook,
    ObservedEvent,
    ObservedMarket,
    ObservedSeries,
)
from kalshi_common.domain.money import hundredths, micro_dollars
from kalshi_common.exchange.answer import UNREADABLE, answer, item, unexpected
from kalshi_common.exchange.wire_market import NULL, BareCountsMarket, Market, json_text, observed, utc

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    _Decode = Callable[[Raw], "Market | BareCountsMarket"]

_DEFAULT_COST = 10  # tokens an ordinary request costs (docs.kalshi.com, "Rate limits")
# Only to name the field that a conversion refused, by how its name ends.
_CHECKS: dict[str, Callable[[str], object]] = dict.fromkeys(("_fp", "volume", "open_interest"), hundredths)
_CHECKS |= {"_dollars": micro_dollars, "_time": normal_utc_text, "_ts": normal_utc_text}


class _MarketPage(msgspec.Struct):
    markets: list[Raw]
    cursor: str | None


class _Event(msgspec.Struct):
    event_ticker: str
    series_ticker: str
    title: str | None = None
    category: str | None = None
    mutually_exclusive: bool | None = None


class _EventPage(msgspec.Struct):
    events: list[Raw]
    cursor: str | None


class _EventAnswer(msgspec.Struct):
    event: Raw


class _Series(msgspec.Struct):
    ticker: str
    title: str | None = None
    category: str | None = None
    frequency: str | None = None
    fee_type: str | None = None
    fee_multiplier: Raw = NULL


class _SeriesAnswer(msgspec.Struct):
    series: Raw


class _AllSeries(msgspec.Struct):
    series: list[Raw]


class _Book(msgspec.Struct):
    ticker: str
    orderbook_fp: Raw


class _Books(msgspec.Struct):
    orderbooks: list[Raw]


class _ExchangeStatus(msgspec.Struct):
    exchange_active: bool
    trading_active: bool
    exchange_estimated_resume_time: str | None = None


class _TokenBucket(msgspec.Struct):
    refill_rate: int


class _AccountLimits(msgspec.Struct):
    usage_tier: str
    read: _TokenBucket


def markets_page(body: bytes) -> MarketPage:
    """Read a page of `GET /markets`; its markets are read when asked for. A ticker may stand on it twice.

    Raises:
        ExchangeUnavailableError: broken JSON, as after a cut; this and every other function here.
        UnexpectedAnswerError: a missing, mistyped or unreadable field, named with its market; likewise.
    """
    return _page("GET /markets", body, _MARKET.decode)


def historical_markets_page(body: bytes) -> MarketPage:
    """Read a page of `GET /historical/markets`, whose counts may lack the `_fp`."""
    return _page("GET /historical/markets", body, _decode_historical)


def events_page(body: bytes) -> EventPage:
    """Read a page of `GET /events`."""
    request = "GET /events"
    page = answer(request, body, _EventPage)
    return EventPage([_event(request, raw) for raw in page.events], page.cursor or "")


def event(body: bytes) -> ObservedEvent:
    """Read `GET /events/{event_ticker}`."""
    return _event("GET /events/{event_ticker}", answer("GET /events/{event_ticker}", body, _EventAnswer).event)


def series(body: bytes) -> ObservedSeries:
    """Read `GET /series/{series_ticker}`."""
    return _series("GET /series/{series_ticker}", answer("GET /series/{series_ticker}", body, _SeriesAnswer).series)


def all_series(body: bytes, wanted: Collection[str]) -> Iterator[ObservedSeries]:
    """Read `GET /series`, every series in one answer: those of the `wanted` tickers, one by one as they are taken."""
    request, asked = "GET /series", frozenset(wanted)
    every = (_series(request, raw) for raw in answer(request, body, _AllSeries).series)
    return (series for series in every if series.series_ticker in asked)


def orderbooks(body: bytes, tickers: Collection[str]) -> list[ObservedBook]:
    """Read `GET /markets/orderbooks`: the books of `tickers` that came, and no other."""
    request, asked = "GET /markets/orderbooks", frozenset(tickers)
    books = [item(request, raw, _Book) for raw in answer(request, body, _Books).orderbooks]
    return [ObservedBook(book.ticker, text) for book, text in books if book.ticker in asked]


def exchange_status(body: bytes) -> ExchangeStatus:
    """Read `GET /exchange/status`."""
    request = "GET /exchange/status"
    status = answer(request, body, _ExchangeStatus)
    try:
        back = utc(status.exchange_estimated_resume_time)
    except UNREADABLE as err:
        raise unexpected(request, body, err, _CHECKS) from None
    return ExchangeStatus(status.exchange_active, status.trading_active, back)


def account_limits(body: bytes) -> AccountLimits:
    """Read `GET /account/limits`."""
    limits = answer("GET /account/limits", body, _AccountLimits)
    return AccountLimits(limits.usage_tier, max(1, limits.read.refill_rate // _DEFAULT_COST))


_MARKET = msgspec.json.Decoder(Market)
_BARE_COUNTS_MARKET = msgspec.json.Decoder(BareCountsMarket)


def _decode_historical(raw: Raw) -> Market | BareCountsMarket:
    try:
        return _MARKET.decode(raw)
    except msgspec.ValidationError:
        return _BARE_COUNTS_MARKET.decode(raw)


def _page(request: str, body: bytes, decode: _Decode) -> MarketPage:
    page = answer(request, body, _MarketPage)
    return MarketPage(lambda: _read(request, page.markets, decode), page.cursor or "", len(body))


def _read(request: str, entries: list[Raw], decode: _Decode) -> list[ObservedMarket]:
    markets = []
    for raw in entries:
        try:
            markets.append(observed(decode(raw), str(raw, "utf-8")))
        except UNREADABLE as err:
            raise unexpected(request, raw, err, _CHECKS) from None
    return markets


def _event(request: str, raw: Raw) -> ObservedEvent:
    e, text = item(request, raw, _Event)
    return ObservedEvent(e.event_ticker, e.series_ticker, e.title, e.category, e.mutually_exclusive, text)


def _series(request: str, raw: Raw) -> ObservedSeries:
    s, text = item(request, raw, _Series)
    return ObservedSeries(s.ticker, s.title, s.category, s.frequency, s.fee_type, json_text(s.fee_multiplier), text)

"""Candlesticks' JSON -> our records (OpenAPI 3.34.0). Fetches nothing.

Archived candlesticks are the live ones with other names: `close` for `close_dollars`, `open_interest` without `_fp`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Raw

from kalshi_common.domain.candle import Candle
from kalshi_common.domain.hour import normal_utc_text, utc_text
from kalshi_common.domain.money import hundredths, micro_dollars
from kalshi_common.exchange.answer import UNREADABLE, answer, item, unexpected

if TYPE_CHECKING:
    from collections.abc import Iterable

_Stick = TypeVar("_Stick", "_LiveStick", "_ArchivedStick")


class _Quote(msgspec.Struct):
    close_dollars: str | None


class _Traded(msgspec.Struct):
    close_dollars: str | None = None
    previous_dollars: str | None = None


class _LiveStick(msgspec.Struct):
    end_period_ts: int
    yes_bid: _Quote
    yes_ask: _Quote
    price: _Traded
    open_interest_fp: str | None


class _ArchivedQuote(msgspec.Struct):
    close_dollars: str | None = msgspec.field(name="close")


class _ArchivedTraded(msgspec.Struct):
    close_dollars: str | None = msgspec.field(name="close")
    previous_dollars: str | None = msgspec.field(name="previous", default=None)


class _ArchivedStick(msgspec.Struct):
    end_period_ts: int
    yes_bid: _ArchivedQuote
    yes_ask: _ArchivedQuote
    price: _ArchivedTraded
    open_interest_fp: str | None = msgspec.field(name="open_interest")


class _OneMarket(msgspec.Struct):
    market_ticker: str
    candlesticks: list[Raw]


class _ManyMarkets(msgspec.Struct):
    markets: list[_OneMarket]


class _ArchivedMarket(msgspec.Struct):
    ticker: str
    candlesticks: list[Raw]


class _Cutoff(msgspec.Struct):
    market_settled_ts: str


def candles(body: bytes) -> dict[str, list[Candle]]:
    """Read `GET /markets/candlesticks`: each answered market's candles, none where it has none.

    Raises:
        ExchangeUnavailableError: broken JSON, as after a cut; this and every other function here.
        UnexpectedAnswerError: a missing, mistyped or unreadable field; likewise.
    """
    request = "GET /markets/candlesticks"
    markets = answer(request, body, _ManyMarkets).markets
    return {one.market_ticker: _read(request, one.candlesticks, _LiveStick) for one in markets}


def archived_candles(body: bytes) -> dict[str, list[Candle]]:
    """Read `GET /historical/markets/{ticker}/candlesticks`."""
    request = "GET /historical/markets/{ticker}/candlesticks"
    market = answer(request, body, _ArchivedMarket)
    return {market.ticker: _read(request, market.candlesticks, _ArchivedStick)}


def archive_cutoff(body: bytes) -> str:
    """Read `GET /historical/cutoff`: the instant (UTC text) before which settled markets are in the archive."""
    request = "GET /historical/cutoff"
    try:
        return normal_utc_text(answer(request, body, _Cutoff).market_settled_ts)
    except UNREADABLE as err:
        raise unexpected(request, body, err) from None


def _read(request: str, sticks: Iterable[Raw], shape: type[_Stick]) -> list[Candle]:
    found = []
    for raw in sticks:
        stick, text = item(request, raw, shape)
        try:
            found.append(_candle(stick, text))
        except UNREADABLE as err:
            raise unexpected(request, raw, err) from None
    return found


def _candle(stick: _LiveStick | _ArchivedStick, text: str) -> Candle:
    # Without a trade in the period there is no close: the last price is then that of the period before.
    traded = stick.price.previous_dollars if stick.price.close_dollars is None else stick.price.close_dollars
    return Candle(
        ends_at=utc_text(dt.datetime.fromtimestamp(stick.end_period_ts, dt.UTC)),
        yes_bid=_price(stick.yes_bid.close_dollars),
        yes_ask=_price(stick.yes_ask.close_dollars),
        last_price=_price(traded),
        open_interest=None if stick.open_interest_fp is None else hundredths(stick.open_interest_fp),
        payload_json=text,
    )


def _price(text: str | None) -> int | None:
    return None if text is None else micro_dollars(text)

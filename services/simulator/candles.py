"""Candlesticks whose close is the very quote of that moment, as JSON-ready data. No HTTP.

Live and historical ones differ in their names only (kalshi-python-async 3.34.0, models/market_candlestick*.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simulator.price import Quote, quote
from simulator.texts import contracts, dollars

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.market import SimMarket

PERIODS: Final = frozenset({1, 60, 1440})
"""Minutes."""
_SAMPLES: Final = 2
_OHLC: Final = ("open", "low", "high", "close")


def candle_ends(market: SimMarket, start: int, end: int, period: int, moment: int) -> range:
    """Return the ends (Unix seconds) of the whole periods that end in [`start`, `end`] while the market traded."""
    seconds = period * 60
    first = max(start, market.event.opens + 1)
    last = min(end, market.closes + seconds - 1, moment)
    return range(-(-first // seconds) * seconds, last + 1, seconds)


def candle(market: SimMarket, end: int, period: int, *, historical: bool = False) -> dict[str, Any]:
    """Return the candlestick of the `period` minutes up to and including `end`."""
    seconds = period * 60
    span = [quote(market, end - seconds + seconds * part // _SAMPLES) for part in range(_SAMPLES + 1)]
    suffix = "" if historical else "_dollars"
    count = "" if historical else "_fp"
    return {
        "end_period_ts": end,
        "yes_bid": _distribution(span, lambda now: now.bid, suffix),
        "yes_ask": _distribution(span, lambda now: now.ask, suffix),
        "price": _traded(span, suffix),
        f"volume{count}": contracts(span[-1].volume - span[0].volume),
        f"open_interest{count}": contracts(span[-1].open_interest),
    }


def carried(market: SimMarket, start: int, period: int) -> dict[str, Any]:
    """Return the invented candle of `include_latest_before_start`: no prices but the one before."""
    seconds = period * 60
    before = quote(market, start)
    nothing = dict.fromkeys((f"{name}_dollars" for name in (*_OHLC, "mean")), None)
    return {
        "end_period_ts": -(-start // seconds) * seconds,
        "yes_bid": _distribution([before], lambda now: now.bid, "_dollars"),
        "yes_ask": _distribution([before], lambda now: now.ask, "_dollars"),
        "price": nothing | {"previous_dollars": dollars(before.last)},
        "volume_fp": "0.00",
        "open_interest_fp": contracts(before.open_interest),
    }


def _distribution(span: list[Quote], side: Callable[[Quote], int], suffix: str) -> dict[str, str]:
    prices = [side(now) for now in span]
    values = (prices[0], min(prices), max(prices), prices[-1])
    return {f"{name}{suffix}": dollars(value) for name, value in zip(_OHLC, values, strict=True)}


def _traded(span: list[Quote], suffix: str) -> dict[str, str | None]:
    previous = dollars(span[0].last) if span[0].last else None
    if span[-1].volume == span[0].volume:
        return dict.fromkeys((f"{name}{suffix}" for name in (*_OHLC, "mean")), None) | {f"previous{suffix}": previous}
    prices = [now.last for now in span if now.last]
    mean = sum(prices) // len(prices)
    values = (prices[0], min(prices), max(prices), prices[-1], mean)
    found: dict[str, str | None] = {
        f"{name}{suffix}": dollars(value) for name, value in zip((*_OHLC, "mean"), values, strict=True)
    }
    return found | {f"previous{suffix}": previous}

"""A market's quote at any moment, as a pure function of market and time: no state, no JSON.

Prices are integers in ten-thousandths of a dollar, counts in hundredths of a contract.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.market import TRADING, SimMarket
from simulator.traits import LINEAR_CENT, TAPERED, Book

if TYPE_CHECKING:
    from simulator.traits import PriceStructure

DOLLAR: Final = 10_000
_CENT: Final = 100
_TAPER: Final = 1_000
_HOUR: Final = 3_600
_DAY: Final = 86_400


class Quote(NamedTuple):
    """The best bid and ask of the yes side and what was traded. A bid of 0 or an ask of a dollar is no order."""

    bid: int
    bid_size: int
    ask: int
    ask_size: int
    last: int
    volume: int
    volume_24h: int
    open_interest: int


def quote(market: SimMarket, moment: int) -> Quote:
    """Return the quote at `moment`; it moves at the event's ticks and its book is empty when trading is over."""
    event = market.event
    moment -= moment % event.tick_seconds
    volume = _volume(market, moment)
    if market.status(moment) in TRADING:
        bid, ask = _sides(market, moment)
    else:
        bid, ask = 0, DOLLAR
    flicker = moment // event.tick_seconds * 7919
    return Quote(
        bid,
        (market.draw + flicker) % 500_000 + 1 if bid else 0,
        ask,
        (market.draw // 3 + flicker) % 500_000 + 1 if ask < DOLLAR else 0,
        last_price(market, moment) if volume else 0,
        volume,
        volume - _volume(market, moment - _DAY),
        volume * (market.draw % 60 + 20) // 100,
    )


def fair(market: SimMarket, moment: int) -> float:
    """Return the public's expectation of what a yes contract pays, 0 to 1."""
    mean, deviation = market.event.estimate(moment)
    if market.traits.scalar:
        return market.share(mean)
    scale = deviation * math.sqrt(2)
    return (math.erf((market.high - mean) / scale) - math.erf((market.low - mean) / scale)) / 2


def last_price(market: SimMarket, moment: int) -> int:
    """Return the price of the last trade: the fair price some ticks ago, on the tick."""
    before = min(moment, market.closes) - market.draw % 5 * market.event.tick_seconds
    structure = market.traits.structure
    price = round(fair(market, before) * DOLLAR)
    step = tick(structure, price)
    return min(max(price // step * step, structure.tick), DOLLAR - structure.tick)


def tick(structure: PriceStructure, price: int) -> int:
    """Return the price step that holds at `price`."""
    if structure is LINEAR_CENT or (structure is TAPERED and _TAPER <= price < DOLLAR - _TAPER):
        return _CENT
    return structure.tick


def _sides(market: SimMarket, moment: int) -> tuple[int, int]:
    book, structure = market.traits.book, market.traits.structure
    price = fair(market, moment) * DOLLAR
    step = tick(structure, round(price))
    half = step * (market.draw % 3 + 1) / 2
    bid = max(math.floor((price - half) / step) * step, 0)
    ask = min(math.ceil((price + half) / step) * step, DOLLAR)
    return (
        bid if book in {Book.TWO_SIDED, Book.BID_ONLY} else 0,
        ask if book in {Book.TWO_SIDED, Book.ASK_ONLY} else DOLLAR,
    )


def _volume(market: SimMarket, moment: int) -> int:
    traits = market.traits
    seconds = min(moment, market.closes) - market.event.opens
    if not traits.traded or seconds <= 0:
        return 0
    hourly = 100 + market.draw % 40_000
    return hourly * seconds // _HOUR * traits.volume_scale

"""Matching: what an order takes from the crowd's book, and when a resting one is taken. It keeps no account.

The crowd's book is a function of market and time and never runs dry by itself, so what our orders took from it at one
tick is remembered: the same contracts are not sold twice.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from simulator.books import levels
from simulator.orders import BID
from simulator.price import DOLLAR

if TYPE_CHECKING:
    from simulator.market import SimMarket


class Take(NamedTuple):
    """Contracts at a price of the yes book."""

    price: int
    size: int


class Crowd:
    """The other side of every order."""

    def __init__(self) -> None:
        self._taken: Counter[tuple[str, int, str, int]] = Counter()

    def offers(self, market: SimMarket, moment: int, side: str) -> list[Take]:
        """Return what an order of a book side could take now, best first, at prices of the yes book."""
        tick = moment - moment % market.event.tick_seconds
        yes, no = levels(market, moment)
        facing = [(DOLLAR - price, count) for price, count in no] if side == BID else yes
        left = [(price, count - self._taken[market.ticker, tick, side, price]) for price, count in facing]
        return [Take(price, count) for price, count in left if count > 0]

    def match(self, market: SimMarket, moment: int, side: str, limit: int, count: int) -> list[Take]:
        """Return what `count` takes within the limit; nothing is taken yet."""
        found = []
        for price, size in self.offers(market, moment, side):
            if count <= 0 or (price > limit if side == BID else price < limit):
                break
            found.append(Take(price, min(size, count)))
            count -= size
        return found

    def take(self, market: SimMarket, moment: int, side: str, takes: list[Take]) -> None:
        """Take it."""
        tick = moment - moment % market.event.tick_seconds
        for price, count in takes:
            self._taken[market.ticker, tick, side, price] += count

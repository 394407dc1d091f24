"""The prices a market takes: ranges, each with its own step. A cent is never assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.money import DOLLAR, MicroDollars

if TYPE_CHECKING:
    from kalshi_common.domain.order import Side


class TickRange(NamedTuple):
    """Prices of the yes side from `start` to `end`, both included, in steps."""

    start: MicroDollars
    end: MicroDollars
    step: MicroDollars


class TickGrid(NamedTuple):
    """A market's ranges; empty where the exchange told none, and then no price is on it."""

    ranges: tuple[TickRange, ...] = ()

    def holds(self, price: MicroDollars, side: Side) -> bool:
        """Tell whether a price of a side can be ordered. The order goes to the yes book, so that price must fit."""
        yes_price = price if side == "yes" else DOLLAR - price
        return 0 < yes_price < DOLLAR and any(_fits(yes_price, each) for each in self.ranges)


def _fits(price: MicroDollars, each: TickRange) -> bool:
    return each.step > 0 and each.start <= price <= each.end and (price - each.start) % each.step == 0

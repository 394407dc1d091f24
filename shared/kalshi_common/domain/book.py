"""An order book: what is bid on either side, and what buying from it costs. It reads no JSON and sends no order.

The exchange shows bids only. Who buys one side takes the other side's bids, at a dollar less their price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.money import DOLLAR, Hundredths, MicroDollars

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kalshi_common.domain.order import Side


class Level(NamedTuple):
    """A price of one side, and how many contracts stand at it."""

    price: MicroDollars
    size: Hundredths


class Book(NamedTuple):
    """The bids of both sides, each the best (highest) first."""

    yes_bids: tuple[Level, ...] = ()
    no_bids: tuple[Level, ...] = ()

    def bids(self, side: Side) -> tuple[Level, ...]:
        """Give what is bid for a side, the best price first."""
        return self.yes_bids if side == "yes" else self.no_bids

    def offers(self, side: Side) -> tuple[Level, ...]:
        """Give at what prices a side can be bought, the cheapest first."""
        return tuple(Level(DOLLAR - price, size) for price, size in self.bids(other(side)))

    def spread(self) -> MicroDollars | None:
        """Give the distance from the best bid to the best offer, the same seen from either side; None if one lacks."""
        if not (self.yes_bids and self.no_bids):
            return None
        return DOLLAR - self.no_bids[0].price - self.yes_bids[0].price


def other(side: Side) -> Side:
    """Name the opposite side."""
    return "no" if side == "yes" else "yes"


def sorted_book(yes_bids: Iterable[Level], no_bids: Iterable[Level]) -> Book:
    """Make a book of bids in any order; levels that hold nothing, or are no price, are left out."""
    return Book(_bids(yes_bids), _bids(no_bids))


def book_of_quote(
    *,
    yes_bid: MicroDollars | None,
    yes_bid_size: Hundredths | None,
    yes_ask: MicroDollars | None,
    yes_ask_size: Hundredths | None,
) -> Book:
    """Make the book that a market's quote shows: one level a side. A quote without a size offers nothing for sure."""
    bid = Level(yes_bid or 0, yes_bid_size or 0)
    ask = Level(DOLLAR - (yes_ask or DOLLAR), yes_ask_size or 0)
    return sorted_book([bid], [ask])


def walk(offers: Iterable[Level], size: Hundredths, *, limit: MicroDollars) -> list[Level]:
    """Take up to `size` from offers (cheapest first), none dearer than `limit` and none beyond its size."""
    taken = []
    for price, shown in offers:
        if size <= 0 or price > limit:
            break
        taken.append(Level(price, min(shown, size)))
        size -= shown
    return taken


def offered(offers: Iterable[Level], *, limit: MicroDollars) -> Hundredths:
    """Count what is offered at `limit` or cheaper."""
    return sum(level.size for level in offers if level.price <= limit)


def _bids(levels: Iterable[Level]) -> tuple[Level, ...]:
    real = [level for level in levels if 0 < level.price < DOLLAR and level.size > 0]
    return tuple(sorted(real, key=lambda level: -level.price))

"""The implied probability of a quote, and the bucket it falls into."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from kalshi_common.domain.money import DOLLAR, MicroDollars

_LAST_BUCKET = 9


class ImpliedProbability(NamedTuple):
    """A probability in [0, 1] and its tenth: bucket 3 is [0.3, 0.4), bucket 9 is [0.9, 1.0]."""

    probability: float
    bucket: int


def implied_probability(
    *, market_type: str, yes_bid: MicroDollars | None, yes_ask: MicroDollars | None, last_price: MicroDollars | None
) -> ImpliedProbability | None:
    """Take the mid of a two-sided book, else the last trade, else nothing.

    A bid of 0 or an ask of 1 dollar is the absence of an order, not a price; a crossed book is a page caught between
    two updates. A last price of 0 means no trade yet. A scalar market's price is an expected value, not a probability.
    """
    if market_type != "binary":
        return None
    if yes_bid is not None and yes_ask is not None and 0 < yes_bid <= yes_ask < DOLLAR:
        return _of(yes_bid + yes_ask, 2 * DOLLAR)
    if last_price is not None and 0 < last_price < DOLLAR:
        return _of(last_price, DOLLAR)
    return None


@lru_cache(maxsize=1 << 14)
def _of(numerator: int, denominator: int) -> ImpliedProbability:
    # The bucket by integers: 0.3 as a float may fall either side of the edge.
    return ImpliedProbability(numerator / denominator, min(numerator * 10 // denominator, _LAST_BUCKET))

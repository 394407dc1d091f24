"""What a fill costs: the exchange's schedule, worked out here on its own so that the stack's own sum has a judge.

Sources: the formula https://kalshi.com/docs/kalshi-fee-schedule.pdf, the rounding
https://docs.kalshi.com/getting_started/fee_rounding. Prices are ten-thousandths, counts hundredths, fees micro-dollars.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Final

from simulator.price import DOLLAR

_TAKER: Final = Fraction(7, 100)
_MAKER: Final = {
    "quadratic": Fraction(0),
    "quadratic_with_maker_fees": _TAKER / 4,
    "quadratic_with_combo_maker_fees": _TAKER / 2,
}
_FEE_STEP: Final = 100
DIRECT, OTHER = 100, 10_000
"""To what a change of balance rounds, in micro-dollars: for direct members, and for all others."""


def trade_fee(fee_type: str, price: int, count: int, *, is_taker: bool) -> int:
    """Return the fee of one fill, rounded up to $0.0001."""
    rate = _TAKER if is_taker else _MAKER[fee_type]
    probability = Fraction(price, DOLLAR)
    exact = rate * Fraction(count, 100) * probability * (1 - probability) * 1_000_000
    return ceil(exact / _FEE_STEP) * _FEE_STEP


def charged(fee: int, cost: int, rounded: int, step: int) -> tuple[int, int]:
    """Return what a fill is charged besides its `cost`, and the rounding still to be given back.

    The balance changes by whole steps, against the member; what that took (`rounded` so far) comes back by the step.
    """
    extra = -(cost + fee) % step
    rounded += extra
    back = min(rounded, fee + extra) // step * step
    return fee + extra - back, rounded - back

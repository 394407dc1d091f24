"""What our fills in one market add up to. Pure: the same fills always give the same position.

Micro-dollars and hundredths of a contract are integers, so each product is divided by 100 once and rounded against us:
cost up, proceeds down. On the exchange's ticks (a hundredth of a cent or coarser) nothing is ever rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.money import DOLLAR, Hundredths, MicroDollars

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kalshi_common.domain.order import Fill

_CONTRACT = 100


class Position(NamedTuple):
    """A market's position: + yes, - no.

    `cost` is what the contracts still held were bought for, `realized` what closed ones earned before fees, `fees` all
    fees ever paid.
    """

    held: Hundredths = 0
    cost: MicroDollars = 0
    realized: MicroDollars = 0
    fees: MicroDollars = 0

    @property
    def cash_flow(self) -> MicroDollars:
        """What this market has brought in so far; below zero while money is in it."""
        return self.realized - self.cost - self.fees


def from_fills(fills: Iterable[Fill]) -> Position:
    """Add up fills in the order they happened."""
    position = Position()
    for fill in fills:
        position = after_fill(position, fill)
    return position


def after_fill(position: Position, fill: Fill) -> Position:
    """Add one fill: a purchase of the other side first gives back what is held, a dollar for each pair."""
    sign = 1 if fill.side == "yes" else -1
    closed = min(fill.count_hundredths, abs(position.held)) if position.held * sign < 0 else 0
    cost, realized = position.cost, position.realized
    if closed:
        released = cost * closed // abs(position.held)
        realized += closed * (DOLLAR - fill.price_microdollars) // _CONTRACT - released
        cost -= released
    opened = fill.count_hundredths - closed
    cost -= -opened * fill.price_microdollars // _CONTRACT  # rounds up
    return Position(position.held + sign * fill.count_hundredths, cost, realized, position.fees + fill.fee_microdollars)


def settled(position: Position, yes_value: MicroDollars) -> Position:
    """Pay the position out; `yes_value` is what one yes contract pays (0 to a dollar), a no contract pays the rest."""
    value = yes_value if position.held > 0 else DOLLAR - yes_value
    paid = abs(position.held) * value // _CONTRACT
    return Position(0, 0, position.realized + paid - position.cost, position.fees)

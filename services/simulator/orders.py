"""Orders, their fills and their groups as the simulated exchange holds them. Data, and no matching.

Prices are ten-thousandths of a dollar on the yes book, counts hundredths of a contract, so that their product is
micro-dollars; times are whole Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.price import DOLLAR

if TYPE_CHECKING:
    from collections.abc import Iterable

BID: Final = "bid"
ASK: Final = "ask"
GTC: Final = "good_till_canceled"
FOK: Final = "fill_or_kill"
IOC: Final = "immediate_or_cancel"
GROUP_WINDOW: Final = 15


class Fill(NamedTuple):
    """One execution. `price` is that of the yes book, `fee` in micro-dollars."""

    fill_id: str
    price: int
    size: int
    is_taker: bool
    fee: int
    at: int


class OrderWish(NamedTuple):
    """A request for an order, read and found well-formed."""

    ticker: str
    client_order_id: str
    side: str
    price: int
    size: int
    time_in_force: str
    self_trade: str
    expires: int | None
    post_only: bool
    reduce_only: bool
    cancel_on_pause: bool
    group_id: str


@dataclass(slots=True)
class SimOrder:
    """An order the exchange has accepted. `closed` is when it was canceled."""

    order_id: str
    wish: OrderWish
    created: int
    fills: list[Fill] = field(default_factory=list)
    closed: int | None = None
    rounded: int = 0
    """Micro-dollars that rounding has taken and not yet given back."""

    def filled(self, at: int) -> int:
        """Return how much had been filled at a time."""
        return sum(fill.size for fill in self.fills if fill.at <= at)

    def status(self, at: int) -> str:
        """Return the status at a time: executed, canceled or resting."""
        if self.filled(at) == self.wish.size:
            return "executed"
        return "canceled" if self.closed is not None and self.closed <= at else "resting"

    def remaining(self, at: int) -> int:
        """Return what rested at a time."""
        rested = self.created <= at and self.status(at) == "resting"
        return self.wish.size - self.filled(at) if rested else 0

    @property
    def open(self) -> int:
        """What rests now."""
        return 0 if self.closed is not None else self.wish.size - sum(fill.size for fill in self.fills)

    @property
    def outcome(self) -> str:
        """The side this order is positioned for."""
        return "yes" if self.wish.side == BID else "no"

    def cost(self, price: int) -> int:
        """Return what a contract costs this order's side at a price of the yes book."""
        return price if self.wish.side == BID else DOLLAR - price


@dataclass(slots=True)
class Group:
    """A brake: it caps the contracts matched in any 15 seconds and cancels all its orders on a hit."""

    group_id: str
    limit: int
    matched: list[tuple[int, int]] = field(default_factory=list)
    triggered: bool = False

    def note(self, at: int, count: int) -> bool:
        """Note matched contracts; tell whether they have set it off."""
        self.matched = [(when, many) for when, many in self.matched if when > at - GROUP_WINDOW] + [(at, count)]
        self.triggered = self.triggered or sum(many for _, many in self.matched) >= self.limit
        return self.triggered


class Holding(NamedTuple):
    """What fills in one market add up to: + yes, - no; money in micro-dollars."""

    held: int = 0
    cost: int = 0
    realized: int = 0
    fees: int = 0
    cash: int = 0
    traded: int = 0


def holding(fills: Iterable[tuple[str, Fill]]) -> Holding:
    """Add up fills, each with its book side, in their order. A pair of yes and no is paid a dollar at once."""
    now = Holding()
    for side, fill in fills:
        price = fill.price if side == BID else DOLLAR - fill.price
        sign = 1 if side == BID else -1
        pairs = min(fill.size, abs(now.held)) if now.held * sign < 0 else 0
        released = now.cost * pairs // abs(now.held) if pairs else 0
        now = Holding(
            now.held + sign * fill.size,
            now.cost - released + (fill.size - pairs) * price,
            now.realized + pairs * (DOLLAR - price) - released,
            now.fees + fill.fee,
            now.cash - fill.size * price - fill.fee + pairs * DOLLAR,
            now.traded + fill.size * price,
        )
    return now

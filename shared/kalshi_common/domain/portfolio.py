"""What the exchange says of our account: orders, fills, positions, settlements, cash. Times are UTC text.

Prices are micro-dollars a contract of the side named, counts hundredths of a contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from kalshi_common.domain.money import Hundredths, MicroDollars
    from kalshi_common.domain.order import OrderStatus, Side


class PlacedOrder(NamedTuple):
    """The answer to an order that was accepted. Averages are of the yes book, None where nothing was filled."""

    order_id: str
    client_order_id: str | None
    filled: Hundredths
    remaining: Hundredths
    average_yes_price: MicroDollars | None
    average_fee: MicroDollars | None


class ExchangeOrder(NamedTuple):
    """An order the exchange holds or held. `client_order_id` is empty where none was given."""

    order_id: str
    client_order_id: str
    market_id: str
    side: Side
    price: MicroDollars
    status: OrderStatus
    size: Hundredths
    filled: Hundredths
    remaining: Hundredths
    created_at: str | None


class ExchangeFill(NamedTuple):
    """One execution, as listed by the exchange."""

    fill_id: str
    order_id: str
    market_id: str
    side: Side
    size: Hundredths
    price: MicroDollars
    fee: MicroDollars
    is_taker: bool
    created_at: str | None


class ExchangePosition(NamedTuple):
    """A market's position: + yes, - no."""

    market_id: str
    held: Hundredths
    fees: MicroDollars


class ExchangeSettlement(NamedTuple):
    """How a market paid us out. `revenue` has whole cents, `value` (what a yes contract paid) too."""

    market_id: str
    result: Literal["yes", "no", "scalar"]
    yes_held: Hundredths
    no_held: Hundredths
    revenue: MicroDollars
    value: MicroDollars | None
    settled_at: str


class OrderGroup(NamedTuple):
    """A brake of the exchange: it cancels all its orders when more than `limit` is matched in 15 seconds."""

    group_id: str
    limit: Hundredths | None

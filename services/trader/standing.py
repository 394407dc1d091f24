"""How a venue stands: what it holds, what is at risk, what was spent and lost. It grows with every order decided on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kalshi_common.domain.money import Hundredths, MicroDollars
    from kalshi_common.domain.order import Side
    from kalshi_common.storage.positions import PositionRecord
    from kalshi_common.storage.trade_inputs import Pending


@dataclass
class Standing:
    """A venue's books now. Amounts in micro-dollars; at risk is what positions cost and open orders may cost."""

    equity: MicroDollars
    cash: MicroDollars
    """Free: what open orders may still cost is taken off."""
    lost_today: MicroDollars = 0
    drawdown: float = 0.0
    spent_today: MicroDollars = 0
    open_orders: int = 0
    held: Counter[str] = field(default_factory=Counter)
    """By market, hundredths of contracts: + yes, - no, open orders in it."""
    by_market: Counter[str] = field(default_factory=Counter)
    by_event: Counter[str] = field(default_factory=Counter)
    by_macro_type: Counter[str | None] = field(default_factory=Counter)

    def take(self, order: Pending) -> None:
        """Count an order that was decided on, or is open, as if it had its worst outcome."""
        self._risk(order.market_id, order.event_ticker, order.macro_event_type, order.cost_microdollars)
        self.held[order.market_id] += signed(order.side, order.size_hundredths)
        self.cash -= order.cost_microdollars
        self.spent_today += order.cost_microdollars
        self.open_orders += 1

    def hold(self, position: PositionRecord) -> None:
        """Count a position."""
        risk = position.cost_microdollars
        self._risk(position.market_id, position.event_ticker, position.macro_event_type, risk)
        self.held[position.market_id] += position.position_hundredths

    def _risk(self, market: str, event: str, macro_type: str | None, amount: MicroDollars) -> None:
        self.by_market[market] += amount
        self.by_event[event] += amount
        self.by_macro_type[macro_type] += amount


def standing(
    positions: Iterable[PositionRecord],
    pending: Iterable[Pending],
    *,
    equity: MicroDollars,
    cash: MicroDollars,
    spent_today: MicroDollars,
) -> Standing:
    """Add up a venue's open positions and open orders."""
    found = Standing(equity=equity, cash=cash, spent_today=spent_today)
    for position in positions:
        found.hold(position)
    for order in pending:
        found.take(order)
    return found


def signed(side: Side | str, size: Hundredths) -> Hundredths:
    """Give a size of a side as net yes contracts."""
    return size if side == "yes" else -size

"""The live broker: an intent becomes one V2 order at the exchange. It repeats nothing and stores nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kalshi_common import log
from kalshi_common.domain.hour import utc_text
from kalshi_common.domain.money import DOLLAR, MicroDollars
from kalshi_common.domain.order import Fill, OrderIntent, OrderStatus, Placement
from kalshi_common.errors import ExchangeError
from kalshi_common.exchange import wire_orders
from kalshi_common.storage.orders import PROVISIONAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kalshi_common.clock import Clock
    from kalshi_common.domain.portfolio import PlacedOrder
    from trader.portfolio_read import LiveExchange

logger = logging.getLogger(__name__)
_CONTRACT = 100


class LiveBroker:
    """Places all orders in one order group of `group_limit` whole contracts in any 15 seconds."""

    def __init__(self, exchange: LiveExchange, clock: Clock, *, group_limit: int) -> None:
        self._portfolio, self._orders = exchange
        self._clock = clock
        self._group_limit = group_limit
        self._group: str | None = None

    async def ready(self) -> None:
        """Have an order group; where there is none, `place` says why and sends nothing."""
        await self._ensure_group()

    async def place(self, intent: OrderIntent) -> Placement:
        """Send the order once, and say what its answer proves."""
        refused = await self._ensure_group()
        if self._group is None:
            return Placement("rejected", f"there is no order group to put it in, so it was not sent: {refused}")
        outcome = await self._orders.create_order(intent, self._group)
        if outcome.kind == "refused":
            return Placement("rejected", outcome.reason)
        if outcome.kind == "unknown":
            return Placement("unknown", outcome.reason)
        try:
            told = wire_orders.placed(outcome.body)
        except ExchangeError as error:
            return Placement("unknown", f"the order was answered, but not readably: {error}")
        if told.client_order_id not in {None, intent.client_order_id}:
            return Placement("unknown", f"the answer is about another order, {told.client_order_id}")
        return _accepted(intent, told, utc_text(self._clock.now()))

    async def cancel_all(self, order_ids: Sequence[str]) -> list[str]:
        """Cancel orders one by one; those of which the answer proves nothing are left for the next reconcile."""
        canceled = []
        for order_id in order_ids:
            outcome = await self._orders.cancel_order(order_id)
            if outcome.kind == "done":
                canceled.append(order_id)
            else:
                log.event(logger, "cancel_failed", logging.WARNING, None, order_id=order_id, reason=outcome.reason)
        return canceled

    async def _ensure_group(self) -> str:
        """Find the group of our limit and reset it, or make it; return why there is none. A group trades nothing."""
        if self._group is not None:
            return ""
        try:
            groups = await self._portfolio.order_groups()
        except ExchangeError as error:
            return str(error)
        ours = next((each.group_id for each in groups if each.limit == self._group_limit * _CONTRACT), None)
        if ours is not None:
            # A group that was hit takes nothing until it is reset; reconcile has accounted for that hit by now.
            outcome = await self._orders.reset_group(ours)
            self._group = ours if outcome.kind == "done" else None
            return outcome.reason
        outcome = await self._orders.create_group(self._group_limit)
        if outcome.kind == "done":
            try:
                self._group = wire_orders.created_group(outcome.body)
            except ExchangeError as error:
                return str(error)
        return outcome.reason


def _accepted(intent: OrderIntent, told: PlacedOrder, now: str) -> Placement:
    rests = intent.time_in_force == "good_till_canceled" and told.remaining > 0
    status: OrderStatus = "resting" if rests else "executed" if told.filled >= intent.count_hundredths else "canceled"
    return Placement(
        "accepted",
        order_id=told.order_id,
        status=status,
        filled_hundredths=told.filled,
        remaining_hundredths=told.remaining if rests else 0,
        fills=(_total(intent, told, now),) if told.filled else (),
    )


def _total(intent: OrderIntent, told: PlacedOrder, now: str) -> Fill:
    """Make one fill of the answer's totals: a stand-in until the exchange lists them.

    Where the answer leaves an average out, the limit and the expected fee stand in: the worst they can be.
    """
    price = intent.price_microdollars
    if told.average_yes_price is not None:
        price = told.average_yes_price if intent.side == "yes" else DOLLAR - told.average_yes_price
    fee: MicroDollars = intent.fee_microdollars
    if told.average_fee is not None:
        fee = -(-told.average_fee * told.filled // _CONTRACT)
    return Fill(
        PROVISIONAL + told.order_id,
        told.order_id,
        intent.intent_id,
        intent.venue,
        intent.market_id,
        intent.side,
        told.filled,
        price,
        fee,
        is_taker=True,
        filled_at_utc=now,
    )

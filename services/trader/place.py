"""One intent, from decision to stored outcome: the same path on paper and live. It decides no trade.

Each step is a commit of its own, so that whenever the process dies the ledger says how far it came: `intended` was
never sent, `sent` may have been, and nothing is sent for that market until `reconcile` has proven which.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common import log
from kalshi_common.domain.hour import utc_text
from kalshi_common.domain.order import OrderIntent, Placement
from kalshi_common.storage import intents, orders

if TYPE_CHECKING:
    from collections.abc import Callable

    from kalshi_common.clock import Clock
    from kalshi_common.storage.database import Database
    from trader.broker import Broker

logger = logging.getLogger(__name__)


class PlaceContext(NamedTuple):
    """What placing needs. `halted` is asked right before the send: why this market may not trade now, or None."""

    database: Database
    clock: Clock
    halted: Callable[[str], str | None]

    def now(self) -> str:
        """Give the present as UTC text."""
        return utc_text(self.clock.now())


async def place(intent: OrderIntent, broker: Broker, context: PlaceContext) -> Placement:
    """Commit the intent, look at the kill switch once more, send it at most once, and store what came of it.

    Raises:
        StorageError: the database could not be written; what was sent by then is found by the next reconcile.
    """
    blocked = _commit(intent, context)
    if blocked is not None:
        return _told(intent, Placement("abandoned", f"the market is blocked until reconciled: {blocked}"))
    halted = context.halted(intent.market_id)
    if halted is None:
        await broker.ready()  # it may take time, so the kill switch is looked at again: then only the order is sent
        halted = context.halted(intent.market_id)
    if halted is not None:
        with context.database.write() as connection:
            intents.step(connection, intent.intent_id, "abandoned", now=context.now(), reason=halted)
        return _told(intent, Placement("abandoned", halted))
    with context.database.write() as connection:
        intents.step(connection, intent.intent_id, "sent", now=context.now())
    placement = await broker.place(intent)
    with context.database.write() as connection:
        orders.keep_outcome(connection, intent, placement, now=context.now())
    return _told(intent, placement)


def _commit(intent: OrderIntent, context: PlaceContext) -> str | None:
    """Write the intent, unless an unresolved one blocks its market; name that one."""
    with context.database.write() as connection:
        blocked = intents.blocked(connection, intent.venue).get(intent.market_id)
        if blocked is None:
            intents.add(connection, intent)
        return blocked


def _told(intent: OrderIntent, placement: Placement) -> Placement:
    level = logging.WARNING if placement.state == "unknown" else logging.INFO
    log.event(
        logger,
        "order",
        level,
        None,
        market=intent.market_id,
        side=intent.side,
        venue=intent.venue,
        client_order_id=intent.client_order_id,
        state=placement.state,
        order_id=placement.order_id,
        filled_hundredths=placement.filled_hundredths,
        reason=placement.reason,
    )
    return placement

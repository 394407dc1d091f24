"""Takes back what rests in halted markets: a kill switch that left orders at the exchange would only stop new ones."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kalshi_common import log
from kalshi_common.storage import orders

if TYPE_CHECKING:
    from kalshi_common.domain.order import Venue
    from trader.broker import Broker
    from trader.place import PlaceContext

logger = logging.getLogger(__name__)


async def withdraw(broker: Broker, context: PlaceContext, venue: Venue) -> list[str]:
    """Cancel every resting order of a halted market, each once; return those that are proven to be canceled.

    What was filled right before its cancel is found by the next reconcile, as is an order whose cancel had no answer.
    """
    with context.database.read() as connection:
        resting = orders.every(connection, venue, "resting")
    stopped = {order.order_id: order for order in resting if context.halted(order.market_id) is not None}
    canceled = await broker.cancel_all(list(stopped))
    with context.database.write() as connection:
        for order_id in canceled:
            over = stopped[order_id]._replace(status="canceled", remaining_hundredths=0, updated_at_utc=context.now())
            orders.keep_order(connection, over, [])
    if stopped:
        log.event(logger, "withdrawn", logging.WARNING, None, canceled=canceled, left=sorted({*stopped} - {*canceled}))
    return canceled

"""What happens to the paper account between cycles: resting orders fill or end, and settled markets pay out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common import log
from kalshi_common.domain.book import Level, offered
from kalshi_common.domain.fees import BALANCE_STEPS, Execution, order_fees
from kalshi_common.errors import UnexpectedAnswerError
from kalshi_common.storage import intents, orders, positions, trade_inputs
from trader.broker_paper import TRADING, left_of, paper_fill
from trader.candidate import quoted, terms_of

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.domain.money import Hundredths
    from kalshi_common.domain.order import Fill, OrderIntent
    from kalshi_common.storage.database import Database
    from kalshi_common.storage.orders import OrderRecord
    from kalshi_common.storage.trade_inputs import BookInput

logger = logging.getLogger(__name__)


class Resting(NamedTuple):
    """A resting order, its intent, and the fills it has so far."""

    order: OrderRecord
    intent: OrderIntent
    fills: list[Fill]


def bring_up_to_date(database: Database, *, fee_rounding: str, now: str) -> list[Fill]:
    """Fill and end what rests by the newest books, and pay out what is settled; give the new fills."""
    with database.write() as connection:
        found = [fill for one in _resting(connection) for fill in _advance(connection, one, fee_rounding, now)]
        settle(connection, now=now)
    return found


def settle(connection: sqlite3.Connection, *, now: str) -> list[str]:
    """Pay out every position whose market has a final outcome: yes, no, or a scalar value; give their markets."""
    held = [one.market_id for one in positions.every(connection, "paper")]
    paid = []
    for outcome in trade_inputs.outcomes_of(connection, held).values():
        if not outcome.is_final or outcome.yes_value_microdollars is None:
            continue
        settlement = positions.Settlement(
            outcome.market_id,
            outcome.result,  # type: ignore[arg-type]  # a result with a value is one of the three
            outcome.yes_value_microdollars,
            outcome.settled_at_utc or now,
        )
        if positions.settle(connection, "paper", settlement, now=now):
            log.event(logger, "settled", logging.INFO, None, market=outcome.market_id, result=outcome.result)
            paid.append(outcome.market_id)
    return paid


def _resting(connection: sqlite3.Connection) -> list[Resting]:
    resting = orders.every(connection, "paper", "resting")
    if not resting:
        return []
    known = intents.by_client_order_id(connection, "paper")
    by_intent = {stored.intent.intent_id: stored.intent for stored in known.values()}
    fills = orders.fills_of(connection, "paper")
    return [
        Resting(order, by_intent[order.intent_id], [fill for fill in fills if fill.order_id == order.order_id])
        for order in resting
    ]


def _advance(connection: sqlite3.Connection, resting: Resting, fee_rounding: str, now: str) -> list[Fill]:
    """Bring one resting order up to now: what a later book traded through is filled; what is over is canceled."""
    order, intent, _ = resting
    book = trade_inputs.newest_books(connection, [order.market_id]).get(order.market_id)
    fills = [] if book is None else _traded_through(connection, resting, book, fee_rounding, now)
    filled = sum(fill.count_hundredths for fill in fills)
    left = order.remaining_hundredths - filled
    over = (intent.expires_at_utc or now) <= now or book is None or book.status != TRADING
    if fills or over:
        changed = order._replace(
            status="executed" if left == 0 else "canceled" if over else "resting",
            filled_hundredths=order.filled_hundredths + filled,
            remaining_hundredths=0 if over else left,
            updated_at_utc=now,
        )
        orders.keep_order(connection, changed, fills)
    return fills


def _traded_through(
    connection: sqlite3.Connection, resting: Resting, book: BookInput, fee_rounding: str, now: str
) -> list[Fill]:
    """Fill a resting order at its own price, by what a book seen after it offers strictly cheaper and we left of it."""
    order, intent, before = resting
    try:
        seen = quoted(book)
        alive = intent.created_at_utc < seen.seen_at_utc <= (intent.expires_at_utc or now)
        taken = trade_inputs.taken_since(connection, "paper", intent.market_id, intent.side, seen.seen_at_utc)
        left = left_of(seen.book.offers(intent.side), taken)
        through = offered(left, limit=intent.price_microdollars - 1)
        size: Hundredths = min(through, order.remaining_hundredths) if alive else 0
        if not size:
            return []
        terms = terms_of(book.fee_type, book.fee_multiplier, book.event_json)
    except (ValueError, UnexpectedAnswerError) as error:
        log.event(logger, "resting_not_filled", logging.WARNING, None, order=order.order_id, reason=str(error))
        return []
    level = Level(intent.price_microdollars, size)
    executions = [Execution(one.price_microdollars, one.count_hundredths, one.is_taker) for one in before]
    executions.append(Execution(*level, is_taker=False))
    fee = order_fees(terms, executions, balance_step=BALANCE_STEPS[fee_rounding])[-1]
    return [paper_fill(intent, order.order_id, len(before), level, fee.net, now=now, is_taker=False)]

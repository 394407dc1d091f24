"""Brings our ledger up to what the exchange proves: orders found, fills, settlements. Inside the caller's transaction.

It only adds what the exchange lists about orders of ours; whatever else differs is left for `reconcile_compare` to say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.money import DOLLAR
from kalshi_common.domain.order import UNRESOLVED, Fill
from kalshi_common.storage import intents, orders, positions

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.domain.money import MicroDollars
    from kalshi_common.domain.portfolio import ExchangeFill, ExchangeOrder, ExchangeSettlement
    from kalshi_common.storage.intents import StoredIntent
    from trader.portfolio_read import Observed
    from trader.reconcile_compare import Ledger

_CONTRACT = 100


class Applied(NamedTuple):
    """What was brought up to date, and what should never have been; sentences."""

    resolved: list[str]
    alarms: list[str]


class _Work(NamedTuple):
    connection: sqlite3.Connection
    stored: dict[str, orders.OrderRecord]
    fill_ids: dict[str, set[str]]
    """What our ledger has of each order, by its id."""
    done: Applied
    now: str


def apply(connection: sqlite3.Connection, ledger: Ledger, observed: Observed, *, now: str) -> Applied:
    """Take over what is proven: nothing is taken over by halves, an order comes with all its fills or not yet."""
    ours: defaultdict[str, set[str]] = defaultdict(set)
    for mine in ledger.fills:
        ours[mine.order_id].add(mine.fill_id)
    work = _Work(connection, {row.order_id: row for row in ledger.orders}, ours, Applied([], []), now)
    fills: defaultdict[str, list[ExchangeFill]] = defaultdict(list)
    for fill in observed.fills:
        fills[fill.order_id].append(fill)
    once = Counter(order.client_order_id for order in observed.orders)
    for order in observed.orders:
        known = ledger.intents.get(order.client_order_id)
        whole = sum(fill.size for fill in fills[order.order_id]) == order.filled
        if known is not None and once[order.client_order_id] == 1 and whole and known.state != "abandoned":
            _take_over(work, known, order, fills[order.order_id])
    held = {row.market_id: row.position_hundredths for row in positions.every(connection, "live")}
    for settlement in observed.settlements:
        _settle(work, settlement, held.get(settlement.market_id, 0))
    return work.done


def _take_over(work: _Work, known: StoredIntent, order: ExchangeOrder, fills: list[ExchangeFill]) -> None:
    """Store an order and its fills as they stand, unless we have them so."""
    intent = known.intent
    stands = orders.OrderRecord(
        *(order.order_id, intent.intent_id, "live", intent.market_id),
        *(order.status, order.filled, order.remaining, work.now),
    )
    stored, listed = work.stored.get(order.order_id), {fill.fill_id for fill in fills}
    same = stored is not None and stored._replace(updated_at_utc=work.now) == stands
    if same and work.fill_ids.get(order.order_id, set()) == listed:
        return
    orders.keep_order(work.connection, stands, [_fill(known, fill, work.now) for fill in sorted(fills, key=_when)])
    sentence = f"the order {order.order_id} of {intent.intent_id} is {order.status}"
    if known.state in UNRESOLVED or known.state == "accepted":
        work.done.resolved.append(sentence)
    else:
        work.done.alarms.append(f"{sentence}, though we held it for {known.state}; our ledger has it now")
    if known.state != "accepted":
        intents.step(work.connection, intent.intent_id, "accepted", now=work.now, reason="found at the exchange")


def _fill(known: StoredIntent, fill: ExchangeFill, now: str) -> Fill:
    return Fill(
        fill.fill_id,
        fill.order_id,
        known.intent.intent_id,
        "live",
        known.intent.market_id,
        fill.side,
        fill.size,
        fill.price,
        fill.fee,
        fill.is_taker,
        fill.created_at or now,
    )


def _when(fill: ExchangeFill) -> tuple[str, str]:
    return fill.created_at or "", fill.fill_id


def _settle(work: _Work, told: ExchangeSettlement, held: int) -> None:
    """Pay out a position that is as large as the exchange paid for; another size is a difference, and stays."""
    if held == 0 or held != told.yes_held - told.no_held:
        return
    paid = positions.Settlement(told.market_id, told.result, _yes_value(told, held), told.settled_at)
    if positions.settle(work.connection, "live", paid, now=work.now):
        work.done.resolved.append(f"{told.market_id} was settled {told.result}")


def _yes_value(told: ExchangeSettlement, held: int) -> MicroDollars:
    if told.result != "scalar":
        return DOLLAR if told.result == "yes" else 0
    # The value is told in whole cents, and so is the revenue: that of the whole position is the more exact one.
    each = told.revenue * _CONTRACT // abs(held)
    return each if held > 0 else DOLLAR - each

"""Our ledger held against the exchange's account: every difference that nothing explains, a sentence each. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.money import dollars
from kalshi_common.domain.order import UNRESOLVED
from kalshi_common.storage.reconciliations import Balance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kalshi_common.domain.money import Hundredths, MicroDollars
    from kalshi_common.domain.order import Fill
    from kalshi_common.storage.intents import StoredIntent
    from kalshi_common.storage.orders import OrderRecord
    from kalshi_common.storage.positions import PositionRecord
    from kalshi_common.storage.reconciliations import Baseline
    from trader.portfolio_read import Observed

_CONTRACT = 100
_CENT: MicroDollars = 10_000


class Ledger(NamedTuple):
    """What we know of live trading. `intents` is by client_order_id."""

    intents: dict[str, StoredIntent]
    orders: list[OrderRecord]
    fills: list[Fill]
    positions: list[PositionRecord]
    cash_flow: MicroDollars
    baseline: Baseline | None


def differences(ledger: Ledger, observed: Observed) -> list[str]:
    """List what does not agree."""
    return [
        *_orders(ledger, observed),
        *_fills(ledger, observed),
        *_positions(ledger, observed),
        *_balance(ledger, observed),
    ]


def balance_now(ledger: Ledger, observed: Observed) -> Balance:
    """Put the told cash beside what our ledger knows of it."""
    return Balance(observed.balance, _reserved(ledger), ledger.cash_flow, len(ledger.fills))


def _orders(ledger: Ledger, observed: Observed) -> Iterator[str]:
    keys = Counter(order.client_order_id for order in observed.orders if order.client_order_id in ledger.intents)
    yield from (f"{many} orders at the exchange carry our key {key}" for key, many in keys.items() if many > 1)
    for order in observed.orders:
        known = ledger.intents.get(order.client_order_id)
        if known is None and (order.status == "resting" or _since(ledger, order.created_at)):
            yield f"the {order.status} order {order.order_id} in {order.market_id} is not one of ours"
        elif known is not None and known.state not in {"accepted", *UNRESOLVED}:
            yield f"the order {order.order_id} in {order.market_id} exists, though we held it for {known.state}"
        elif known is not None and (order.market_id, order.side) != (known.intent.market_id, known.intent.side):
            yield (
                f"the order {order.order_id} buys {order.side} in {order.market_id}, and our intent was to buy "
                f"{known.intent.side} in {known.intent.market_id}"
            )
    listed = {order.order_id: order for order in observed.orders}
    for ours in ledger.orders:
        theirs = listed.get(ours.order_id)
        if ours.status == "resting" and theirs is None:
            yield f"our resting order {ours.order_id} in {ours.market_id} is not at the exchange"
        elif theirs is not None and theirs.filled != ours.filled_hundredths:
            yield (
                f"of our order {ours.order_id} in {ours.market_id} the exchange filled {_contracts(theirs.filled)}, "
                f"and by our ledger {_contracts(ours.filled_hundredths)}"
            )


def _fills(ledger: Ledger, observed: Observed) -> Iterator[str]:
    ours = {order.order_id for order in ledger.orders}
    listed = {order.order_id for order in observed.orders}
    for fill in observed.fills:
        # An order that is not ours is told about once, as an order.
        if fill.order_id not in ours | listed and _since(ledger, fill.created_at):
            yield f"the fill {fill.fill_id} in {fill.market_id} is of an order that is not ours"


def _positions(ledger: Ledger, observed: Observed) -> Iterator[str]:
    blocked = {known.intent.market_id for known in ledger.intents.values() if known.state in UNRESOLVED}
    ours = {row.market_id: row.position_hundredths for row in ledger.positions}
    theirs = {row.market_id: row.held for row in observed.positions}
    for market in sorted({*ours, *theirs} - blocked):
        mine, told = ours.get(market, 0), theirs.get(market, 0)
        if mine != told:
            yield f"the position in {market} is {_contracts(told)} at the exchange and {_contracts(mine)} in our ledger"


def _balance(ledger: Ledger, observed: Observed) -> Iterator[str]:
    """Say it when cash came or went that no fill, fee or settlement explains.

    The exchange may round each fill's change of balance to a cent, and may or may not hold back what resting orders can
    cost; and an order whose outcome is not known may have been paid for. All that is allowed for, and no more.
    """
    if ledger.baseline is None:
        return
    then, now = ledger.baseline.balance, balance_now(ledger, observed)
    expected = then.balance + now.cash_flow - then.cash_flow
    paid_out = sum((row.settled_at_utc or "") > ledger.baseline.reconciled_at_utc for row in ledger.positions)
    slack = _CENT * (1 + abs(now.fills - then.fills) + paid_out)
    lowest, highest = expected - now.reserved - slack, expected + then.reserved + slack
    if not lowest <= now.balance <= highest:
        yield (
            f"the balance is ${dollars(now.balance):.2f}, and by our ledger it should be ${dollars(expected):.2f} "
            f"(it was ${dollars(then.balance):.2f} at {ledger.baseline.reconciled_at_utc}); after a deposit or "
            "withdrawal of your own, run `kalshi reconcile --accept`"
        )


def _reserved(ledger: Ledger) -> MicroDollars:
    """Sum what may be held back or already spent: resting orders and unresolved intents, at their limit and fee."""
    by_id = {known.intent.intent_id: known.intent for known in ledger.intents.values()}
    resting = {row.intent_id: row.remaining_hundredths for row in ledger.orders if row.status == "resting"}
    open_counts = resting | {
        known.intent.intent_id: known.intent.count_hundredths
        for known in ledger.intents.values()
        if known.state in UNRESOLVED
    }
    return sum(
        count * by_id[name].price_microdollars // _CONTRACT + by_id[name].fee_microdollars
        for name, count in open_counts.items()
    )


def _since(ledger: Ledger, moment: str | None) -> bool:
    """Tell whether something happened after the starting point; without one, everything before us is let be."""
    return ledger.baseline is not None and (moment is None or moment > ledger.baseline.reconciled_at_utc)


def _contracts(count: Hundredths) -> str:
    return f"{'-' if count < 0 else ''}{abs(count) // _CONTRACT}.{abs(count) % _CONTRACT:02d}"

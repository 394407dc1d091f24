"""The account as JSON-ready data, as it was at a moment (kalshi-python-async 3.34.0, models/order.py and its like)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simulator.orders import BID
from simulator.price import DOLLAR
from simulator.texts import contracts, dollars, instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.orders import Fill, Group, SimOrder
    from simulator.portfolio import Account

_USER: Final = "11111111-2222-4333-8444-555555555555"
_CENT: Final = 10_000


def money(micro: int) -> str:
    """Write micro-dollars with four decimals, or six where it takes them."""
    text = f"{'-' if micro < 0 else ''}{abs(micro) // 1_000_000}.{abs(micro) % 1_000_000:06d}"
    return text.removesuffix("00")


def signed_count(count: int) -> str:
    """Write a position: + yes, - no."""
    return ("-" if count < 0 else "") + contracts(abs(count))


def placed(order: SimOrder, at: int) -> dict[str, Any]:
    """Return the answer of a POST."""
    count = order.filled(at)
    answer: dict[str, Any] = {
        "order_id": order.order_id,
        "client_order_id": order.wish.client_order_id,
        "fill_count": contracts(count),
        "remaining_count": contracts(order.remaining(at)),
        "ts_ms": at * 1000,
    }
    if count:
        spent = sum(fill.size * fill.price for fill in order.fills)
        answer["average_fill_price"] = money(spent * 100 // count)
        answer["average_fee_paid"] = money(sum(fill.fee for fill in order.fills) * 100 // count)
    return answer


def order(one: SimOrder, at: int) -> dict[str, Any]:
    """Return an order as `GET /portfolio/orders` lists it."""
    wish = one.wish
    fills = [fill for fill in one.fills if fill.at <= at]
    last = max((fill.at for fill in fills), default=one.created)
    return {
        "order_id": one.order_id,
        "user_id": _USER,
        "client_order_id": wish.client_order_id,
        "ticker": wish.ticker,
        "side": one.outcome,
        "action": "buy",
        "outcome_side": one.outcome,
        "book_side": wish.side,
        "type": "limit",
        "status": one.status(at),
        "yes_price_dollars": dollars(wish.price),
        "no_price_dollars": dollars(DOLLAR - wish.price),
        "fill_count_fp": contracts(sum(fill.size for fill in fills)),
        "remaining_count_fp": contracts(one.remaining(at)),
        "initial_count_fp": contracts(wish.size),
        **_totals(one, fills),
        "expiration_time": instant(wish.expires) if wish.expires is not None else None,
        "created_time": instant(one.created),
        "last_update_time": instant(max(last, one.closed or 0)),
        "self_trade_prevention_type": wish.self_trade,
        "order_group_id": wish.group_id or None,
        "cancel_order_on_pause": wish.cancel_on_pause,
        "subaccount_number": 0,
        "exchange_index": 0,
    }


def _totals(one: SimOrder, fills: list[Fill]) -> dict[str, str]:
    totals = {}
    for name, is_taker in (("taker", True), ("maker", False)):
        among = [fill for fill in fills if fill.is_taker is is_taker]
        totals[f"{name}_fill_cost_dollars"] = money(sum(fill.size * one.cost(fill.price) for fill in among))
        totals[f"{name}_fees_dollars"] = money(sum(fill.fee for fill in among))
    return totals


def fills(account: Account, at: int) -> Iterator[dict[str, Any]]:
    """Yield the fills up to a time, newest first."""
    every = ((fill, one) for one in account.orders.values() for fill in one.fills if fill.at <= at)
    for fill, one in sorted(every, key=lambda pair: -pair[0].at):
        yield {
            "fill_id": fill.fill_id,
            "exchange_index": 0,
            "trade_id": fill.fill_id,
            "order_id": one.order_id,
            "ticker": one.wish.ticker,
            "market_ticker": one.wish.ticker,
            "side": one.outcome,
            "action": "buy",
            "outcome_side": one.outcome,
            "book_side": one.wish.side,
            "count_fp": contracts(fill.size),
            "yes_price_dollars": dollars(fill.price),
            "no_price_dollars": dollars(DOLLAR - fill.price),
            "is_taker": fill.is_taker,
            "created_time": instant(fill.at),
            "fee_cost": money(fill.fee),
            "subaccount_number": 0,
            "ts": fill.at,
        }


def positions(account: Account, at: int) -> Iterator[dict[str, Any]]:
    """Yield the positions not yet settled."""
    for ticker in account.tickers():
        now = account.holding(ticker, at)
        if not now.traded or account.payout(ticker, at) is not None:
            continue
        yield {
            "ticker": ticker,
            "exchange_index": 0,
            "total_traded_dollars": money(now.traded),
            "position_fp": signed_count(now.held),
            "market_exposure_dollars": money(now.cost),
            "realized_pnl_dollars": money(now.realized),
            "fees_paid_dollars": money(now.fees),
            "last_updated_ts": instant(at),
        }


def settlements(account: Account, at: int) -> Iterator[dict[str, Any]]:
    """Yield what was paid out, newest first; a market whose position was closed before is not among it."""
    paid = [(ticker, account.payout(ticker, at)) for ticker in account.tickers()]
    markets = account.world.markets
    for ticker, payout in sorted(paid, key=lambda pair: -markets[pair[0]].finalized):
        now, market = account.holding(ticker, at), markets[ticker]
        if payout is None or not now.held:
            continue
        yes = now.held > 0
        yield {
            "ticker": ticker,
            "exchange_index": 0,
            "event_ticker": market.event.ticker,
            "market_result": market.result,
            "yes_count_fp": contracts(now.held if yes else 0),
            "yes_total_cost_dollars": money(now.cost if yes else 0),
            "no_count_fp": contracts(0 if yes else -now.held),
            "no_total_cost_dollars": money(0 if yes else now.cost),
            "revenue": payout // _CENT,
            "settled_time": instant(market.finalized),
            "fee_cost": money(now.fees),
            "value": market.settlement_value // 100,
        }


def balance(account: Account, at: int) -> dict[str, Any]:
    """Return the cash and what positions cost."""
    cash = account.balance(at)
    held = sum(account.holding(ticker, at).cost for ticker in account.tickers() if account.payout(ticker, at) is None)
    return {
        "balance": cash // _CENT,
        "balance_dollars": money(cash),
        "portfolio_value": held // _CENT,
        "updated_ts": at,
        "balance_breakdown": [{"exchange_index": 0, "balance": money(cash)}],
    }


def group(one: Group) -> dict[str, Any]:
    """Return an order group."""
    limit = {"contracts_limit_fp": contracts(one.limit), "is_auto_cancel_enabled": True, "exchange_index": 0}
    return {"id": one.group_id, **limit}


def log(account: Account) -> list[dict[str, Any]]:
    """Return every order ever accepted, in order: the tests' truth, without any lag."""
    return [
        {
            "order_id": one.order_id,
            "client_order_id": one.wish.client_order_id,
            "ticker": one.wish.ticker,
            "yes": one.wish.side == BID,
            "count": one.wish.size,
            "filled": sum(fill.size for fill in one.fills),
            "open": one.open,
            "created": one.created,
        }
        for one in account.orders.values()
    ]

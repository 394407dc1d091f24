"""Kalshi's JSON of orders and portfolio <-> our records (kalshi-python-async 3.34.0, models/*.py). Sends nothing.

One book only: buying NO at p is an `ask` at 1 - p on the YES book.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, Literal, NamedTuple, TypeVar

import msgspec

from kalshi_common.domain.hour import normal_utc_text, parse_utc
from kalshi_common.domain.money import DOLLAR, MicroDollars, hundredths, micro_dollars
from kalshi_common.domain.portfolio import (
    ExchangeFill,
    ExchangeOrder,
    ExchangePosition,
    ExchangeSettlement,
    OrderGroup,
    PlacedOrder,
)
from kalshi_common.exchange.answer import UNREADABLE, answer, unexpected

if TYPE_CHECKING:
    from collections.abc import Callable

    from kalshi_common.domain.order import OrderIntent, OrderStatus, Side

_T = TypeVar("_T")
_Shape = TypeVar("_Shape")
_CENT: Final[MicroDollars] = 10_000
_FINEST_PRICE: Final[MicroDollars] = 100
# Only to name the field that a conversion refused, by how its name ends.
_CHECKS: Final[dict[str, Callable[[str], object]]] = {
    "_fp": hundredths,
    "_count": hundredths,
    "_dollars": micro_dollars,
    "_cost": micro_dollars,
    "_time": normal_utc_text,
}


class Page(NamedTuple, Generic[_T]):
    """One page of a list; an empty cursor ends the walk."""

    rows: list[_T]
    cursor: str


class _Placed(msgspec.Struct):
    order_id: str
    fill_count: str
    remaining_count: str
    client_order_id: str | None = None
    average_fill_price: str | None = None
    average_fee_paid: str | None = None


class _Order(msgspec.Struct):
    order_id: str
    ticker: str
    outcome_side: Literal["yes", "no"]
    status: Literal["resting", "canceled", "executed"]
    yes_price_dollars: str
    no_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    client_order_id: str | None = None
    created_time: str | None = None


class _Orders(msgspec.Struct):
    orders: list[msgspec.Raw]
    cursor: str | None = None


class _Fill(msgspec.Struct):
    fill_id: str
    order_id: str
    ticker: str
    outcome_side: Literal["yes", "no"]
    count_fp: str
    yes_price_dollars: str
    no_price_dollars: str
    is_taker: bool
    fee_cost: str
    created_time: str | None = None


class _Fills(msgspec.Struct):
    fills: list[msgspec.Raw]
    cursor: str | None = None


class _Position(msgspec.Struct):
    ticker: str
    position_fp: str
    fees_paid_dollars: str


class _Positions(msgspec.Struct):
    market_positions: list[msgspec.Raw]
    cursor: str | None = None


class _Settlement(msgspec.Struct):
    ticker: str
    market_result: Literal["yes", "no", "scalar"]
    yes_count_fp: str
    no_count_fp: str
    revenue: int
    settled_time: str
    value: int | None = None


class _Settlements(msgspec.Struct):
    settlements: list[msgspec.Raw]
    cursor: str | None = None


class _Balance(msgspec.Struct):
    balance: int
    balance_dollars: str | None = None


class _Timestamp(msgspec.Struct):
    as_of_time: str


class _Group(msgspec.Struct):
    id: str
    contracts_limit_fp: str | None = None


class _Groups(msgspec.Struct):
    order_groups: list[_Group] | None = None


class _CreatedGroup(msgspec.Struct):
    order_group_id: str


def create_body(intent: OrderIntent, group_id: str) -> bytes:
    """Write the body of `POST /portfolio/events/orders`. Every order expires or is immediate, and heeds a pause.

    Raises:
        ValueError: the price is finer than the exchange reads, or an order that rests has no end.
    """
    yes_price = intent.price_microdollars if intent.side == "yes" else DOLLAR - intent.price_microdollars
    body: dict[str, Any] = {
        "ticker": intent.market_id,
        "client_order_id": intent.client_order_id,
        "side": "bid" if intent.side == "yes" else "ask",
        "count": f"{intent.count_hundredths // 100}.{intent.count_hundredths % 100:02d}",
        "price": _price_text(yes_price),
        "time_in_force": intent.time_in_force,
        "self_trade_prevention_type": "taker_at_cross",
        "cancel_order_on_pause": True,
        "order_group_id": group_id,
    }
    if intent.time_in_force == "good_till_canceled":
        if intent.expires_at_utc is None:
            raise ValueError("an order that rests must expire")
        body["expiration_time"] = int(parse_utc(intent.expires_at_utc).timestamp())
    return msgspec.json.encode(body)


def group_body(limit: int) -> bytes:
    """Write the body of `POST /portfolio/order_groups/create`; the limit is in whole contracts."""
    return msgspec.json.encode({"contracts_limit": limit})


def placed(body: bytes) -> PlacedOrder:
    """Read the answer to an order.

    Raises:
        ExchangeUnavailableError: broken JSON; this and every other function here.
        UnexpectedAnswerError: a missing, mistyped or unreadable field; likewise.
    """

    def read(told: _Placed) -> PlacedOrder:
        price, fee = told.average_fill_price, told.average_fee_paid
        return PlacedOrder(
            told.order_id,
            told.client_order_id,
            hundredths(told.fill_count),
            hundredths(told.remaining_count),
            None if price is None else micro_dollars(price),
            None if fee is None else micro_dollars(fee),
        )

    return _read("POST /portfolio/events/orders", body, _Placed, read)


def created_group(body: bytes) -> str:
    """Read the id of a new order group."""
    return answer("POST /portfolio/order_groups/create", body, _CreatedGroup).order_group_id


def orders_page(body: bytes) -> Page[ExchangeOrder]:
    """Read a page of `GET /portfolio/orders` into ExchangeOrders."""

    def read(told: _Order) -> ExchangeOrder:
        side: Side = told.outcome_side
        status: OrderStatus = told.status
        return ExchangeOrder(
            told.order_id,
            told.client_order_id or "",
            told.ticker,
            side,
            micro_dollars(told.yes_price_dollars if side == "yes" else told.no_price_dollars),
            status,
            hundredths(told.initial_count_fp),
            hundredths(told.fill_count_fp),
            hundredths(told.remaining_count_fp),
            _utc(told.created_time),
        )

    page = answer("GET /portfolio/orders", body, _Orders)
    return Page([_read("GET /portfolio/orders", raw, _Order, read) for raw in page.orders], page.cursor or "")


def fills_page(body: bytes) -> Page[ExchangeFill]:
    """Read a page of `GET /portfolio/fills` into ExchangeFills."""

    def read(told: _Fill) -> ExchangeFill:
        side: Side = told.outcome_side
        return ExchangeFill(
            told.fill_id,
            told.order_id,
            told.ticker,
            side,
            hundredths(told.count_fp),
            micro_dollars(told.yes_price_dollars if side == "yes" else told.no_price_dollars),
            micro_dollars(told.fee_cost),
            told.is_taker,
            _utc(told.created_time),
        )

    page = answer("GET /portfolio/fills", body, _Fills)
    return Page([_read("GET /portfolio/fills", raw, _Fill, read) for raw in page.fills], page.cursor or "")


def positions_page(body: bytes) -> Page[ExchangePosition]:
    """Read a page of `GET /portfolio/positions` into ExchangePositions."""

    def read(told: _Position) -> ExchangePosition:
        return ExchangePosition(told.ticker, hundredths(told.position_fp), micro_dollars(told.fees_paid_dollars))

    page = answer("GET /portfolio/positions", body, _Positions)
    rows = [_read("GET /portfolio/positions", raw, _Position, read) for raw in page.market_positions]
    return Page(rows, page.cursor or "")


def settlements_page(body: bytes) -> Page[ExchangeSettlement]:
    """Read a page of `GET /portfolio/settlements` into ExchangeSettlements."""

    def read(told: _Settlement) -> ExchangeSettlement:
        return ExchangeSettlement(
            told.ticker,
            told.market_result,
            hundredths(told.yes_count_fp),
            hundredths(told.no_count_fp),
            told.revenue * _CENT,
            None if told.value is None else told.value * _CENT,
            normal_utc_text(told.settled_time),
        )

    page = answer("GET /portfolio/settlements", body, _Settlements)
    rows = [_read("GET /portfolio/settlements", raw, _Settlement, read) for raw in page.settlements]
    return Page(rows, page.cursor or "")


def balance(body: bytes) -> MicroDollars:
    """Read the cash of `GET /portfolio/balance`: the exact dollars where told, else the cents."""

    def read(told: _Balance) -> MicroDollars:
        return told.balance * _CENT if told.balance_dollars is None else micro_dollars(told.balance_dollars)

    return _read("GET /portfolio/balance", body, _Balance, read)


def user_data_timestamp(body: bytes) -> str:
    """Read the moment (UTC text) that the portfolio's reads show."""
    return _read("GET /exchange/user_data_timestamp", body, _Timestamp, lambda told: normal_utc_text(told.as_of_time))


def order_groups(body: bytes) -> list[OrderGroup]:
    """Read `GET /portfolio/order_groups`."""

    def read(told: _Groups) -> list[OrderGroup]:
        return [
            OrderGroup(each.id, None if each.contracts_limit_fp is None else hundredths(each.contracts_limit_fp))
            for each in told.order_groups or []
        ]

    return _read("GET /portfolio/order_groups", body, _Groups, read)


def _read(request: str, raw: bytes | msgspec.Raw, shape: type[_Shape], convert: Callable[[_Shape], _T]) -> _T:
    text = bytes(raw)
    told = answer(request, text, shape)
    try:
        return convert(told)
    except UNREADABLE as error:
        raise unexpected(request, text, error, _CHECKS) from None


def _utc(text: str | None) -> str | None:
    return None if text is None else normal_utc_text(text)


def _price_text(price: MicroDollars) -> str:
    if price % _FINEST_PRICE or not 0 < price < DOLLAR:
        raise ValueError(f"{price} micro-dollars is not a price between 0 and 1 dollar with four decimals")
    return f"0.{price // _FINEST_PRICE:04d}"

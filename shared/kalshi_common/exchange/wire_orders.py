"""Kalshi's JSON of orders and order groups <-> our records (kalshi-python-async 3.34.0, models/*.py). Sends nothing.

One book only: buying NO at p is an `ask` at 1 - p on the YES book.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from kalshi_common.domain.hour import parse_utc
from kalshi_common.domain.money import DOLLAR, MicroDollars, hundredths, micro_dollars
from kalshi_common.domain.portfolio import ExchangeOrder, OrderGroup, PlacedOrder
from kalshi_common.exchange.answer import answer
from kalshi_common.exchange.wire_rows import Page, read_one, utc

if TYPE_CHECKING:
    from kalshi_common.domain.order import OrderIntent, OrderStatus, Side

_FINEST_PRICE: Final[MicroDollars] = 100


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

    return read_one("POST /portfolio/events/orders", body, _Placed, read)


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
            utc(told.created_time),
        )

    page = answer("GET /portfolio/orders", body, _Orders)
    return Page([read_one("GET /portfolio/orders", raw, _Order, read) for raw in page.orders], page.cursor or "")


def order_groups(body: bytes) -> list[OrderGroup]:
    """Read `GET /portfolio/order_groups`."""

    def read(told: _Groups) -> list[OrderGroup]:
        return [
            OrderGroup(each.id, None if each.contracts_limit_fp is None else hundredths(each.contracts_limit_fp))
            for each in told.order_groups or []
        ]

    return read_one("GET /portfolio/order_groups", body, _Groups, read)


def _price_text(price: MicroDollars) -> str:
    if price % _FINEST_PRICE or not 0 < price < DOLLAR:
        raise ValueError(f"{price} micro-dollars is not a price between 0 and 1 dollar with four decimals")
    return f"0.{price // _FINEST_PRICE:04d}"

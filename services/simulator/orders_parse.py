"""Reading the body of `POST /portfolio/events/orders` (kalshi-python-async 3.34.0, CreateOrderV2Request). No state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from simulator.answers import bad_request
from simulator.orders import ASK, BID, FOK, GTC, IOC, OrderWish
from simulator.price import DOLLAR, tick

if TYPE_CHECKING:
    from simulator.market import SimMarket

_COUNT: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")
_PRICE: Final = re.compile(r"([01])(?:\.([0-9]{1,6}))?")
_LONGEST_ID: Final = 64
_WORDS: Final = {
    "side": (BID, ASK),
    "time_in_force": (FOK, GTC, IOC),
    "self_trade_prevention_type": ("taker_at_cross", "maker"),
}


def order_wish(raw: bytes) -> OrderWish:
    """Read an order.

    Raises:
        ApiError: 400, naming what is missing or wrong.
    """
    body = json_object(raw)
    for name, allowed in _WORDS.items():
        if body.get(name) not in allowed:
            raise bad_request(f"{name} must be one of {', '.join(allowed)}")
    wish = OrderWish(
        _text(body, "ticker"),
        _text(body, "client_order_id", ""),
        body["side"],
        _price(_text(body, "price")),
        count_of(_text(body, "count")),
        body["time_in_force"],
        body["self_trade_prevention_type"],
        _seconds(body.get("expiration_time")),
        _flag(body, "post_only"),
        _flag(body, "reduce_only"),
        _flag(body, "cancel_order_on_pause"),
        _text(body, "order_group_id", ""),
    )
    _consistent(wish)
    return wish


def on_grid(market: SimMarket, price: int) -> bool:
    """Tell whether the market takes this price."""
    return 0 < price < DOLLAR and price % tick(market.traits.structure, price) == 0


def json_object(raw: bytes) -> dict[str, Any]:
    """Read a body that must be a JSON object.

    Raises:
        ApiError: 400.
    """
    try:
        body = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError:
        raise bad_request("the body is not JSON") from None
    if not isinstance(body, dict):
        raise bad_request("the body must be an object")
    return body


def count_of(text: str) -> int:
    """Read a count of contracts into hundredths.

    Raises:
        ApiError: 400.
    """
    found = _COUNT.fullmatch(text)
    count = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else 0
    if count <= 0:
        raise bad_request("count must be a positive decimal string with at most two decimals")
    return count


def _price(text: str) -> int:
    found = _PRICE.fullmatch(text)
    if not found:
        raise bad_request("price must be a decimal string in dollars")
    micro = int(found[1]) * 1_000_000 + int((found[2] or "").ljust(6, "0"))
    if micro % 100:
        raise bad_request("price is finer than any tick")
    return micro // 100


def _consistent(wish: OrderWish) -> None:
    if len(wish.client_order_id) > _LONGEST_ID:
        raise bad_request(f"client_order_id is longer than {_LONGEST_ID}")
    if wish.expires is not None and wish.time_in_force != GTC:
        raise bad_request("expiration_time goes with good_till_canceled only")
    if wish.reduce_only and wish.time_in_force != IOC:
        raise bad_request("reduce_only goes with immediate_or_cancel only")
    if wish.post_only and wish.time_in_force != GTC:
        raise bad_request("post_only goes with good_till_canceled only")


def _text(body: dict[str, Any], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise bad_request(f"{name} must be a string")
    return value


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise bad_request(f"{name} must be true or false")
    return value


def _seconds(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise bad_request("expiration_time must be Unix seconds")

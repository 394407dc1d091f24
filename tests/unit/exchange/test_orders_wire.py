"""Orders and portfolio as Kalshi writes them (kalshi-python-async 3.34.0, models/*.py), read and written exactly."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.order import OrderIntent
from kalshi_common.domain.portfolio import (
    ExchangeFill,
    ExchangeOrder,
    ExchangePosition,
    ExchangeSettlement,
    OrderGroup,
    PlacedOrder,
)
from kalshi_common.errors import ExchangeUnavailableError, UnexpectedAnswerError
from kalshi_common.exchange import wire_orders, wire_portfolio

if TYPE_CHECKING:
    from collections.abc import Callable

INTENT = OrderIntent(
    "c/M/yes", "ks1-0", "c", None, "live", "prod", "KXCPI-26NOV-T0.3", "KXCPI", "KXCPI-26NOV", "cpi", "yes", 1000,
    560_000, 180_000, "immediate_or_cancel", None, "2026-11-23T05:00:00Z",
)  # fmt: skip
ORDER = {
    "order_id": "o-1", "user_id": "u-1", "client_order_id": "ks1-0", "ticker": "KXCPI-26NOV-T0.3",
    "outcome_side": "no", "book_side": "ask", "type": "limit", "status": "resting", "yes_price_dollars": "0.2900",
    "no_price_dollars": "0.7100", "fill_count_fp": "2.50", "remaining_count_fp": "7.50", "initial_count_fp": "10.00",
    "taker_fill_cost_dollars": "1.775000", "maker_fill_cost_dollars": "0.000000", "taker_fees_dollars": "0.0361",
    "maker_fees_dollars": "0.0000", "created_time": "2026-11-23T05:07:09.123Z",
}  # fmt: skip
FILL = {
    "fill_id": "f-1", "exchange_index": 0, "trade_id": "f-1", "order_id": "o-1", "ticker": "KXCPI-26NOV-T0.3",
    "market_ticker": "KXCPI-26NOV-T0.3", "outcome_side": "no", "book_side": "ask", "count_fp": "2.50",
    "yes_price_dollars": "0.2900", "no_price_dollars": "0.7100", "is_taker": True, "fee_cost": "0.036100",
    "created_time": "2026-11-23T05:07:09Z",
}  # fmt: skip
POSITION = {
    "ticker": "KXCPI-26NOV-T0.3", "exchange_index": 0, "total_traded_dollars": "1.775000", "position_fp": "-2.50",
    "market_exposure_dollars": "1.775000", "realized_pnl_dollars": "0.0000", "fees_paid_dollars": "0.0361",
    "last_updated_ts": "2026-11-23T05:07:09Z",
}  # fmt: skip
SETTLEMENT = {
    "ticker": "KXCPI-26NOV-T0.3", "exchange_index": 0, "event_ticker": "KXCPI-26NOV", "market_result": "no",
    "yes_count_fp": "0.00", "yes_total_cost_dollars": "0.0000", "no_count_fp": "2.50",
    "no_total_cost_dollars": "1.7750", "revenue": 250, "settled_time": "2026-12-10T15:00:00Z", "fee_cost": "0.0361",
    "value": 0,
}  # fmt: skip
PAGES: dict[str, tuple[Callable[[bytes], Any], str, dict[str, Any], Any]] = {
    "orders": (
        wire_orders.orders_page,
        "orders",
        ORDER,
        ExchangeOrder(
            "o-1", "ks1-0", "KXCPI-26NOV-T0.3", "no", 710_000, "resting", 1000, 250, 750, "2026-11-23T05:07:09Z"
        ),
    ),
    "fills": (
        wire_portfolio.fills_page,
        "fills",
        FILL,
        ExchangeFill(
            "f-1",
            "o-1",
            "KXCPI-26NOV-T0.3",
            "no",
            250,
            710_000,
            36_100,
            is_taker=True,
            created_at="2026-11-23T05:07:09Z",
        ),
    ),
    "positions": (
        wire_portfolio.positions_page,
        "market_positions",
        POSITION,
        ExchangePosition("KXCPI-26NOV-T0.3", -250, 36_100),
    ),
    "settlements": (
        wire_portfolio.settlements_page,
        "settlements",
        SETTLEMENT,
        ExchangeSettlement("KXCPI-26NOV-T0.3", "no", 0, 250, 2_500_000, 0, "2026-12-10T15:00:00Z"),
    ),
}


def body_of(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(wire_orders.create_body(INTENT._replace(**changes), "group-1"))
    return found


def test_an_order_is_written_with_exact_decimals_and_everything_that_limits_it() -> None:
    assert body_of() == {
        "ticker": "KXCPI-26NOV-T0.3",
        "client_order_id": "ks1-0",
        "side": "bid",
        "count": "10.00",
        "price": "0.5600",
        "time_in_force": "immediate_or_cancel",
        "self_trade_prevention_type": "taker_at_cross",
        "cancel_order_on_pause": True,
        "order_group_id": "group-1",
    }


def test_only_an_order_that_rests_carries_its_end_in_unix_seconds() -> None:
    body = body_of(time_in_force="good_till_canceled", expires_at_utc="2026-11-23T06:00:00Z")
    assert body["expiration_time"] == 1_795_413_600


@given(st.integers(1, 9_999), st.sampled_from(["yes", "no"]), st.integers(1, 10_000_000))
def test_every_price_and_count_survives_to_the_last_digit(tick: int, side: str, count: int) -> None:
    body = body_of(price_microdollars=tick * 100, side=side, count_hundredths=count)
    price = Decimal(body["price"]) if side == "yes" else 1 - Decimal(body["price"])
    assert (price, body["side"]) == (Decimal(tick) / 10_000, "bid" if side == "yes" else "ask")
    assert Decimal(body["count"]) == Decimal(count) / 100


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_microdollars": 555_555},
        {"price_microdollars": 1_000_000},
        {"price_microdollars": 0},
        {"time_in_force": "good_till_canceled"},
    ],
)
def test_what_cannot_be_written_exactly_or_would_never_end_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not a price|must expire"):
        body_of(**wrong)


def test_the_answer_to_an_order_is_read_with_and_without_a_fill() -> None:
    told = {"order_id": "o-1", "client_order_id": "ks1-0", "fill_count": "2.50", "remaining_count": "7.50", "ts_ms": 1}
    assert wire_orders.placed(json.dumps(told).encode()) == PlacedOrder("o-1", "ks1-0", 250, 750, None, None)
    told |= {"average_fill_price": "0.560001", "average_fee_paid": "0.0172"}
    assert wire_orders.placed(json.dumps(told).encode())[4:] == (560_001, 17_200)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_read_into_the_fields_terms(name: str) -> None:
    read, member, row, expected = PAGES[name]
    page = read(json.dumps({member: [row], "cursor": "next"}).encode())
    assert page == ([expected], "next")
    assert read(json.dumps({member: [], "cursor": None}).encode()) == ([], "")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("orders", "no_price_dollars"),
        ("orders", "fill_count_fp"),
        ("orders", "status"),
        ("fills", "fee_cost"),
        ("fills", "no_price_dollars"),
        ("positions", "position_fp"),
        ("settlements", "revenue"),
    ],
)
@pytest.mark.parametrize("wrong", [None, "n/a", "absent"])
def test_a_field_that_is_missing_or_no_longer_what_it_was_stops_loudly(name: str, field: str, wrong: Any) -> None:
    read, member, row, _ = PAGES[name]
    changed = {key: value for key, value in row.items() if key != field}
    if wrong != "absent":
        changed[field] = wrong
    with pytest.raises(UnexpectedAnswerError, match=f"(?s)KXCPI-26NOV-T0.3.*|{field}"):
        read(json.dumps({member: [changed]}).encode())


def test_broken_json_is_worth_another_read() -> None:
    for read in (wire_orders.orders_page, wire_orders.placed, wire_portfolio.balance, wire_orders.order_groups):
        with pytest.raises(ExchangeUnavailableError):
            read(b'{"orders": [')


def test_cash_is_the_exact_dollars_and_where_they_are_not_told_the_cents() -> None:
    assert wire_portfolio.balance(b'{"balance":12345,"balance_dollars":"123.456700"}') == 123_456_700
    assert wire_portfolio.balance(b'{"balance":12345}') == 123_450_000


def test_the_moment_of_the_data_is_never_taken_for_later_than_it_is() -> None:
    told = wire_portfolio.user_data_timestamp(b'{"as_of_time":"2026-11-23T05:07:09.999Z"}')
    assert told == "2026-11-23T05:07:09Z"


def test_order_groups_are_read_with_their_limits() -> None:
    body = b'{"order_groups":[{"id":"a","contracts_limit_fp":"10.00","is_auto_cancel_enabled":true},{"id":"b"}]}'
    assert wire_orders.order_groups(body) == [OrderGroup("a", 1000), OrderGroup("b", None)]
    assert wire_orders.order_groups(b"{}") == []

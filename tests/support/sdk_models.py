"""Instances of the official SDK's models in every variation these allow. They are made by the SDK, not by us."""

from __future__ import annotations

import ast
import datetime as dt
import enum
from typing import TYPE_CHECKING, Any, TypeVar

import kalshi_python_async as sdk
from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

_M = TypeVar("_M", bound=BaseModel)
_MOMENT = dt.datetime(2026, 11, 23, 5, 7, 9, 123456, tzinfo=dt.UTC)
_SOURCES = [sdk.SettlementSource(name="Bureau", url="https://bureau.example"), sdk.SettlementSource()]

MARKET: dict[str, Any] = {
    "ticker": "KXFED-27JAN-T4.00",
    "event_ticker": "KXFED-27JAN",
    "market_type": "binary",
    "title": 'Will it be "4 ¼"? 🏦\u2028\\',
    "subtitle": "4.00",
    "yes_sub_title": "Above 4.00",
    "no_sub_title": "",
    "created_time": _MOMENT,
    "updated_time": _MOMENT,
    "open_time": dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=-5))),
    "close_time": dt.datetime(2027, 1, 27, 18, 59, 59, 999999, tzinfo=dt.UTC),
    "expected_expiration_time": _MOMENT,
    "expiration_time": _MOMENT,
    "latest_expiration_time": _MOMENT,
    "settlement_timer_seconds": 1800,
    "status": "active",
    "yes_bid_dollars": "0.2900",
    "yes_bid_size_fp": "10.00",
    "yes_ask_dollars": "0.5800",
    "yes_ask_size_fp": "2.50",
    "no_bid_dollars": "0.4200",
    "no_ask_dollars": "0.7100",
    "last_price_dollars": "0.033333",
    "volume_fp": "1234567890123.45",
    "volume_24h_fp": "7.01",
    "open_interest_fp": "99.99",
    "result": "yes",
    "can_close_early": True,
    "notional_value_dollars": "1.0000",
    "previous_yes_bid_dollars": "0.1100",
    "previous_yes_ask_dollars": "0.1200",
    "previous_price_dollars": "0.1300",
    "settlement_value_dollars": "0.6250",
    "settlement_ts": _MOMENT,
    "settlement_bounds_type": "floor",
    "settlement_floor_dollars": "0.0100",
    "expiration_value": "4.25",
    "occurrence_datetime": _MOMENT,
    "fee_waiver_expiration_time": _MOMENT,
    "early_close_condition": "The figure is published.",
    "strike_type": "between",
    "floor_strike": 4,
    "cap_strike": 4.25,
    "functional_strike": "x -> y",
    "custom_strike": {"Team": "Ä", "parts": [1, 2.5, None]},
    "rules_primary": "First.\nThen.",
    "rules_secondary": "",
    "mve_collection_ticker": "KXMVE-R",
    "mve_selected_legs": [sdk.MveSelectedLeg(event_ticker="KXFED-A", side="yes"), sdk.MveSelectedLeg()],
    "primary_participant_key": "key",
    "price_level_structure": "tapered_deci_cent",
    "price_ranges": [sdk.PriceRange(start="0.0000", end="1.0000", step="0.0010")],
    "is_provisional": False,
    "exchange_index": 0,
}
EVENT: dict[str, Any] = {
    "event_ticker": "KXFED-27JAN",
    "series_ticker": "KXFED",
    "sub_title": "January",
    "title": "Fed funds “upper bound” 🏦",
    "collateral_return_type": "MECNET",
    "mutually_exclusive": True,
    "category": "Economics",
    "strike_date": _MOMENT,
    "strike_period": "month",
    "markets": [sdk.Market(**MARKET)],
    "product_metadata": {"key": {"nested": [1]}},
    "settlement_sources": _SOURCES,
    "last_updated_ts": _MOMENT,
    "fee_type_override": "flat",
    "fee_multiplier_override": 0.5,
    "exchange_index": 0,
}
SERIES: dict[str, Any] = {
    "ticker": "KXFED",
    "frequency": "one-off",
    "title": "Fed funds rate",
    "category": "Economics",
    "categories": ["Economics", "Fed"],
    "tags": ["Rates"],
    "settlement_sources": _SOURCES,
    "contract_url": "https://contracts.example/fed.pdf",
    "contract_terms_url": "https://contracts.example/terms.pdf",
    "product_metadata": {"key": None},
    "fee_type": "quadratic",
    "fee_multiplier": 0.5,
    "additional_prohibitions": ["None of yours"],
    "volume_fp": "12.34",
    "last_updated_ts": _MOMENT,
    "exchange_index": 0,
}
STATUS: dict[str, Any] = {
    "exchange_active": False,
    "trading_active": True,
    "intra_exchange_transfers_active": False,
    "exchange_estimated_resume_time": _MOMENT,
    "exchange_index_statuses": [
        sdk.ExchangeIndexStatus(
            exchange_index=0,
            description="default",
            exchange_active=True,
            trading_active=True,
            intra_exchange_transfers_active=True,
        )
    ],
}


def variations(model: type[_M], full: dict[str, Any]) -> dict[str, _M]:
    """Make `model` with all members, with the required ones only, and with each other choice it leaves to the exchange.

    A choice is: one optional member absent, one nullable member null, one word of a closed list.
    """
    return {name: model(**fields) for name, fields in _choices(model, full)}


def _choices(model: type[BaseModel], full: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    optional = {name for name, field in model.model_fields.items() if not field.is_required()}
    yield "full", full
    yield "required only", {name: value for name, value in full.items() if name not in optional}
    for name in model.model_fields:
        if name in optional:
            yield f"without {name}", {other: value for other, value in full.items() if other != name}
        if _allows(model, full | {name: None}):
            yield f"{name} null", full | {name: None}
        for word in words(model, name):
            yield f"{name} {word!r}", full | {name: word}


def words(model: type[BaseModel], name: str) -> tuple[str, ...]:
    """List the values of a closed list, from the SDK's own complaint about another one; none if the list is open."""
    kind = model.model_fields[name].annotation
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return tuple(word.value for word in kind)
    if f"{name}_validate_enum" not in model.__pydantic_decorators__.field_validators:
        return ()
    try:
        setattr(model.model_construct(), name, "no such word")
    except ValidationError as complaint:
        return tuple(ast.literal_eval(complaint.errors()[0]["msg"].partition("enum values ")[2]))
    raise AssertionError(f"{model.__name__}.{name} takes any word")


def _allows(model: type[BaseModel], fields: dict[str, Any]) -> bool:
    try:
        model(**fields)
    except ValidationError:
        return False
    return True

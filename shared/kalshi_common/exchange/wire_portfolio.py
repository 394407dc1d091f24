"""Kalshi's JSON of our account -> our records (kalshi-python-async 3.34.0, models/*.py). It asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from kalshi_common.domain.hour import normal_utc_text
from kalshi_common.domain.money import MicroDollars, hundredths, micro_dollars
from kalshi_common.domain.portfolio import ExchangeFill, ExchangePosition, ExchangeSettlement
from kalshi_common.exchange.answer import answer
from kalshi_common.exchange.wire_rows import Page, read_one, utc

if TYPE_CHECKING:
    from kalshi_common.domain.order import Side

_CENT: Final[MicroDollars] = 10_000


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
            utc(told.created_time),
        )

    page = answer("GET /portfolio/fills", body, _Fills)
    return Page([read_one("GET /portfolio/fills", raw, _Fill, read) for raw in page.fills], page.cursor or "")


def positions_page(body: bytes) -> Page[ExchangePosition]:
    """Read a page of `GET /portfolio/positions` into ExchangePositions."""

    def read(told: _Position) -> ExchangePosition:
        return ExchangePosition(told.ticker, hundredths(told.position_fp), micro_dollars(told.fees_paid_dollars))

    page = answer("GET /portfolio/positions", body, _Positions)
    rows = [read_one("GET /portfolio/positions", raw, _Position, read) for raw in page.market_positions]
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
    rows = [read_one("GET /portfolio/settlements", raw, _Settlement, read) for raw in page.settlements]
    return Page(rows, page.cursor or "")


def balance(body: bytes) -> MicroDollars:
    """Read the cash of `GET /portfolio/balance`: the exact dollars where told, else the cents."""

    def read(told: _Balance) -> MicroDollars:
        return told.balance * _CENT if told.balance_dollars is None else micro_dollars(told.balance_dollars)

    return read_one("GET /portfolio/balance", body, _Balance, read)


def user_data_timestamp(body: bytes) -> str:
    """Read the moment (UTC text) that the portfolio's reads show."""
    return read_one(
        "GET /exchange/user_data_timestamp", body, _Timestamp, lambda told: normal_utc_text(told.as_of_time)
    )

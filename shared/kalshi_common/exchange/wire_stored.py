"""Reads what was stored as the exchange wrote it: order books, price ranges, an event's fee terms. It stores nothing.

The collector keeps these as JSON, so that a wrong reading can be read again; this is where they are read.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec import Raw

from kalshi_common.domain.book import Book, Level, sorted_book
from kalshi_common.domain.money import hundredths, micro_dollars
from kalshi_common.domain.tick import TickGrid, TickRange
from kalshi_common.exchange.answer import UNREADABLE, unexpected


class _Book(msgspec.Struct):
    yes_dollars: list[tuple[str, str]] | None
    no_dollars: list[tuple[str, str]] | None


class _StoredBook(msgspec.Struct):
    ticker: str
    orderbook_fp: _Book


class _Range(msgspec.Struct):
    start: str
    end: str
    step: str


class _Event(msgspec.Struct):
    fee_type_override: str | None = None
    fee_multiplier_override: Raw = Raw(b"null")


class FeeOverride(NamedTuple):
    """An event's own fee terms, where it has any; the multiplier is the decimal text the exchange wrote."""

    fee_type: str | None
    multiplier: str | None


def stored_book(payload_json: str) -> Book:
    """Read a row's `payload_json` of `orderbooks`: bids only on both sides.

    Raises:
        UnexpectedAnswerError: it is of another shape, or a number in it is no price or count.
    """
    payload = payload_json.encode()
    try:
        book = msgspec.json.decode(payload, type=_StoredBook).orderbook_fp
        return sorted_book(_levels(book.yes_dollars), _levels(book.no_dollars))
    except UNREADABLE as error:
        raise unexpected("a stored order book", payload, error) from None


def stored_ticks(price_ranges: str | None) -> TickGrid:
    """Read a row's `price_ranges` of `markets`; a market that told none has an empty grid.

    Raises:
        UnexpectedAnswerError: it is of another shape.
    """
    payload = (price_ranges or "[]").encode()
    try:
        ranges = msgspec.json.decode(payload, type=list[_Range])
        return TickGrid(tuple(TickRange(*map(micro_dollars, (one.start, one.end, one.step))) for one in ranges))
    except UNREADABLE as error:
        raise unexpected("a market's stored price ranges", payload, error) from None


def stored_fee_override(event_payload_json: str | None) -> FeeOverride:
    """Read a row's `payload_json` of `events`; an event that is not stored overrides nothing.

    Raises:
        UnexpectedAnswerError: it is of another shape.
    """
    payload = (event_payload_json or "{}").encode()
    try:
        event = msgspec.json.decode(payload, type=_Event)
    except UNREADABLE as error:
        raise unexpected("a stored event", payload, error) from None
    multiplier = str(event.fee_multiplier_override, "utf-8").strip('"')
    return FeeOverride(event.fee_type_override, None if multiplier == "null" else multiplier)


def _levels(rows: list[tuple[str, str]] | None) -> list[Level]:
    return [Level(micro_dollars(price), hundredths(count)) for price, count in rows or []]

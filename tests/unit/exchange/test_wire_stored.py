"""Stored JSON of the exchange read back into the field's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kalshi_common.domain.book import Book, Level
from kalshi_common.domain.tick import TickGrid, TickRange
from kalshi_common.errors import UnexpectedAnswerError
from kalshi_common.exchange.wire import orderbooks
from kalshi_common.exchange.wire_stored import FeeOverride, stored_book, stored_fee_override, stored_ticks

if TYPE_CHECKING:
    from collections.abc import Callable

YES, EMPTY = "KXCPIYOY-26NOV-T3.1", "KXCPIYOY-26NOV-T3.2"
PAGE = b"""{"orderbooks": [
 {"ticker":"KXCPIYOY-26NOV-T3.1","orderbook_fp":{"yes_dollars":[["0.2800","10.00"],["0.2900","1250.00"]],
   "no_dollars":[["0.4300","37.50"]]}},
 {"ticker":"KXCPIYOY-26NOV-T3.2","orderbook_fp":{"yes_dollars":[],"no_dollars":null}}
]}"""


def test_a_book_is_read_as_it_was_stored_the_best_bid_first() -> None:
    full, empty = orderbooks(PAGE, [YES, EMPTY])
    assert stored_book(full.payload_json) == Book(
        (Level(290_000, 125_000), Level(280_000, 1_000)), (Level(430_000, 3_750),)
    )
    assert stored_book(empty.payload_json) == Book()


def test_price_ranges_become_a_grid_and_their_absence_an_empty_one() -> None:
    text = '[{"start":"0.0000","end":"0.1000","step":"0.0010"},{"start":"0.1000","end":"1.0000","step":"0.0100"}]'
    assert stored_ticks(text) == TickGrid((TickRange(0, 100_000, 1_000), TickRange(100_000, 1_000_000, 10_000)))
    assert stored_ticks(None) == TickGrid()


@pytest.mark.parametrize(
    ("payload", "override"),
    [
        (None, FeeOverride(None, None)),
        ('{"event_ticker":"A"}', FeeOverride(None, None)),
        ('{"fee_type_override":null,"fee_multiplier_override":null}', FeeOverride(None, None)),
        ('{"fee_type_override":"quadratic","fee_multiplier_override":0.5}', FeeOverride("quadratic", "0.5")),
        ('{"fee_multiplier_override":"1.25"}', FeeOverride(None, "1.25")),
    ],
)
def test_an_events_own_fee_terms_are_read_digit_by_digit(payload: str | None, override: FeeOverride) -> None:
    assert stored_fee_override(payload) == override


@pytest.mark.parametrize(
    ("read", "payload"),
    [
        (stored_book, '{"ticker":"A","orderbook_fp":{"yes":[],"no":[]}}'),
        (stored_book, '{"ticker":"A","orderbook_fp":{"yes_dollars":[["0.29"]],"no_dollars":[]}}'),
        (stored_book, '{"ticker":"A","orderbook_fp":{"yes_dollars":[["0.29","many"]],"no_dollars":[]}}'),
        (stored_ticks, '[{"start":0,"end":1,"step":0.01}]'),
        (stored_ticks, '[{"start":"a","end":"b","step":"c"}]'),
        (stored_fee_override, '{"fee_type_override":7}'),
    ],
)
def test_another_shape_is_an_error_and_never_an_empty_book(read: Callable[[str], object], payload: str) -> None:
    with pytest.raises(UnexpectedAnswerError, match="API may have changed"):
        read(payload)

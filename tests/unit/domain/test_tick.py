"""Prices on a market's own grid."""

from __future__ import annotations

import pytest

from kalshi_common.domain.tick import TickGrid, TickRange

CENT = TickGrid((TickRange(0, 1_000_000, 10_000),))
TAPERED = TickGrid(
    (TickRange(0, 100_000, 1_000), TickRange(100_000, 900_000, 10_000), TickRange(900_000, 1_000_000, 1_000))
)


@pytest.mark.parametrize(
    ("grid", "price", "held"),
    [
        (CENT, 560_000, True),
        (CENT, 565_000, False),
        (TAPERED, 95_000, True),
        (TAPERED, 195_000, False),
        (TAPERED, 200_000, True),
        (TAPERED, 903_000, True),
        (CENT, 0, False),
        (CENT, 1_000_000, False),
        (TickGrid(), 560_000, False),
        (TickGrid((TickRange(0, 1_000_000, 0),)), 560_000, False),
    ],
)
def test_only_a_price_on_the_markets_own_steps_can_be_ordered(grid: TickGrid, price: int, *, held: bool) -> None:
    assert grid.holds(price, "yes") is held


def test_a_price_of_the_no_side_must_fit_the_yes_book_where_the_order_goes() -> None:
    uneven = TickGrid((TickRange(0, 500_000, 1_000), TickRange(500_000, 1_000_000, 10_000)))
    assert uneven.holds(903_000, "no")
    assert not uneven.holds(97_000, "no")

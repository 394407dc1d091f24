"""The simulator's own sum of fees against figures worked out by hand from the published schedule."""

from __future__ import annotations

import pytest

from simulator.orders_fees import DIRECT, OTHER, charged, trade_fee

QUADRATIC, MAKERS, COMBOS = "quadratic", "quadratic_with_maker_fees", "quadratic_with_combo_maker_fees"


@pytest.mark.parametrize(
    ("fee_type", "price", "count", "is_taker", "fee"),
    [
        (QUADRATIC, 5_000, 100, True, 17_500),  # 0.07 x 1 x 0.5 x 0.5 = 0.0175
        (QUADRATIC, 5_000, 10_000, True, 1_750_000),
        (QUADRATIC, 100, 100, True, 700),  # 0.000693, up to 0.0007
        (QUADRATIC, 9_900, 100, True, 700),
        (QUADRATIC, 5_600, 1_000, True, 172_500),  # 0.172480, up
        (QUADRATIC, 5_000, 1, True, 200),  # 0.000175, up
        (QUADRATIC, 5_000, 100, False, 0),
        (MAKERS, 5_000, 100, False, 4_400),  # 0.004375, up
        (MAKERS, 5_000, 100, True, 17_500),
        (COMBOS, 5_000, 100, False, 8_800),  # 0.00875, up
        (QUADRATIC, 333, 250, True, 5_700),  # 0.07 x 2.5 x 0.0333 x 0.9667 = 0.005633…
    ],
)
def test_the_fee_is_the_schedules_rounded_up_to_a_hundredth_of_a_cent(
    fee_type: str, price: int, count: int, is_taker: object, fee: int
) -> None:
    assert trade_fee(fee_type, price, count, is_taker=bool(is_taker)) == fee


def test_a_balance_changes_by_whole_cents_and_gives_back_what_that_took() -> None:
    rounded, paid = 0, []
    for _ in range(4):
        fee, rounded = charged(17_500, 500_000, rounded, OTHER)
        paid.append(fee)
    assert paid == [20_000, 20_000, 20_000, 10_000]
    assert sum(paid) == 4 * 17_500
    assert rounded == 0


def test_a_direct_members_fee_is_the_trade_fee() -> None:
    assert charged(17_500, 500_000, 0, DIRECT) == (17_500, 0)

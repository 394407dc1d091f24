"""Fills add up to a position whose money can be followed to the last micro-dollar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.money import DOLLAR
from kalshi_common.domain.order import Fill
from kalshi_common.domain.position import Position, from_fills, settled

if TYPE_CHECKING:
    from kalshi_common.domain.order import Side

CENT = 10_000


def fill(side: Side, count: int, price: int, fee: int = 0) -> Fill:
    return Fill(
        "f", "o", "i", "live", "M", side, count, price, fee, is_taker=True, filled_at_utc="2026-11-23T05:00:00Z"
    )


FILLS = st.lists(
    st.builds(
        fill,
        st.sampled_from(["yes", "no"]),
        st.integers(1, 100_000),
        st.integers(1, 99).map(lambda cents: cents * CENT),
        st.integers(0, 500_000),
    ),
    max_size=12,
)


def cash(fills: list[Fill]) -> int:
    """What the fills took from the account: each price and fee, and a dollar back for each pair of yes and no."""
    paid = sum(each.count_hundredths * each.price_microdollars // 100 + each.fee_microdollars for each in fills)
    held = pairs = 0
    for each in fills:
        signed = each.count_hundredths if each.side == "yes" else -each.count_hundredths
        pairs += (abs(held) + abs(signed) - abs(held + signed)) // 2
        held += signed
    return pairs * DOLLAR // 100 - paid


def test_the_other_side_gives_back_what_is_held_and_realizes_the_difference() -> None:
    position = from_fills([fill("yes", 1000, 40 * CENT, 17_000), fill("no", 400, 50 * CENT, 7_000)])
    assert position == Position(held=600, cost=2_400_000, realized=400_000, fees=24_000)


def test_more_of_the_other_side_than_is_held_turns_the_position_round() -> None:
    position = from_fills([fill("yes", 100, 40 * CENT), fill("no", 300, 55 * CENT)])
    assert position == Position(held=-200, cost=1_100_000, realized=50_000, fees=0)


def test_a_settlement_pays_the_side_that_is_held() -> None:
    yes, no = from_fills([fill("yes", 1000, 40 * CENT)]), from_fills([fill("no", 1000, 40 * CENT)])
    assert settled(yes, DOLLAR) == settled(no, 0) == Position(realized=6_000_000)
    assert settled(yes, 0) == settled(no, DOLLAR) == Position(realized=-4_000_000)
    assert settled(yes, 333_300) == Position(realized=-667_000)
    assert settled(no, 333_300) == Position(realized=2_667_000)


@given(FILLS)
def test_what_is_realized_less_what_is_tied_up_and_paid_in_fees_is_the_cash_that_moved(fills: list[Fill]) -> None:
    position = from_fills(fills)
    assert position.cash_flow == cash(fills)
    assert position.cost >= 0
    assert (position.held == 0) <= (position.cost == 0)


@given(FILLS, st.integers(0, 10_000).map(lambda value: value * 100))
def test_a_settlement_moves_exactly_the_payout(fills: list[Fill], yes_value: int) -> None:
    position = from_fills(fills)
    value = yes_value if position.held > 0 else DOLLAR - yes_value
    assert settled(position, yes_value).cash_flow - position.cash_flow == abs(position.held) * value // 100


def test_parts_of_a_cent_are_rounded_against_us() -> None:
    assert from_fills([fill("yes", 1, 333_333)]).cost == 3_334

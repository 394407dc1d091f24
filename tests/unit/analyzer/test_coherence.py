"""One event's probabilities made to agree, and left alone where they do."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from analyzer.coherence import made_coherent
from support.moments import above, below, moment

if TYPE_CHECKING:
    from analyzer.judgement import MarketMoment

probability = st.floats(0, 1)
strike = st.decimals("-1000", "1000", places=3)


def coherent(event: list[tuple[MarketMoment, float]]) -> dict[str, float]:
    moments = {each.market_id: each for each, _ in event}
    found = made_coherent({each.market_id: value for each, value in event}, moments)
    return {market_id: each.probability for market_id, each in found.items()}


def exclusive(values: list[float]) -> list[tuple[MarketMoment, float]]:
    return [(moment(f"M{number}", mutually_exclusive=True), value) for number, value in enumerate(values)]


def ladder(rungs: dict[Decimal, tuple[bool, float]]) -> list[tuple[MarketMoment, float]]:
    """Rungs by strike: whether the market asks for below, and its probability."""
    return [
        ((below if is_below else above)(f"M{number}", str(at)), value)
        for number, (at, (is_below, value)) in enumerate(rungs.items())
    ]


def chances_above(event: list[tuple[MarketMoment, float]], found: dict[str, float]) -> list[float]:
    ordered = sorted(event, key=lambda each: Decimal(each[0].floor_strike or each[0].cap_strike or "0"))
    return [1 - found[each.market_id] if each.strike_type == "less" else found[each.market_id] for each, _ in ordered]


@given(st.lists(probability, min_size=2, max_size=30))
def test_exclusive_markets_sum_to_at_most_one(values: list[float]) -> None:
    assert math.fsum(coherent(exclusive(values)).values()) <= 1 + len(values) * 2**-53


@given(st.lists(probability, min_size=2, max_size=30))
def test_an_exclusive_event_that_sums_to_less_is_left_bit_for_bit(values: list[float]) -> None:
    total = math.fsum(values)
    scaled = [value / max(1, total) / (1 + 1e-12) for value in values]
    assume(math.fsum(scaled) <= 1)
    assert list(coherent(exclusive(scaled)).values()) == scaled


@given(st.lists(probability, min_size=2, max_size=30))
def test_making_an_exclusive_event_coherent_twice_changes_nothing_more(values: list[float]) -> None:
    once = list(coherent(exclusive(values)).values())
    assert list(coherent(exclusive(once)).values()) == once


@given(st.lists(st.floats(0.01, 0.99), min_size=2, max_size=12))
def test_an_exclusive_event_above_one_ends_at_one_with_its_odds_ratios_kept(values: list[float]) -> None:
    assume(sum(values) > 1)
    found = list(coherent(exclusive(values)).values())
    assert math.fsum(found) == pytest.approx(1, abs=1e-9)

    def odds(p: float) -> float:
        return p / (1 - p)

    ratios = [odds(new) / odds(old) for new, old in zip(found, values, strict=True)]
    assert max(ratios) == pytest.approx(min(ratios), rel=1e-6)


def test_exclusive_is_not_exhaustive_so_nothing_is_raised() -> None:
    assert list(coherent(exclusive([0.2, 0.3])).values()) == [0.2, 0.3]


def test_tenths_that_sum_to_one_in_decimals_are_left_alone() -> None:
    assert list(coherent(exclusive([0.1, 0.2, 0.7])).values()) == [0.1, 0.2, 0.7]


def test_two_certainties_of_an_exclusive_event_share_the_chance() -> None:
    assert list(coherent(exclusive([1.0, 1.0, 0.0])).values()) == [pytest.approx(0.5), pytest.approx(0.5), 0.0]


def test_a_sum_above_one_is_none_of_our_business_where_the_event_is_not_exclusive() -> None:
    event = [(moment("A"), 0.9), (moment("B"), 0.8)]
    assert coherent(event) == {"A": 0.9, "B": 0.8}


rungs = st.dictionaries(strike, st.tuples(st.booleans(), probability), min_size=1, max_size=20)


@given(rungs)
def test_the_chance_to_be_above_never_rises_with_the_strike(event: dict[Decimal, tuple[bool, float]]) -> None:
    markets = ladder(event)
    found = chances_above(markets, coherent(markets))
    assert all(low >= high - 2**-52 for low, high in pairwise(found))


@given(rungs)
def test_making_a_ladder_coherent_twice_changes_nothing_more(event: dict[Decimal, tuple[bool, float]]) -> None:
    markets = ladder(event)
    once = coherent(markets)
    assert coherent([(each, once[each.market_id]) for each, _ in markets]) == once


@given(st.lists(probability, min_size=1, max_size=20, unique=True), st.randoms())
def test_a_coherent_ladder_is_left_bit_for_bit_in_any_order(values: list[float], random: object) -> None:
    falling = sorted(values, reverse=True)
    markets = [(above(f"M{number}", str(number)), value) for number, value in enumerate(falling)]
    random.shuffle(markets)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert coherent(markets) == {each.market_id: value for each, value in markets}


@given(st.lists(probability, min_size=1, max_size=20))
def test_it_is_isotonic_regression(values: list[float]) -> None:
    markets = [(above(f"M{number}", str(number)), value) for number, value in enumerate(values)]
    expected = isotonic_regression(values, increasing=False).x
    assert list(coherent(markets).values()) == pytest.approx(list(expected), abs=1e-12)


def test_strikes_are_compared_as_decimals_and_not_as_text() -> None:
    markets = [(above("A", "100000"), 0.3), (above("B", "-25000"), 0.9), (above("C", "9.50"), 0.5)]
    assert coherent(markets) == {"A": 0.3, "B": 0.9, "C": 0.5}


def test_strikes_that_no_float_tells_apart_are_told_apart() -> None:
    markets = [(above("A", "0.3"), 0.2), (above("B", "0.30000000000000001"), 0.6)]
    assert coherent(markets) == {"A": pytest.approx(0.4), "B": pytest.approx(0.4)}


def test_at_least_stands_below_more_than_at_the_same_strike() -> None:
    at_least = moment("A", strike_type="greater_or_equal", floor_strike="3")
    assert coherent([(above("B", "3"), 0.6), (at_least, 0.4)]) == {"A": 0.5, "B": 0.5}
    assert coherent([(above("B", "3.0"), 0.4), (at_least, 0.6)]) == {"A": 0.6, "B": 0.4}


def test_below_and_at_least_the_same_strike_are_opposites() -> None:
    at_least = moment("A", strike_type="greater_or_equal", floor_strike="3")
    assert coherent([(at_least, 0.7), (below("B", "3"), 0.5)]) == {"A": pytest.approx(0.6), "B": pytest.approx(0.4)}


def test_an_event_that_repeats_a_strike_is_about_several_figures_and_left_alone() -> None:
    markets = [(above("A", "90"), 0.2), (above("B", "90.0"), 0.8), (above("C", "95"), 0.9)]
    assert coherent(markets) == {"A": 0.2, "B": 0.8, "C": 0.9}


@pytest.mark.parametrize("bad", [None, "", "about 3", "NaN", "Infinity"])
def test_a_market_whose_strike_is_no_number_is_on_no_ladder(bad: str | None) -> None:
    odd = moment("X", strike_type="greater", floor_strike=bad)
    assert coherent([(odd, 0.9), (above("A", "1"), 0.5)]) == {"X": 0.9, "A": 0.5}


def test_ranges_and_other_kinds_are_on_no_ladder() -> None:
    between = moment("X", strike_type="between", floor_strike="1", cap_strike="2")
    assert coherent([(between, 0.9), (above("A", "0"), 0.1)]) == {"X": 0.9, "A": 0.1}


def test_events_do_not_touch_each_other() -> None:
    mine = [(above(f"A{n}", str(n), event_ticker="A"), p) for n, p in ((1, 0.2), (2, 0.4))]
    other = [(above(f"B{n}", str(n), event_ticker="B"), p) for n, p in ((1, 0.9), (2, 0.1))]
    assert coherent([*mine, *other]) == {"A1": pytest.approx(0.3), "A2": pytest.approx(0.3), "B1": 0.9, "B2": 0.1}


def test_what_was_done_is_noted() -> None:
    markets = [(above("A", "1"), 0.2), (above("B", "2"), 0.4), (moment("X"), 0.5)]
    found = made_coherent({each.market_id: p for each, p in markets}, {each.market_id: each for each, _ in markets})
    assert found["A"].note == {"rule": "ladder", "markets": 2, "changed": True}
    assert found["X"].note == {"rule": "none"}
    pair = exclusive([0.8, 0.9])
    shifted = made_coherent({each.market_id: p for each, p in pair}, {each.market_id: each for each, _ in pair})
    assert shifted["M0"].note["sum_before"] == pytest.approx(1.7)
    assert shifted["M0"].note["shift"] < 0

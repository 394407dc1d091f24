"""Sizes against the closed formula, and against trying every combination of whole lots."""

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING

import pytest

from kalshi_common.domain.kelly import LEAST_NEITHER, Bet, joint_sizes, kelly_fraction, outcome_probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence


def growth(probabilities: Sequence[float], bets: Sequence[Bet], bankroll: float, sizes: Sequence[float]) -> float:
    """The expected log wealth, from the payouts themselves."""
    total = 0.0
    for outcome, probability in enumerate(probabilities):
        wealth = bankroll
        for bet, size in zip(bets, sizes, strict=True):
            wealth += size * (((bet.outcome == outcome) == (bet.side == "yes")) - bet.cost)
        if wealth <= 0:
            return -math.inf
        total += probability * math.log(wealth)
    return total


def brute_force(
    probabilities: Sequence[float], bets: Sequence[Bet], bankroll: float, most: Sequence[int]
) -> tuple[int, ...]:
    """The best of every combination of whole contracts."""
    every = itertools.product(*(range(each + 1) for each in most))
    return max(every, key=lambda sizes: growth(probabilities, bets, bankroll, sizes))


@pytest.mark.parametrize("probability", [0.02, 0.3, 0.5, 0.71, 0.97])
@pytest.mark.parametrize("advantage", [0.001, 0.01, 0.1])
@pytest.mark.parametrize("side", ["yes", "no"])
def test_one_bet_gets_the_fraction_of_the_formula(probability: float, advantage: float, side: str) -> None:
    cost = probability * (1 - advantage)
    yes = probability if side == "yes" else 1 - probability
    [size] = joint_sizes([yes, 1 - yes], [Bet(0, side, cost, 1e9)], 1000)
    assert size * cost == pytest.approx(1000 * (probability - cost) / (1 - cost), rel=1e-6)
    assert size * cost == pytest.approx(1000 * kelly_fraction(probability, cost), rel=1e-6)


@pytest.mark.parametrize(("probability", "cost"), [(0.5, 0.5), (0.5, 0.6), (0.5, 0.0), (1.0, 1.0)])
def test_nothing_is_staked_where_nothing_is_to_be_won(probability: float, cost: float) -> None:
    assert kelly_fraction(probability, cost) == 0


def test_a_losing_bet_gets_nothing_beside_a_winning_one() -> None:
    sizes = joint_sizes([0.3, 0.3, 0.4], [Bet(0, "yes", 0.2, 1e9), Bet(1, "yes", 0.45, 1e9)], 100)
    assert sizes[0] > 10
    assert sizes[1] == 0


def test_a_level_is_emptied_before_the_next_one_is_touched_and_none_is_overdrawn() -> None:
    levels = [Bet(0, "yes", 0.45, 1e9), Bet(0, "yes", 0.40, 10), Bet(0, "yes", 0.42, 5)]
    sizes = joint_sizes([0.5, 0.5], levels, 1000)
    assert sizes[1:] == [10, 5]
    assert sizes[0] > 0


@pytest.mark.parametrize("seed", range(12))
def test_whole_lots_of_exclusive_outcomes_are_the_brute_force_optimum_within_a_lot(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # a made-up event
    outcomes = draw.choice([2, 3])
    raw = [draw.uniform(0.1, 1) for _ in range(outcomes)]
    probabilities = outcome_probabilities([one / sum(raw) * draw.uniform(0.7, 1) for one in raw])
    bets = []
    for outcome in range(outcomes):
        side = draw.choice(["yes", "no"])
        chance = probabilities[outcome] if side == "yes" else 1 - probabilities[outcome]
        bets.append(Bet(outcome, side, chance * draw.uniform(0.8, 0.98), draw.choice([8, 1e9])))
    sizes = joint_sizes(probabilities, bets, 20)
    most = [int(min(bet.most, size + 6)) for bet, size in zip(bets, sizes, strict=True)]
    best = brute_force(probabilities, bets, 20, most)
    assert growth(probabilities, bets, 20, sizes) >= growth(probabilities, bets, 20, best) - 1e-12
    for lots, size, bet in zip(best, sizes, bets, strict=True):
        assert abs(lots - size) <= 1, (best, sizes, bet)


@pytest.mark.parametrize("seed", range(8))
def test_no_step_away_from_the_sizes_of_a_large_event_is_better(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # a made-up event
    raw = [draw.random() ** 2 for _ in range(12)]
    probabilities = outcome_probabilities([one / sum(raw) for one in raw])
    bets = []
    for outcome in range(12):
        side = draw.choice(["yes", "no"])
        chance = probabilities[outcome] if side == "yes" else 1 - probabilities[outcome]
        bets += [Bet(outcome, side, min(chance * draw.uniform(0.8, 1.01), 0.999), most) for most in (20, 300)]
    sizes = joint_sizes(probabilities, bets, 1000)
    best = growth(probabilities, bets, 1000, sizes)
    for _ in range(300):
        step = draw.choice([0.1, 3, 30])
        tried = [min(max(size + draw.gauss(0, step), 0), bet.most) for size, bet in zip(sizes, bets, strict=True)]
        assert growth(probabilities, bets, 1000, tried) <= best + 1e-12


def test_exclusive_outcomes_are_never_taken_for_exhaustive() -> None:
    probabilities = outcome_probabilities([0.7, 0.6])
    assert probabilities[-1] == pytest.approx(LEAST_NEITHER)
    assert sum(probabilities) == pytest.approx(1)
    assert outcome_probabilities([0.2, 0.3]) == [0.2, 0.3, 0.5]
    sure = joint_sizes(probabilities, [Bet(0, "yes", 0.4, 1e9), Bet(1, "yes", 0.4, 1e9)], 100)
    assert sum(sure) * 0.4 < 100, "a sure win on paper still leaves something for the case that neither comes true"


def test_without_money_or_bets_there_is_nothing_to_size() -> None:
    assert joint_sizes([0.5, 0.5], [Bet(0, "yes", 0.4, 10)], 0) == [0]
    assert joint_sizes([1.0], [], 100) == []

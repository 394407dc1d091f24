"""Simulated worlds: known skill gets its known scores, and no skill gets "insufficient evidence"."""

from __future__ import annotations

import numpy as np
import pytest

from analyzer.score import brief, score, skill_of, verdict
from analyzer.score_arrays import weighed
from analyzer.score_chance import chance_of_luck
from support.forecast_columns import Shape, World, world

WORLDS = 200
# 200 draws of 5% give 16 or fewer in 97% of cases; of the 2.5% that the bounds promise, in 99.99%.
MOST_FALSE_ALARMS = 16


def is_called_skilled(made: World) -> bool:
    paired = made.forecasts
    return verdict(skill_of(paired), chance_of_luck(paired, weighed(paired).weights, repetitions=400)).is_skilled


SKILLLESS = {
    # As good as the market and no better, which is the hardest case: a coin decides who looks better.
    "as noisy as the market": (Shape(60, markets=3, hours=2), {"model_noise": 0.5, "market_noise": 0.5}),
    "few events": (Shape(30), {"model_noise": 0.5, "market_noise": 0.5}),
    "longshots": (Shape(60, centre=-3, spread=0.5), {"model_noise": 0.5, "market_noise": 0.5}),
    "longshots bid down": (Shape(40, centre=-3.5, spread=0.3), {"model_noise": 0, "market_noise": 0, "shaded": 0.3}),
    "worse than the market": (Shape(100, markets=2), {"model_noise": 0.6, "market_noise": 0.3}),
}


@pytest.mark.parametrize("case", SKILLLESS)
def test_without_skill_the_verdict_is_insufficient_evidence(case: str) -> None:
    shape, noise = SKILLLESS[case]
    random = np.random.default_rng(2026)
    called = sum(is_called_skilled(world(random, shape, **noise)) for _ in range(WORLDS))
    print(f"{case}: called skilled in {called} of {WORLDS} worlds")
    assert called <= MOST_FALSE_ALARMS


def test_the_bootstrap_alone_would_be_fooled_by_longshots_bid_down() -> None:
    """The reason for the chance of luck: without it a market that is exactly right is beaten time and again."""
    shape, noise = SKILLLESS["longshots bid down"]
    random = np.random.default_rng(2026)
    skills = [skill_of(world(random, shape, **noise).forecasts) for _ in range(WORLDS)]
    fooled = sum(each is not None and each.score is not None and each.score.low > 0 for each in skills)
    assert fooled > 2 * MOST_FALSE_ALARMS


def test_skill_is_seen_once_there_are_events_enough() -> None:
    random = np.random.default_rng(2026)
    noise = {"model_noise": 0.2, "market_noise": 0.8}
    called = [
        sum(is_called_skilled(world(random, Shape(events, markets=2), **noise)) for _ in range(40))
        for events in (30, 400)
    ]
    assert called[1] >= 38
    assert called[0] < called[1]


def expected_squared_error(made: World, said: np.ndarray) -> float:
    """What the Brier score is on average over results, the true chances being known."""
    error = (said - made.truth) ** 2 + made.truth * (1 - made.truth)
    return float(weighed(made.forecasts).weights @ error)


def test_known_skill_gets_its_known_scores_within_the_intervals() -> None:
    random = np.random.default_rng(2026)
    shape = Shape(120, markets=2, hours=2)
    many = world(random, Shape(40_000, markets=2, hours=2), model_noise=0.3, market_noise=0.6)
    true_brier = expected_squared_error(many, many.forecasts.probability)
    true_points = expected_squared_error(many, many.forecasts.mid) - true_brier
    in_brier = in_points = 0
    for _ in range(WORLDS):
        made = world(random, shape, model_noise=0.3, market_noise=0.6).forecasts
        found = brief(made)
        assert found.skill is not None
        in_brier += found.brier.low <= true_brier <= found.brier.high
        in_points += found.skill.points.low <= true_points <= found.skill.points.high
    print(f"95% intervals hold the true Brier in {in_brier}, the true skill in {in_points} of {WORLDS} worlds")
    assert min(in_brier, in_points) >= 0.90 * WORLDS


def test_a_large_sample_scores_what_its_true_chances_say() -> None:
    made = world(np.random.default_rng(4), Shape(6000), model_noise=0.4, market_noise=0.4)
    found = score(made.forecasts)
    assert found.brier.value == pytest.approx(expected_squared_error(made, made.forecasts.probability), abs=0.008)
    assert found.base_rate == pytest.approx(float(made.truth.mean()), abs=0.02)
    assert found.line is not None
    assert found.line.slope.value < 1, "noise makes forecasts too extreme"
    assert found.ece_perfect.low < found.ece_perfect.median < found.ece_perfect.high

"""Samples into one probability."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit as scipy_expit
from scipy.special import logit as scipy_logit

from analyzer.aggregate import aggregated
from analyzer.logits import expit, logit

CLIP = 0.005
samples = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@given(samples)
def test_it_is_the_mean_of_clipped_log_odds(values: list[float]) -> None:
    held = np.clip(values, CLIP, 1 - CLIP)
    assert aggregated(values, clip=CLIP).probability == pytest.approx(scipy_expit(scipy_logit(held).mean()), abs=1e-12)


@given(samples)
def test_it_lies_between_the_clipped_extremes_of_its_samples(values: list[float]) -> None:
    found = aggregated(values, clip=CLIP).probability
    held = [min(max(value, CLIP), 1 - CLIP) for value in values]
    assert min(held) - 1e-12 <= found <= max(held) + 1e-12


def test_one_certain_sample_does_not_outweigh_the_others() -> None:
    assert aggregated([0.5, 0.5, 0.5, 1.0], clip=CLIP).probability < 0.8


def test_opposite_samples_cancel() -> None:
    assert aggregated([0.1, 0.9], clip=CLIP).probability == pytest.approx(0.5, abs=1e-15)


def test_the_spread_is_the_standard_deviation_in_log_odds() -> None:
    values = [0.2, 0.4, 0.9]
    expected = statistics.stdev(math.log(value / (1 - value)) for value in values)
    assert aggregated(values, clip=CLIP).spread == pytest.approx(expected, abs=1e-12)
    assert aggregated(values, clip=CLIP).samples == 3


def test_a_single_sample_has_no_spread() -> None:
    assert aggregated([0.3], clip=CLIP) == (1, None, pytest.approx(0.3))


@pytest.mark.parametrize("bad", [[], [0.5, 1.1], [-0.1], [math.nan]])
def test_what_is_no_probability_is_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="probabilities in"):
        aggregated(bad, clip=CLIP)


@pytest.mark.parametrize("log_odds", [-1e4, -800.0, -1.5, 0.0, 1.5, 800.0, 1e4])
def test_no_log_odds_are_too_far_out(log_odds: float) -> None:
    assert expit(log_odds) == pytest.approx(float(scipy_expit(log_odds)), abs=1e-15)


def test_certainty_has_finite_log_odds() -> None:
    assert logit(1.0) == pytest.approx(math.log(999_999), rel=1e-9)
    assert logit(0.0) == pytest.approx(-math.log(999_999), rel=1e-9)

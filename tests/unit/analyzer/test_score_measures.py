"""Scores that need no luck, against scikit-learn and arena-evaluation to 1e-12."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from arena_evaluation import Cell, Resolution, calibration
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from analyzer import score_measures as measures
from kalshi_common.domain.probability import implied_probability

if TYPE_CHECKING:
    from analyzer.score_arrays import Floats

EXACT = 1e-12
Sample = tuple["Floats", "Floats", "Floats"]


def sample(pairs: list[tuple[float, bool, float]]) -> Sample:
    said, came, weights = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    return said, came, weights / weights.sum()


samples = st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.floats(0.01, 10)), min_size=1, max_size=60).map(sample)
round_samples = st.lists(
    st.tuples(st.integers(0, 100).map(lambda cents: cents / 100), st.booleans(), st.just(1.0)), min_size=1, max_size=60
).map(sample)
seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, *, n: int = 500) -> Sample:
    """A sample of probabilities none of which lies on an edge of a bin, with random weights."""
    random = np.random.default_rng(seed)
    said = random.random(n)
    weights = random.random(n) + 0.01
    return said, (random.random(n) < said).astype(float), weights / weights.sum()


@given(seeds)
def test_the_brier_score_is_scikit_learns(seed: int) -> None:
    said, came, weights = drawn(seed)
    expected = brier_score_loss(came, said, sample_weight=weights)
    assert float(weights @ measures.squared_error(said, came)) == pytest.approx(expected, abs=EXACT)


@given(seeds)
def test_the_log_score_is_scikit_learns_on_clipped_forecasts(seed: int) -> None:
    said, came, weights = drawn(seed)
    held = np.clip(said, measures.LOG_CLIP, 1 - measures.LOG_CLIP)
    expected = log_loss(came, held, sample_weight=weights, labels=[0, 1])
    assert float(weights @ measures.log_loss(said, came)) == pytest.approx(expected, abs=EXACT)


def test_a_sure_miss_costs_a_finite_amount() -> None:
    miss = measures.log_loss(np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    assert miss == pytest.approx([6.907755, 6.907755], abs=1e-6)


@given(seeds)
def test_the_bins_are_scikit_learns(seed: int) -> None:
    """It puts a probability on an edge into the lower bin, we into the upper; drawn ones lie on none."""
    said, came, _ = drawn(seed)
    observed, forecast = calibration_curve(came, said, n_bins=10, strategy="uniform")
    filled = [each for each in measures.bins(said, came, np.full(len(said), 1 / len(said))) if each.forecasts]
    assert [each.mean_probability for each in filled] == pytest.approx(list(forecast), abs=EXACT)
    assert [each.observed for each in filled] == pytest.approx(list(observed), abs=EXACT)


@given(st.one_of(samples, round_samples))
def test_bins_and_ece_are_arenas(pairs: Sample) -> None:
    said, came, _ = pairs
    cells = [
        Cell("a", "e", n, {"o": float(p)}, {"o": Resolution.YES if y else Resolution.NO})
        for n, (p, y) in enumerate(zip(said, came, strict=True))
    ]
    ece, expected, _ = calibration(cells)
    found = measures.bins(said, came, np.full(len(said), 1 / len(said)))
    assert measures.expected_calibration_error(found) == pytest.approx(ece, abs=EXACT)
    assert [each.forecasts for each in found] == [each.count for each in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.mean_probability == pytest.approx(theirs.confidence, abs=EXACT)
        assert ours.observed == pytest.approx(theirs.accuracy, abs=EXACT)


@given(st.integers(1, 999_999), st.integers(1, 999_999))
def test_a_quote_falls_into_the_bucket_that_the_snapshot_stored(one: int, other: int) -> None:
    bid, ask = sorted((one, other))
    quoted = implied_probability(market_type="binary", yes_bid=bid, yes_ask=ask, last_price=None)
    assert quoted is not None
    assert measures.bucket_of(np.array([quoted.probability])).tolist() == [quoted.bucket]


def test_every_edge_belongs_to_the_bucket_above_it_and_one_to_the_last() -> None:
    edges = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert measures.bucket_of(np.array(edges)).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]


@given(samples)
def test_murphys_terms_sum_to_the_brier_score_exactly(pairs: Sample) -> None:
    said, came, weights = pairs
    found = measures.murphy(said, came, weights)
    total = found.reliability - found.resolution + found.uncertainty + found.residual
    assert total == pytest.approx(float(weights @ measures.squared_error(said, came)), abs=EXACT)


def test_murphys_terms_of_forecasts_that_are_the_same_within_each_bin_leave_no_residual() -> None:
    said = np.array([0.25, 0.25, 0.75, 0.75])
    came = np.array([0.0, 1.0, 1.0, 1.0])
    found = measures.murphy(said, came, np.full(4, 0.25))
    assert found == pytest.approx((0.0625, 0.0625, 0.1875, 0.0), abs=EXACT)


@given(samples)
def test_no_bin_is_lost(pairs: Sample) -> None:
    found = measures.bins(*pairs)
    assert len(found) == 10
    assert sum(each.forecasts for each in found) == len(pairs[0])
    assert sum(each.weight for each in found) == pytest.approx(1)

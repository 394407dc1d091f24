"""How much of a score may be chance: bootstrap over events, and what a perfect forecaster's luck would look like.

Every draw is seeded, so that a report says the same when it is made again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.score_measures import BINS, bucket_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.score_arrays import Floats, Forecasts, Ints

SEED = 20261123
RESAMPLES = 2000
"""Bootstrap samples of events behind an interval."""
FEWEST_EVENTS = 10
REPETITIONS = 1000
"""Simulated histories behind the ECE band and the chance of luck."""
TWO_SIDED_95 = 1.959963984540054
_INNER_95 = (2.5, 97.5)
_AT_ONCE = 2_000_000  # numbers in memory at a time
_FINE = 1000  # a draw's forecasts within a thousandth of each other are drawn as one


class Interval(NamedTuple):
    """A value with the bounds of its 95% interval; they are nan where too few events are behind it."""

    value: float
    low: float
    high: float


class Band(NamedTuple):
    """Where the middle 95% of simulated values lie, and their median."""

    low: float
    median: float
    high: float


def resampled(by_event: Floats, *, resamples: int = RESAMPLES) -> Floats:
    """Give the means of columns (events x columns) over events drawn anew with replacement (resamples x columns)."""
    random = np.random.default_rng(SEED)
    events = len(by_event)
    parts = []
    for count in _portions(resamples, events):
        drawn = random.integers(0, events, size=(count, events))
        parts.append(np.stack([column[drawn].mean(axis=1) for column in by_event.T], axis=1))
    return np.concatenate(parts)


def interval(value: float, resamples: Floats, *, events: int) -> Interval:
    """Put the expanded percentile interval of resampled values around a value (Hesterberg, 2015).

    Fewer than FEWEST_EVENTS have none: a resample of one event is that event, and would look certain.
    """
    if events < FEWEST_EVENTS:
        return Interval(value, math.nan, math.nan)
    tail = _expanded_tail(events)
    low, high = np.quantile(resamples, (tail, 1 - tail))
    return Interval(value, float(low), float(high))


def _expanded_tail(events: int) -> float:
    """Give the share to cut off at either end so that the interval of a mean is as wide as Student's.

    A plain percentile interval of n events is narrow by the square root of (n - 1) / n, and by the normal in place of
    Student's t. The quantile of t is its expansion in 1 / degrees of freedom (Abramowitz and Stegun, 26.7.5).
    """
    free, z = events - 1, TWO_SIDED_95
    student = z + (z**3 + z) / (4 * free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
    return math.erfc(student * math.sqrt(events / free) / math.sqrt(2)) / 2


def perfect_ece(forecasts: Forecasts, weights: Floats, *, repetitions: int = REPETITIONS) -> Band:
    """Simulate the ECE of a forecaster who is exactly right about every one of these forecasts.

    A finite sample never shows an ECE of 0; only an ECE above this band speaks against the forecaster.
    """
    drawn = _Blocks(forecasts.draw, forecasts.probability, weights)
    said = np.bincount(bucket_of(forecasts.probability), weights * forecasts.probability, BINS)
    came = drawn.sums(bucket_of(drawn.probability), BINS, drawn.weights, repetitions)
    low, median, high = np.percentile(np.abs(came - said).sum(axis=1), [_INNER_95[0], 50, _INNER_95[1]])
    return Band(float(low), float(median), float(high))


def chance_of_luck(paired: Forecasts, weights: Floats, *, repetitions: int = REPETITIONS) -> float:
    """Give the chance to look at least this much better than the mid if the mid were exactly right.

    The bootstrap cannot know of what has not happened yet: thirty longshots that all lost make whoever bids below the
    market look skilled in every resample. Simulated results do lose sometimes.
    """
    edge = weights * (paired.mid - paired.probability)
    # The squared errors' difference is linear in the result: (m - y)^2 - (p - y)^2 = m^2 - p^2 - 2 y (m - p).
    constant = float(edge @ (paired.mid + paired.probability))
    seen = constant - 2 * float(edge @ paired.is_yes)
    drawn = _Blocks(paired.draw, paired.mid, edge)
    lucky = constant - 2 * drawn.sums(np.zeros(len(drawn.weights), np.int64), 1, drawn.weights, repetitions)[:, 0]
    return float((1 + np.count_nonzero(lucky >= seen - 1e-12)) / (1 + repetitions))


class _Blocks:
    """Forecasts of one draw within a thousandth, taken together; results are drawn for whole draws.

    One number u decides a draw: all its forecasts above u come true. Each forecast is then exactly right by itself,
    and hours of a market and rungs of a ladder go together as they do.
    """

    def __init__(self, draw: Ints, probability: Floats, weights: Floats) -> None:
        fine = np.minimum(np.floor(np.round(probability * _FINE, 7)), _FINE - 1).astype(np.int64)
        _, draw = np.unique(draw, return_inverse=True)
        _, first, block, rows = np.unique(
            draw * _FINE + fine, return_index=True, return_inverse=True, return_counts=True
        )
        self.draw = draw[first]
        self.draws = int(draw.max()) + 1
        self.probability: Floats = np.bincount(block, probability) / rows
        self.weights: Floats = np.bincount(block, weights).astype(np.float64)

    def sums(self, bucket: Ints, buckets: int, weights: Floats, repetitions: int) -> Floats:
        """Simulate results; give the weight that came true in each bucket (repetitions x buckets)."""
        random = np.random.default_rng(SEED)
        order = np.argsort(bucket, kind="stable")
        filled, starts = np.unique(bucket[order], return_index=True)
        draw, probability, weights = self.draw[order], self.probability[order], weights[order]
        found = np.zeros((repetitions, buckets))
        done = 0
        for count in _portions(repetitions, len(order)):
            is_yes = random.random((count, self.draws))[:, draw] < probability
            found[done : done + count, filled] = np.add.reduceat(is_yes * weights, starts, axis=1)
            done += count
        return found


def _portions(total: int, width: int) -> Iterator[int]:
    """Split repetitions into portions that fit into memory."""
    most = max(1, _AT_ONCE // width)
    while total > 0:
        yield min(most, total)
        total -= most

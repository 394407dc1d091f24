"""How much of a score may be chance: bootstrap over events, and what a perfect forecaster's luck would look like.

Every draw is seeded, so that a report says the same when it is made again.
"""

from __future__ import annotations

import math
from functools import lru_cache
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
"""Simulated histories behind the chance of luck."""
BAND_REPETITIONS = 400
"""Simulated histories behind the ECE band; they cost ten times as much, one for each tenth."""
TWO_SIDED_95 = 1.959963984540054
_AT_ONCE = 500_000  # numbers in memory at a time


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
    return (_times_drawn(len(by_event), resamples) @ by_event) / len(by_event)


@lru_cache(maxsize=2)  # one score asks several times for the same number of events
def _times_drawn(events: int, resamples: int) -> Floats:
    """Give how often each resample drew each event (resamples x events)."""
    random = np.random.default_rng(SEED)
    parts = []
    for count in _portions(resamples, events):
        drawn = random.integers(0, events, size=(count, events)) + np.arange(count)[:, None] * events
        parts.append(np.bincount(drawn.ravel(), minlength=count * events).reshape(count, events))
    return np.concatenate(parts).astype(np.float64)


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


def perfect_ece(forecasts: Forecasts, weights: Floats, *, repetitions: int = BAND_REPETITIONS) -> Band:
    """Simulate the ECE of a forecaster who is exactly right about every one of these forecasts.

    A finite sample never shows an ECE of 0; only an ECE above this band speaks against the forecaster.
    """
    bucket = bucket_of(forecasts.probability)
    said = np.bincount(bucket, weights * forecasts.probability, BINS)
    simulated = _Simulated(forecasts.draw, bucket, forecasts.probability, weights)
    filled, starts = np.unique(simulated.part, return_index=True)
    came = np.concatenate([np.add.reduceat(amounts, starts, axis=1) for amounts in simulated.results(repetitions)])
    low, median, high = np.percentile(np.abs(came - said[filled]).sum(axis=1), [2.5, 50, 97.5])
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
    simulated = _Simulated(paired.draw, np.zeros_like(paired.draw), paired.mid, edge)
    lucky = constant - 2 * np.concatenate([amounts.sum(axis=1) for amounts in simulated.results(repetitions)])
    return float((1 + np.count_nonzero(lucky >= seen - 1e-12)) / (1 + repetitions))


class _Simulated:
    """Results drawn anew, time and again, as if each probability were exactly right.

    One number u decides a draw: all its forecasts of more than 1 - u come true. Each forecast is then right by itself,
    and hours of a market and rungs of a ladder go together as they do. So what comes true of a draw within a part of
    the forecasts is a stretch of them sorted by probability, and its amount a difference of cumulative sums.
    """

    def __init__(self, draw: Ints, part: Ints, probability: Floats, amount: Floats) -> None:
        codes, draw = np.unique(draw, return_inverse=True)
        self._draws = len(codes)
        stretches, stretch = np.unique(part * self._draws + draw, return_inverse=True)
        self.part, self._draw = stretches // self._draws, stretches % self._draws
        order = np.lexsort((-probability, stretch))
        self._reached_at = (stretch + 1 - probability)[order]
        self._sums = np.concatenate([[0.0], np.cumsum(amount[order])])
        self._begin = np.searchsorted(stretch[order], np.arange(len(stretches)))

    def results(self, repetitions: int) -> Iterator[Floats]:
        """Give, in portions, the amounts that came true (repetitions x parts of draws, ordered by part)."""
        random = np.random.default_rng(SEED)
        stretches = np.arange(len(self.part))
        for count in _portions(repetitions, max(self._draws, len(stretches))):
            u = random.random((count, self._draws))[:, self._draw]
            yield self._sums[np.searchsorted(self._reached_at, stretches + u)] - self._sums[self._begin]


def _portions(total: int, width: int) -> Iterator[int]:
    """Split repetitions into portions that fit into memory."""
    most = max(1, _AT_ONCE // width)
    while total > 0:
        yield min(most, total)
        total -= most

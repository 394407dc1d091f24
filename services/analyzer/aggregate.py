"""Several samples of one market into one probability: the mean of their log odds. It knows no price and no history."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

from analyzer.logits import expit, logit

if TYPE_CHECKING:
    from collections.abc import Sequence


class Aggregate(NamedTuple):
    """The samples' number, their spread in log odds (n - 1; None for one sample) and the probability made of them."""

    samples: int
    spread: float | None
    probability: float


def aggregated(samples: Sequence[float], *, clip: float) -> Aggregate:
    """Average samples in log odds, each held within [clip, 1 - clip].

    The mean of log odds is the geometric mean of odds; it rewards agreement more than the plain mean does
    (Satopää et al., 2014, https://doi.org/10.1016/j.ijforecast.2013.09.009).

    Raises:
        ValueError: no sample, or one outside [0, 1].
    """
    if not samples or not all(0 <= sample <= 1 for sample in samples):
        raise ValueError(f"samples must be one or more probabilities in [0, 1], not {list(samples)}")
    log_odds = [logit(sample, clip) for sample in samples]
    spread = statistics.stdev(log_odds) if len(log_odds) > 1 else None
    return Aggregate(len(log_odds), spread, expit(statistics.fmean(log_odds)))

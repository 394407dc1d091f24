"""The scores of weighted forecasts: Brier, log score, reliability bins, ECE, Murphy's terms. No chance enters here.

`probability`, `is_yes` (0 or 1) and `weights` (summing to 1) are columns of one length. Sources: docs/scoring.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from analyzer.score_arrays import Floats, Ints

BINS = 10
LOG_CLIP = 0.001
"""Probabilities are held within [0.001, 0.999] for the log score: a sure miss costs 6.9 nats, not infinity."""


class Bin(NamedTuple):
    """A tenth of the probabilities: [0.3, 0.4) is bucket 3, [0.9, 1] bucket 9. The means are None where it is empty."""

    bucket: int
    forecasts: int
    weight: float
    mean_probability: float | None
    observed: float | None


class Murphy(NamedTuple):
    """Brier = reliability - resolution + uncertainty + residual; the residual is what bins of finite width hide."""

    reliability: float
    resolution: float
    uncertainty: float
    residual: float


def squared_error(probability: Floats, is_yes: Floats) -> Floats:
    """Give each row's squared error (Brier, 1950); their weighted mean is the Brier score."""
    return (probability - is_yes) ** 2


def log_loss(probability: Floats, is_yes: Floats) -> Floats:
    """Give each row's negative log likelihood in nats (Good, 1952), probabilities held within [0.001, 0.999]."""
    held = np.clip(probability, LOG_CLIP, 1 - LOG_CLIP)
    return -np.where(is_yes == 1, np.log(held), np.log1p(-held))


def bucket_of(probability: Floats) -> Ints:
    """Give each probability's tenth, as `domain.probability` does.

    Rounding first: 0.3 x 10 may come out just below 3. Nothing the exchange quotes lies within 1e-9 of an edge.
    """
    return np.minimum(np.floor(np.round(probability * BINS, 9)), BINS - 1).astype(np.int64)


def bins(probability: Floats, is_yes: Floats, weights: Floats) -> list[Bin]:
    """Sort forecasts into ten bins of equal width."""
    bucket = bucket_of(probability)
    count = np.bincount(bucket, minlength=BINS)
    weight, forecast, observed = (
        np.bincount(bucket, column, BINS) for column in (weights, weights * probability, weights * is_yes)
    )
    return [
        Bin(k, int(count[k]), float(weight[k]), float(forecast[k] / weight[k]), float(observed[k] / weight[k]))
        if count[k]
        else Bin(k, 0, 0.0, None, None)
        for k in range(BINS)
    ]


def expected_calibration_error(found: list[Bin]) -> float:
    """Give the mean gap between what was said and what came, over the bins (Naeini et al., 2015)."""
    return sum(
        each.weight * abs(each.mean_probability - each.observed)
        for each in found
        if each.mean_probability is not None and each.observed is not None
    )


def murphy(probability: Floats, is_yes: Floats, weights: Floats) -> Murphy:
    """Decompose the Brier score (Murphy, 1973), with the within-bin terms of Stephenson et al. (2008) as residual."""
    found = bins(probability, is_yes, weights)
    said, came = (np.array([getattr(each, name) or 0.0 for each in found]) for name in ("mean_probability", "observed"))
    weight = np.array([each.weight for each in found])
    base_rate = float(weights @ is_yes)
    bucket = bucket_of(probability)
    spread, leaning = probability - said[bucket], is_yes - came[bucket]
    return Murphy(
        reliability=float(weight @ (said - came) ** 2),
        resolution=float(weight @ (came - base_rate) ** 2),
        uncertainty=base_rate * (1 - base_rate),
        residual=float(weights @ (spread**2 - 2 * spread * leaning)),
    )

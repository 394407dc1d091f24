"""The calibration line: yes or no regressed on the log odds of the forecasts. Slope 1 and intercept 0 are perfect."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.logistic import fitted
from analyzer.logits import SMALLEST
from analyzer.score_chance import TWO_SIDED_95, Interval

if TYPE_CHECKING:
    from analyzer.score_arrays import Floats, Weighing


class Line(NamedTuple):
    """A slope below 1 says that forecasts are too extreme; an intercept below 0 that they are too high."""

    slope: Interval
    intercept: Interval


def calibration_line(probability: Floats, is_yes: Floats, weighing: Weighing) -> Line | None:
    """Fit the line (Cox, 1958) with 95% intervals that allow for events as clusters (Liang and Zeger, 1986).

    None where no finite line fits: too few forecasts, all of one result, or a threshold that separates yes from no.
    """
    held = np.clip(probability, SMALLEST, 1 - SMALLEST)
    log_odds = np.log(held) - np.log1p(-held)
    weights = weighing.weights * weighing.events
    found = fitted(log_odds, is_yes, weights)
    if found is None:
        return None
    residual = weights * (is_yes - found.chances)
    scores = np.column_stack(
        [np.bincount(weighing.event, column, weighing.events) for column in (residual * log_odds, residual)]
    )
    bread = np.linalg.inv(found.curvature)
    errors = np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread))
    slope, intercept = (
        Interval(float(value), float(value - reach), float(value + reach))
        for value, reach in zip(found.line, TWO_SIDED_95 * errors, strict=True)
    )
    return Line(slope, intercept)

"""Logistic regression of yes or no on one straight line, by Newton's steps; with or without a prior."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEPS, _HALVINGS, _CLOSE_ENOUGH = 60, 30, 1e-10
_ROUNDING = 1e-12  # at the minimum the loss differs only by rounding; such a step is no overshoot


class Prior(NamedTuple):
    """Slope and intercept are normal around these, each with this standard deviation."""

    slope: float
    intercept: float
    spread: float


class Fit(NamedTuple):
    """Slope and intercept; the chance of yes of each row; the loss's curvature there (2 x 2)."""

    line: Floats
    chances: Floats
    curvature: Floats


def fitted(log_odds: Floats, is_yes: Floats, weights: Floats, prior: Prior | None = None) -> Fit | None:
    """Find the line that makes the outcomes most probable; with a prior, the most probable line (MAP).

    The loss is convex, so there is one minimum; a step that overshoots is halved. None where there is none: without
    a prior, outcomes that a threshold separates want an infinite slope.
    """
    design = np.column_stack([log_odds, np.ones_like(log_odds)])
    centre = np.array([prior.slope, prior.intercept] if prior else [1.0, 0.0])
    precision = 1 / prior.spread**2 if prior else 0.0

    def loss(line: Floats) -> float:
        scores = design @ line
        misfit = weights @ (np.logaddexp(0, scores) - is_yes * scores)
        return float(misfit + precision * ((line - centre) ** 2).sum() / 2)

    line = centre.copy()
    for _ in range(_STEPS):
        chances = np.exp(-np.logaddexp(0, -(design @ line)))
        gradient = design.T @ (weights * (chances - is_yes)) + precision * (line - centre)
        curvature = design.T @ (design * (weights * chances * (1 - chances))[:, None]) + precision * np.eye(2)
        try:
            step = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:
            return None
        at_most = loss(line) * (1 + _ROUNDING)
        for _ in range(_HALVINGS):
            if loss(line - step) <= at_most:
                break
            step = step / 2
        line = line - step
        if float(np.abs(step).max()) < _CLOSE_ENOUGH * max(1.0, float(np.abs(line).max())):
            return Fit(line, chances, curvature)
    return None

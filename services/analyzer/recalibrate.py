"""A straight line on log odds for each macro event type, fitted on outcomes known before the forecast. It reads no table.

Platt's line (1999), with partial pooling: a type's own line is held near the line of all, the more so the fewer events
it has behind it; and that one is held near "change nothing".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from analyzer.judgement import Platt, Recalibration
from analyzer.logits import expit, logit
from kalshi_common.errors import LookAheadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kalshi_common.storage.forecasts import KnownResult, KnownResults

    Floats = NDArray[np.float64]

POOLED_SPREAD = 0.5
"""Standard deviation of the prior of the pooled slope around 1 and intercept around 0."""
TYPE_SPREAD = 0.25
"""Standard deviation of the prior of a type's slope and intercept around the pooled ones."""
_STEPS, _HALVINGS, _CLOSE_ENOUGH = 50, 30, 1e-10


def recalibrated(probability: float, line: Platt) -> float:
    """Put a probability through a line; the line (1, 0) gives back the very same number."""
    if (line.slope, line.intercept) == (1.0, 0.0):
        return probability
    return expit(line.slope * logit(probability) + line.intercept)


def fit(known: KnownResults, *, as_of: str, min_events: int) -> Recalibration:
    """Fit the lines of one model and prompt on forecasts whose result was known at `as_of` (UTC text).

    With fewer than `min_events` events all lines change nothing. Every event weighs the same, however many markets and
    hours it had: they are not independent, and would make the lines look surer than they are.

    Raises:
        LookAheadError: a result became known after `as_of`, or before its own forecast was made.
    """
    for row in known.rows:
        if not row.estimated_at_utc < row.known_at_utc <= as_of:
            raise LookAheadError(
                f"{row.market_id}: estimated at {row.estimated_at_utc}, result known at {row.known_at_utc}; "
                f"a recalibration as of {as_of} must not see it"
            )
    events = len({row.event_ticker for row in known.rows})
    pooled, by_type = Platt(), {}
    if events >= max(min_events, 1):
        pooled = _line(known.rows, around=Platt(), spread=POOLED_SPREAD)
        types = defaultdict(list)
        for row in known.rows:
            types[row.macro_event_type or ""].append(row)
        by_type = {name: _line(rows, around=pooled, spread=TYPE_SPREAD) for name, rows in types.items()}
    return Recalibration(as_of, pooled, by_type, events, known.scalars)


def _line(rows: Sequence[KnownResult], *, around: Platt, spread: float) -> Platt:
    per_event = Counter(row.event_ticker for row in rows)
    log_odds = np.array([logit(row.aggregated) for row in rows])
    design = np.column_stack([log_odds, np.ones_like(log_odds)])
    is_yes = np.array([row.is_yes for row in rows], dtype=np.float64)
    weights = np.array([1 / per_event[row.event_ticker] for row in rows])
    slope, intercept = _most_probable(design, is_yes, weights, np.array(around[:2]), spread)
    return Platt(float(slope), float(intercept), len(per_event))


def _most_probable(design: Floats, is_yes: Floats, weights: Floats, centre: Floats, spread: float) -> Floats:
    """Find the maximum a posteriori of logistic regression with a normal prior, by Newton's steps.

    The loss is strictly convex, so there is one minimum; a step that overshoots is halved.
    """
    precision = 1 / spread**2

    def loss(line: Floats) -> float:
        scores = design @ line
        misfit = weights @ (np.logaddexp(0, scores) - is_yes * scores)
        return float(misfit + precision * ((line - centre) ** 2).sum() / 2)

    line = centre.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(design @ line)))
        gradient = design.T @ (weights * (chance - is_yes)) + precision * (line - centre)
        curvature = design.T @ (design * (weights * chance * (1 - chance))[:, None]) + precision * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        for _ in range(_HALVINGS):
            if loss(line - step) <= loss(line):
                break
            step = step / 2
        line = line - step
        if float(np.abs(step).max()) < _CLOSE_ENOUGH:
            break
    return line

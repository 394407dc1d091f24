"""A line on log odds for each macro event type, fitted on outcomes known before the forecast. It reads no table.

Platt's line (1999), with partial pooling: a type's own line is held near the line of all, the more so the fewer events
it has behind it; and that one is held near "change nothing".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from analyzer.judgement import Platt, Recalibration
from analyzer.logistic import Prior, fitted
from analyzer.logits import expit, logit
from kalshi_common.errors import LookAheadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kalshi_common.storage.forecasts import KnownResult, KnownResults

POOLED_SPREAD = 0.5
"""Standard deviation of the prior of the pooled slope around 1 and intercept around 0."""
TYPE_SPREAD = 0.25
"""Standard deviation of the prior of a type's slope and intercept around the pooled ones."""


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
    fit_found = fitted(
        np.array([logit(row.aggregated) for row in rows]),
        np.array([row.is_yes for row in rows], dtype=np.float64),
        np.array([1 / per_event[row.event_ticker] for row in rows]),
        Prior(around.slope, around.intercept, spread),
    )
    if fit_found is None:  # not seen to happen: with a prior there always is a minimum
        return around._replace(events=len(per_event))
    slope, intercept = fit_found.line
    return Platt(float(slope), float(intercept), len(per_event))

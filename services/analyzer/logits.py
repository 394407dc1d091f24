"""Log odds and back, for single numbers. Arrays have their own in `score_arrays`."""

from __future__ import annotations

import math

SMALLEST = 1e-6
"""The finest price there is; a probability beyond it is held here before its log odds are taken."""


def logit(probability: float, clip: float = SMALLEST) -> float:
    """Give the log odds of a probability held within [clip, 1 - clip]."""
    held = min(max(probability, clip), 1 - clip)
    return math.log(held) - math.log1p(-held)


def expit(log_odds: float) -> float:
    """Give the probability of log odds; neither end overflows."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1 + odds)

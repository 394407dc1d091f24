"""One event's probabilities made to agree: exclusive markets sum to at most 1, a ladder never rises with its strike.

Everything is compared on a grid of 2^-53, as integers: there 1 - p is exact, so that what is coherent stays as it is
bit for bit and a second pass changes nothing. It decides per event and knows neither samples nor prices.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from analyzer.ladder import ladder_of, levelled
from analyzer.logits import expit, logit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.judgement import MarketMoment

GRID = 2**53
_CERTAIN = 1e-12  # a probability of 1 has log odds too, far out
_FARTHEST_SHIFT = -80.0  # takes any number of near-certain markets below a sum of 1
_HALVINGS = 64


class Coherent(NamedTuple):
    """A coherent probability, and what was done to it."""

    probability: float
    note: dict[str, Any]


def made_coherent(blended: Mapping[str, float], moments: Mapping[str, MarketMoment]) -> dict[str, Coherent]:
    """Make each event's probabilities agree, touching none that need not move.

    An exclusive event is held to a sum of at most 1, never up to 1: at most one market resolves yes, perhaps none.
    Other events are looked through for threshold ladders.
    """
    events: dict[str, dict[str, float]] = defaultdict(dict)
    for market_id, probability in blended.items():
        events[moments[market_id].event_ticker][market_id] = probability
    found: dict[str, Coherent] = {}
    for event in events.values():
        exclusive = len(event) > 1 and all(moments[market_id].mutually_exclusive for market_id in event)
        found |= _exclusive(event) if exclusive else _ladder(event, moments)
    return found


def on_grid(probability: float) -> int:
    """Give the nearest integer k with probability = k / GRID; exact for multiples, which all p >= 0.5 are."""
    return round(probability * GRID)


def _exclusive(event: Mapping[str, float]) -> dict[str, Coherent]:
    """Shift all log odds down by one amount until the sum is 1: order and odds ratios stay, none falls to 0."""
    total = sum(map(on_grid, event.values()))
    note = {"rule": "exclusive", "markets": len(event), "sum_before": total / GRID}
    if total <= GRID + len(event):  # each may have been rounded up to the grid
        return {market_id: Coherent(p, {**note, "shift": 0.0}) for market_id, p in event.items()}
    high, low = 0.0, _FARTHEST_SHIFT
    for _ in range(_HALVINGS):
        middle = (high + low) / 2
        high, low = (middle, low) if sum(_shifted(p, middle) for p in event.values()) > GRID else (high, middle)
    return {market_id: Coherent(_shifted(p, low) / GRID, {**note, "shift": low}) for market_id, p in event.items()}


def _shifted(probability: float, shift: float) -> int:
    # Rounded down, so that the sum of many can never come out above 1.
    return int(expit(logit(probability, _CERTAIN) + shift) * GRID) if probability > 0 else 0


def _ladder(event: Mapping[str, float], moments: Mapping[str, MarketMoment]) -> dict[str, Coherent]:
    """Level a ladder's rungs by isotonic regression; whatever is on no ladder stays."""
    found = {market_id: Coherent(p, {"rule": "none"}) for market_id, p in event.items()}
    steps = ladder_of(moments[market_id] for market_id in event)
    above = {rung: _flipped(on_grid(event[rung.market_id]), flip=rung.is_below) for step in steps for rung in step}
    for rung, value in levelled(steps, above).items():
        changed = value != above[rung]
        probability = _flipped(value, flip=rung.is_below) / GRID if changed else event[rung.market_id]
        found[rung.market_id] = Coherent(probability, {"rule": "ladder", "markets": len(above), "changed": changed})
    return found


def _flipped(grid_value: int, *, flip: bool) -> int:
    return GRID - grid_value if flip else grid_value

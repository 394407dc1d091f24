"""Threshold ladders: which markets of an event are rungs of one, and the nearest order that a ladder allows.

Every threshold market speaks of the chance that the figure is above its strike (or, turned over, below it); that chance
cannot rise with the strike. It knows values as integers only, and nothing of where they come from.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analyzer.judgement import MarketMoment


class Rung(NamedTuple):
    """A market's place: above `strike` (strictly or not). `is_below` says that the market asks for the opposite."""

    strike: Decimal
    is_strict: bool
    is_below: bool
    market_id: str


_KINDS = {
    # strike type: (the strike's field, "above" strictly, asks for the opposite); below s is the opposite of at least s
    "greater": ("floor_strike", True, False),
    "greater_or_equal": ("floor_strike", False, False),
    "less": ("cap_strike", False, True),
    "less_or_equal": ("cap_strike", True, True),
}


def ladder_of(moments: Iterable[MarketMoment]) -> list[list[Rung]]:
    """Order the threshold markets of one event, lowest strike first; those on one step ask the same or the opposite.

    Empty where two markets ask the very same: then the event is about more than one figure, and there is no ladder.
    """
    rungs = sorted(rung for moment in moments if (rung := _rung(moment)) is not None)
    asked = [rung[:3] for rung in rungs]
    if len(set(asked)) < len(asked):
        return []
    return [list(step) for _, step in groupby(rungs, key=lambda rung: rung[:2])]


def _rung(moment: MarketMoment) -> Rung | None:
    kind = _KINDS.get(moment.strike_type or "")
    if kind is None:
        return None
    field, is_strict, is_below = kind
    try:
        strike = Decimal(getattr(moment, field) or "")
    except InvalidOperation:
        return None
    return Rung(strike, is_strict, is_below, moment.market_id) if strike.is_finite() else None


class _Block(NamedTuple):
    rungs: list[Rung]
    total: int

    @property
    def level(self) -> int:
        """The mean, rounded half up; rounding keeps the order of means."""
        return (2 * self.total + len(self.rungs)) // (2 * len(self.rungs))

    def is_below(self, later: _Block) -> bool:
        return self.total * len(later.rungs) < later.total * len(self.rungs)


def levelled(steps: Sequence[Sequence[Rung]], values: Mapping[Rung, int]) -> dict[Rung, int]:
    """Give the values nearest in squares that never rise from step to step and are equal within one.

    Pool adjacent violators (Ayer et al., 1955, https://doi.org/10.1214/aoms/1177728423).
    """
    blocks: list[_Block] = []
    for step in steps:
        block = _Block(list(step), sum(values[rung] for rung in step))
        while blocks and blocks[-1].is_below(block):
            earlier = blocks.pop()
            block = _Block(earlier.rungs + block.rungs, earlier.total + block.total)
        blocks.append(block)
    return {rung: block.level for block in blocks for rung in block.rungs}

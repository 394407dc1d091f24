"""Forecasts as columns of numbers, and how much each counts. It computes no score.

Every event counts the same; within an event each hour the same; within an hour each market the same. Markets and hours
of one event are not independent: counted singly, a market open for a year would outvote a hundred that lived a week.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

HORIZONS = (
    # label, hours before the close: from the figure to that of the next line
    ("under 1 h", 0), ("1 to 6 h", 1), ("6 to 24 h", 6), ("1 to 3 days", 24), ("3 to 7 days", 72),
    ("7 to 30 days", 168), ("over 30 days", 720),
)  # fmt: skip
UNKNOWN_HORIZON = -1
_HOUR_BITS = 24  # hours since 1970 fit


@dataclass(frozen=True)
class Forecasts:
    """Columns of equal length, a row a forecast with its result; codes stand for names.

    `draw` joins what one stroke of luck decides: an event's markets, but for an exclusive event each market alone.
    `mid` is nan where the book had no two sides.
    """

    event: Ints
    draw: Ints
    observed_s: Ints
    horizon: Ints
    macro_type: Ints
    is_yes: Floats
    mid: Floats
    aggregated: Floats
    recalibrated: Floats
    blended: Floats
    probability: Floats

    def __len__(self) -> int:
        return len(self.probability)

    def where(self, mask: Mask) -> Forecasts:
        """Give the rows of a mask."""
        return Forecasts(**{column.name: getattr(self, column.name)[mask] for column in fields(self)})

    def beside_a_mid(self) -> Forecasts:
        """Give the rows that have a mid of the same instant."""
        return self.where(~np.isnan(self.mid))

    def at_stage(self, stage: str) -> Forecasts:
        """Give the same rows with the value of an earlier step in place of the final probability."""
        return replace(self, probability=getattr(self, stage))


@dataclass(frozen=True)
class Weighing:
    """How much each row counts (sums to 1), which of `events` it belongs to (0 up), and how many events there are."""

    weights: Floats
    event: Ints
    events: int

    def by_event(self, values: Floats) -> Floats:
        """Give each event's own mean of a column; their plain mean is the weighted mean of all rows."""
        sums: Floats = np.bincount(self.event, self.weights * values, self.events).astype(np.float64)
        return sums * self.events


def weighed(forecasts: Forecasts) -> Weighing:
    """Weigh the rows as this module's first lines say."""
    cells, cell, rows_of_cell = np.unique(
        (forecasts.event << _HOUR_BITS) | (forecasts.observed_s // 3600), return_inverse=True, return_counts=True
    )
    codes, event_of_cell, cells_of_event = np.unique(cells >> _HOUR_BITS, return_inverse=True, return_counts=True)
    share = 1.0 / (len(codes) * cells_of_event[event_of_cell] * rows_of_cell)
    return Weighing(share[cell], event_of_cell[cell], len(codes))

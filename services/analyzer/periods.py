"""Instants sorted into weeks (named by their Monday) or months, UTC. It knows no forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.score_arrays import Ints

    Days = NDArray[np.datetime64]

_DAY_S = 86_400
_MOST_WEEKS = 26
_THURSDAY = 3  # days from Monday to the weekday of 1970-01-01


class Periods(NamedTuple):
    """Whether instants are told by week or by month."""

    by_month: bool

    def starts(self, seconds: Ints) -> Days:
        """Give the first day of each instant's period (unix seconds); written out it is the period's name."""
        days = seconds // _DAY_S
        if self.by_month:
            return days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
        return (days - (days + _THURSDAY) % 7).astype("datetime64[D]")


def periods_for(seconds: Ints) -> Periods:
    """Choose weeks where half a year of them is enough, else months."""
    span_s = int(np.ptp(seconds)) if len(seconds) else 0
    return Periods(by_month=span_s > _MOST_WEEKS * 7 * _DAY_S)

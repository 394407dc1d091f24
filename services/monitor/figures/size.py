"""The size of the file by day, and where it goes if it goes on like that."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from monitor.figures.base import MUTED, SERIES, Figure, axis, figure

if TYPE_CHECKING:
    from monitor.growth import Growth

_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"))
_AHEAD_DAYS = 30


def size_figure(growth: Growth, this_day: dt.date) -> Figure:
    """Draw the days so far and the next thirty."""
    now = growth.file.bytes - growth.file.unused_bytes
    ahead = this_day + dt.timedelta(days=_AHEAD_DAYS)
    later = now + (growth.bytes_per_day or 0) * _AHEAD_DAYS
    scale, unit = next((each for each in _UNITS if later >= each[0]), _UNITS[-1])
    past = {
        "type": "scatter",
        "name": "used",
        "x": [day for day, _ in growth.sizes],
        "y": [size / scale for _, size in growth.sizes],
        "mode": "lines",
        "fill": "tozeroy",
        "fillcolor": "var(--band)",
        "line": {"color": SERIES[0], "width": 2},
        "hovertemplate": f"%{{y:,.1f}} {unit}<extra></extra>",
    }
    forecast = {
        "type": "scatter",
        "name": f"the next {_AHEAD_DAYS} days at this rate",
        "x": [this_day.isoformat(), ahead.isoformat()],
        "y": [now / scale, later / scale],
        "mode": "lines",
        "line": {"color": MUTED, "width": 2, "dash": "dot"},
        "hovertemplate": f"%{{y:,.1f}} {unit}<extra></extra>",
    }
    return figure(
        [past, forecast],
        x=axis(type="date"),
        y=axis(ticksuffix=f" {unit}", rangemode="tozero", nticks=5),
        height=240,
    )

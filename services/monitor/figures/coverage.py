"""The coverage heat map: a line per series, a column per hour, a colour per state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.coverage import STATES
from monitor.figures.base import Figure, axis, figure

if TYPE_CHECKING:
    from monitor.coverage import Coverage

_LINE_PX, _AXIS_PX = 18, 56


def coverage_figure(coverage: Coverage) -> Figure:
    """Draw the map; the newest series line is on top as in the table below it."""
    lines = coverage.lines[::-1]
    last = len(STATES) - 1
    edges = [position / len(STATES) for position in range(len(STATES) + 1)]
    trace = {
        "type": "heatmap",
        "x": coverage.hours,
        "y": [line.name for line in lines],
        "z": [[None if state is None else STATES.index(state) for state in line.states] for line in lines],
        "text": [
            [f"{state}, {rows:,} rows" if state else "" for state, rows in zip(line.states, line.rows, strict=True)]
            for line in lines
        ],
        "hovertemplate": "%{y}<br>%{x|%Y-%m-%d %H:%M} UTC<br>%{text}<extra></extra>",
        "hoverongaps": False,
        "zmin": -0.5,
        "zmax": last + 0.5,
        "colorscale": [
            [edge, f"var(--{state})"]
            for state, low, high in zip(STATES, edges, edges[1:], strict=False)
            for edge in (low, high)
        ],
        "showscale": False,
        "xgap": 1,
        "ygap": 2,
    }
    return figure(
        [trace],
        x=axis(type="date", showgrid=False, tickformat="%b %d", dtick=86_400_000, ticklabelmode="period"),
        y=axis(showgrid=False, type="category", ticks="", dtick=1, tickfont={"color": "var(--muted)", "size": 10}),
        height=_AXIS_PX + _LINE_PX * max(len(lines), 2),
        hovermode="closest",
    )

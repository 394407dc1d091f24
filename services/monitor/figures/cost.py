"""What models cost by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.figures.base import SERIES, Figure, axis, figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NANO = 1_000_000_000


def cost_figure(days: Sequence[str], cost: Mapping[str, int]) -> Figure:
    """Draw a bar for each day (`2026-11-23` -> nano-dollars)."""
    bars = {
        "type": "bar",
        "name": "cost",
        "x": list(days),
        "y": [cost.get(day, 0) / _NANO for day in days],
        "marker": {"color": SERIES[0]},
        "hovertemplate": "$%{y:.4f}<extra></extra>",
    }
    return figure(
        [bars],
        x=axis(type="date", showgrid=False),
        y=axis(tickprefix="$", rangemode="tozero", nticks=5),
        height=220,
        bargap=0.25,
    )

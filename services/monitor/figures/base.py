"""What all figures have in common: quiet axes, no title (the page has it), room that fits a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Figure = dict[str, Any]

TEXT, MUTED, GRID = "var(--text)", "var(--muted)", "var(--grid)"
SERIES = ("var(--series-1)", "var(--series-2)", "var(--series-3)")


def axis(**more: Any) -> dict[str, Any]:
    """Make an axis; its range is fixed for fingers, since dragging must scroll the page."""
    return {
        "gridcolor": GRID,
        "linecolor": GRID,
        "zerolinecolor": GRID,
        "tickfont": {"color": MUTED, "size": 11},
        "title": {"font": {"color": MUTED, "size": 11}},
        "automargin": True,
        "fixedrange": True,
        **more,
    }


def figure(traces: Sequence[dict[str, Any]], *, x: dict[str, Any], y: dict[str, Any], **layout: Any) -> Figure:
    """Put traces and axes together."""
    return {
        "data": list(traces),
        "layout": {
            "xaxis": x,
            "yaxis": y,
            "height": 280,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": TEXT, "family": "system-ui, sans-serif", "size": 12},
            "hoverlabel": {"bgcolor": "var(--raised)", "bordercolor": GRID, "font": {"color": TEXT, "size": 12}},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": MUTED}},
            "hovermode": "x unified",
            "dragmode": False,
            **layout,
        },
    }

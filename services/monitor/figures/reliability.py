"""The reliability diagram: how often it came true, by how likely it was called. A perfect forecaster is on the line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.figures.base import MUTED, SERIES, Figure, axis, figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SMALLEST_PX, _MORE_PX = 7, 26


def reliability_figure(forecasters: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> Figure:
    """Draw each forecaster's filled bins (name, bins of the report); a dot's area is the bin's weight."""
    perfect = {
        "type": "scatter",
        "name": "perfect",
        "x": [0, 1],
        "y": [0, 1],
        "mode": "lines",
        "line": {"color": MUTED, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
    }
    drawn = [_dots(name, bins, SERIES[at % len(SERIES)]) for at, (name, bins) in enumerate(forecasters)]
    unit = {"tickformat": ".0%", "range": [-0.02, 1.02], "dtick": 0.25, "zeroline": False}
    return figure(
        [perfect, *drawn],
        x=axis(**unit, title={"text": "called", "font": {"color": MUTED, "size": 11}}),
        y=axis(**unit, title={"text": "came true", "font": {"color": MUTED, "size": 11}}),
        height=320,
        hovermode="closest",
    )


def _dots(name: str, bins: Sequence[Mapping[str, Any]], colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": name,
        "x": [each["mean_probability"] for each in bins],
        "y": [each["observed"] for each in bins],
        "text": [f"{each['forecasts']:,} forecasts" for each in bins],
        "mode": "lines+markers",
        "line": {"color": colour, "width": 1.5},
        "marker": {"size": [_SMALLEST_PX + _MORE_PX * each["weight"] ** 0.5 for each in bins], "opacity": 0.8},
        "hovertemplate": "called %{x:.1%}, came true %{y:.1%}<br>%{text}<extra></extra>",
    }

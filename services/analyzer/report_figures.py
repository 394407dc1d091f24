"""The report's figures as Plotly takes them: plain JSON, colours by the names of the page's stylesheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report_words import money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Figure = dict[str, Any]

_TEXT, _MUTED, _GRID, _PAGE = "var(--text)", "var(--muted)", "var(--grid)", "var(--raised)"
_OURS, _MARKET, _MONEY = "var(--series-1)", "var(--series-2)", "var(--series-3)"
_NANO = 1_000_000_000
_SMALLEST_DOT, _DOT_RANGE = 7, 21


def reliability_figure(part: Mapping[str, Any]) -> Figure:
    """Draw what was said against what came, with the number of forecasts of each tenth below."""
    rows = part["by_bucket"]
    said, came = [row["mean_probability"] for row in rows], [row["observed"] for row in rows]
    counts = [row["forecasts"] for row in rows]
    most = max(counts, default=1)
    told = [f"{row['forecasts']:,} forecasts of {row['events']:,} events" for row in rows]
    diagonal = {
        "x": [0, 1], "y": [0, 1], "mode": "lines", "hoverinfo": "skip", "showlegend": False,
        "line": {"color": _MUTED, "width": 1, "dash": "dot"},
    }  # fmt: skip
    dots = {
        "x": said, "y": came, "text": told, "mode": "lines+markers", "name": "forecasts",
        "line": {"color": _OURS, "width": 1}, "cliponaxis": False,
        "marker": {
            "color": _OURS, "line": {"color": _PAGE, "width": 1.5},
            "size": [_SMALLEST_DOT + _DOT_RANGE * (count / most) ** 0.5 for count in counts],
        },
        "hovertemplate": "said %{x:.3f}, came true %{y:.3f}<br>%{text}<extra></extra>",
    }  # fmt: skip
    bars = {
        "x": [row["bucket"] / 10 + 0.05 for row in rows], "y": counts, "type": "bar", "yaxis": "y2", "width": 0.088,
        "marker": {"color": _OURS, "opacity": 0.45}, "text": told, "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
    layout = _layout(
        height=500,
        xaxis=_axis("said", range=[-0.03, 1.03], dtick=0.2, anchor="y2", tickformat=".1f"),
        yaxis=_axis("came true", range=[-0.03, 1.03], dtick=0.2, domain=[0.27, 1], tickformat=".1f"),
        yaxis2=_axis("forecasts", domain=[0, 0.18], nticks=3, rangemode="tozero"),
    )
    return {"data": [diagonal, dots, bars], "layout": layout}


def over_time_figure(part: Mapping[str, Any]) -> Figure:
    """Draw the Brier score of each week or month, with its interval, beside that of the mid."""
    rows = [row for row in part["over_time"] if row["score"] is not None]
    scores = [row["score"] for row in rows]
    when = [row["name"] for row in rows]
    ours = {
        **_line(when, [score["brier"]["value"] for score in scores], _OURS, "these forecasts"),
        "text": [f"{score['events']:,} events" for score in scores],
        "error_y": {
            "type": "data", "symmetric": False, "color": _OURS, "thickness": 1, "width": 0,
            "array": _gaps(scores, "high"), "arrayminus": _gaps(scores, "low"),
        },
        "hovertemplate": "Brier %{y:.4f}, %{text}<extra></extra>",
    }  # fmt: skip
    mids = [score["skill"] and score["skill"]["mid_brier"] for score in scores]
    market = _line(when, mids, _MARKET, "mid of the same instant")
    data = [ours] if part["is_market"] else [ours, market]
    return {
        "data": data,
        "layout": _layout(
            height=280,
            showlegend=not part["is_market"],
            xaxis=_axis(None, type="date", showgrid=False),
            yaxis=_axis("Brier score", rangemode="tozero", nticks=5),
        ),
    }


def cost_figure(part: Mapping[str, Any]) -> Figure:
    """Draw what the estimates of each week or month cost."""
    rows = part["over_time"]
    bars = {
        "type": "bar", "x": [row["name"] for row in rows], "y": [row["nanodollars"] / _NANO for row in rows],
        "marker": {"color": _MONEY},
        "text": [f"{money(row['nanodollars'])} for {row['made']:,} estimates" for row in rows],
        "textposition": "none", "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
    axes = {"xaxis": _axis(None, type="date", showgrid=False), "yaxis": _axis(None, tickprefix="$", nticks=5)}
    return {"data": [bars], "layout": _layout(height=220, bargap=0.3, **axes)}


def _gaps(scores: Sequence[Mapping[str, Any]], bound: str) -> list[float]:
    return [
        0.0 if score["brier"][bound] is None else abs(score["brier"][bound] - score["brier"]["value"])
        for score in scores
    ]


def _line(x: Sequence[str], y: Sequence[float | None], colour: str, name: str) -> dict[str, Any]:
    return {
        "x": list(x), "y": list(y), "name": name, "mode": "lines+markers", "line": {"color": colour, "width": 2},
        "marker": {"color": colour, "size": 6}, "hovertemplate": "mid's Brier %{y:.4f}<extra></extra>",
    }  # fmt: skip


def _axis(title: str | None, **more: Any) -> dict[str, Any]:
    # fixedrange: on a phone a finger that drags must scroll the page.
    return {
        "gridcolor": _GRID, "linecolor": _GRID, "zerolinecolor": _GRID, "tickfont": {"color": _MUTED, "size": 11},
        "title": {"text": title or "", "font": {"color": _MUTED, "size": 12}, "standoff": 6},
        "automargin": True, "fixedrange": True, **more,
    }  # fmt: skip


def _layout(**more: Any) -> dict[str, Any]:
    return {
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8}, "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": _TEXT, "family": "inherit"}, "showlegend": False, "hovermode": "closest",
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": _MUTED, "size": 12}},
        "hoverlabel": {"bgcolor": _PAGE, "bordercolor": _GRID, "font": {"color": _TEXT}},
        **more,
    }  # fmt: skip

"""The equity of each venue over time, with its peak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kalshi_common.domain.money import DOLLAR
from monitor.figures.base import SERIES, Figure, axis, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kalshi_common.storage.trade_pages import EquityRow


def equity_figure(rows: Sequence[EquityRow]) -> Figure:
    """Draw a line for each venue."""
    venues = sorted({row.venue for row in rows}, reverse=True)
    return figure(
        [_line([row for row in rows if row.venue == venue], venue, SERIES[at]) for at, venue in enumerate(venues)],
        x=axis(type="date", hoverformat="%Y-%m-%d %H:%M UTC"),
        y=axis(tickprefix="$", nticks=6),
        height=260,
    )


def _line(rows: Sequence[EquityRow], venue: str, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": venue,
        "x": [row.snapshot_hour_utc for row in rows],
        "y": [row.equity_microdollars / DOLLAR for row in rows],
        "mode": "lines",
        "line": {"color": colour, "width": 2},
        "hovertemplate": "%{y:$,.2f}<extra>" + venue + "</extra>",
    }

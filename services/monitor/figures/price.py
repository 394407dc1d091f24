"""A market's price: the band between bid and ask, the implied probability on it, rows from candlesticks told apart."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kalshi_common.domain.hour import parse_utc
from kalshi_common.domain.money import DOLLAR
from monitor.figures.base import SERIES, Figure, axis, figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kalshi_common.storage.market_pages import PriceRow

_HOUR = dt.timedelta(hours=1)
_FEW = 36
"""Up to so many rows are shown as dots too: a line through a few hours would say too little."""


def price_figure(rows: Sequence[PriceRow]) -> Figure:
    """Draw the history; a missing hour is a break in line and band, never a bridge."""
    unbroken = runs(rows)
    traces = [_band(unbroken), _line(unbroken, dotted=len(rows) <= _FEW), *_candles(rows)]
    return figure(
        traces,
        x=axis(type="date", hoverformat="%Y-%m-%d %H:%M UTC"),
        y=axis(tickformat=".2f", tickprefix="$", hoverformat=".4~f"),
        height=320,
    )


def runs(rows: Sequence[PriceRow]) -> list[list[PriceRow]]:
    """Cut the history where an hour is missing."""
    if not rows:
        return []
    moments = [parse_utc(row.snapshot_hour_utc) for row in rows]
    found = [[rows[0]]]
    for (before, now), row in zip(pairwise(moments), rows[1:], strict=True):
        if now - before > _HOUR:
            found.append([])
        found[-1].append(row)
    return found


def _two_sided(unbroken: Sequence[Sequence[PriceRow]]) -> Iterator[list[tuple[str, int, int]]]:
    """Give each unbroken stretch with a bid and an ask as (hour, bid, ask)."""
    for run in unbroken:
        stretch: list[tuple[str, int, int]] = []
        for row in run:
            bid, ask = row.yes_bid_microdollars, row.yes_ask_microdollars
            if bid is not None and ask is not None and 0 < bid <= ask < DOLLAR:
                stretch.append((row.snapshot_hour_utc, bid, ask))
            elif stretch:
                yield stretch
                stretch = []
        if stretch:
            yield stretch


def _band(unbroken: Sequence[Sequence[PriceRow]]) -> dict[str, Any]:
    # One closed outline per stretch: along the asks, and back along the bids.
    x: list[str | None] = []
    y: list[float | None] = []
    for stretch in _two_sided(unbroken):
        x += [hour for hour, _, _ in stretch] + [hour for hour, _, _ in reversed(stretch)] + [None]
        y += [ask / DOLLAR for _, _, ask in stretch] + [bid / DOLLAR for _, bid, _ in reversed(stretch)] + [None]
    return {
        "type": "scatter",
        "name": "bid to ask",
        "x": x,
        "y": y,
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": "var(--band)",
        "hoverinfo": "skip",
    }


def _line(unbroken: Sequence[Sequence[PriceRow]], *, dotted: bool) -> dict[str, Any]:
    x: list[str | None] = []
    y: list[float | None] = []
    told: list[str] = []
    for run in unbroken:
        x += [row.snapshot_hour_utc for row in run] + [None]
        y += [row.probability for row in run] + [None]
        told += [_quote(row) for row in run] + [""]
    return {
        "type": "scatter",
        "name": "implied probability",
        "x": x,
        "y": y,
        "text": told,
        "mode": "lines+markers" if dotted else "lines",
        "marker": {"size": 5},
        "line": {"color": SERIES[0], "width": 2},
        "hovertemplate": "%{y:.4f} (%{text})<extra></extra>",
    }


def _candles(rows: Sequence[PriceRow]) -> list[dict[str, Any]]:
    filled = [row for row in rows if row.source != "observed"]
    if not filled:
        return []
    return [
        {
            "type": "scatter",
            "name": "from candlesticks",
            "x": [row.snapshot_hour_utc for row in filled],
            "y": [row.probability for row in filled],
            "mode": "markers",
            "marker": {"symbol": "circle-open", "size": 7, "color": "var(--backfilled)", "line": {"width": 2}},
            "hovertemplate": "filled in later, from the hour's candlestick<extra></extra>",
        }
    ]


def _quote(row: PriceRow) -> str:
    sides = (row.yes_bid_microdollars, row.yes_ask_microdollars)
    bid, ask = ("none" if side is None else f"{side / DOLLAR:.4g}" for side in sides)
    return f"bid {bid}, ask {ask}"

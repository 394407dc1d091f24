"""What to fetch: the walks that together show every open market of the scope. Pure; asks nobody."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.hour import parse_utc, utc_text
from kalshi_common.exchange.query import MarketQuery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kalshi_common.domain.market import ObservedMarket
    from kalshi_common.knobs import CollectKnobs

WINDOWS = 24
"""A whole-exchange walk is cut into this many creation windows, so that the rate limit sets the pace, not latency."""
_FIRST_AGES_DAYS = (0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 27, 35, 45, 60, 90, 150, 300)
"""Where to cut when no market is known yet: most open markets are young. Only the balance depends on it."""
_SLACK = dt.timedelta(seconds=2)
"""Neighbouring windows overlap: whether the exchange counts a window's ends in or out must not matter."""


class Walk(NamedTuple):
    """One cursor walk. `series_ticker` is known beforehand only where the walk is of one series.

    `created_from` and `created_to` are UTC text that compares as time does; empty means open-ended.
    """

    name: str
    query: MarketQuery
    series_ticker: str | None = None
    created_from: str = ""
    created_to: str = ""

    @property
    def is_window(self) -> bool:
        """Tell whether the walk sees only markets created in a window."""
        return bool(self.created_from or self.created_to)

    def filter_was_ignored(self, markets: Sequence[ObservedMarket]) -> bool:
        """Tell whether a page shows markets that the query excludes: the exchange ignores filters it does not know."""
        if self.series_ticker is not None:
            prefix = f"{self.series_ticker}-"
            own = sum(market.event_ticker.startswith(prefix) for market in markets)
            return 2 * own < len(markets)  # an odd ticker may be the series' own; most of a page may not
        times = [market.created_time for market in markets if market.created_time is not None]
        return any(time < self.created_from or (self.created_to and time > self.created_to) for time in times)


UNSPLIT = Walk("all", MarketQuery())
"""The whole exchange in one walk: right, but as slow as its latency; used where windows do not work."""


def macro_types(knobs: CollectKnobs) -> dict[str, str]:
    """Map each macro series to its macro_event_type."""
    return {series: kind for kind, listed in knobs.macro.items() for series in listed}


def walks_of(knobs: CollectKnobs, *, created_cuts: Sequence[str], now: dt.datetime) -> list[Walk]:
    """List the walks of the scope. `created_cuts` (UTC text) balance the windows of scope `all`; may be empty."""
    if knobs.scope == "all":
        return _windows([parse_utc(cut) for cut in created_cuts] or _first_cuts(now))
    series = knobs.series if knobs.scope == "series" else list(macro_types(knobs))
    return [Walk(ticker, MarketQuery(series_ticker=ticker), ticker) for ticker in series]


def _first_cuts(now: dt.datetime) -> list[dt.datetime]:
    return [(now - dt.timedelta(days=age)).replace(microsecond=0) for age in reversed(_FIRST_AGES_DAYS)]


def _windows(cuts: Sequence[dt.datetime]) -> list[Walk]:
    edges: list[dt.datetime | None] = [None, *cuts, None]
    return [_window(start, end) for start, end in pairwise(edges)]


def _window(start: dt.datetime | None, end: dt.datetime | None) -> Walk:
    early = None if start is None else start - _SLACK
    late = None if end is None else end + _SLACK
    query = MarketQuery(
        min_created_ts=None if early is None else int(early.timestamp()),
        max_created_ts=None if late is None else int(late.timestamp()),
    )
    created_from = "" if early is None else utc_text(early - _SLACK)
    created_to = "" if late is None else utc_text(late + _SLACK)
    # The name tells the window, since the ledger's proof of a walk must never be taken for another window's.
    name = f"created {'' if start is None else utc_text(start)}..{'' if end is None else utc_text(end)}"
    return Walk(name, query, None, created_from, created_to)

"""What back-fill asks for: the fewest calls that bring the missing rows, and where unseen markets are looked for. Pure.

Hours are whole numbers since 1970 (domain.gap).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.coverage import COMPLETE, PARTIAL
from kalshi_common.domain.gap import RECOVERABLE, Span, spans
from kalshi_common.exchange.query import MOST_CANDLES, MOST_MARKETS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from kalshi_common.domain.coverage import Gaps

# One hour less than would fit: whether the exchange counts a candle more at the period's edge must not matter.
_LIVE_HOURS = MOST_CANDLES // MOST_MARKETS - 1
_ARCHIVED_HOURS = MOST_CANDLES // 2
_NEAR_HOURS = 7 * 24
"""Gaps nearer than this are searched for unseen markets in one walk by series: a page holds a series' months."""

Wanted = dict[str, list[Span]]
"""The missing rows that candlesticks may hold: market -> ascending hours."""


class Call(NamedTuple):
    """One request for candlesticks: up to 100 live markets, or one of the archive."""

    market_ids: tuple[str, ...]
    span: Span
    archived: bool = False


class Search(NamedTuple):
    """Where markets that nobody has seen may be: those that closed in these hours (None: later ones too)."""

    first: int
    last: int | None


def wanted_rows(gaps: Gaps) -> Wanted:
    """Take the recoverable ones of the missing rows."""
    wanted: Wanted = defaultdict(list)
    for loss in gaps.losses():
        if loss.label == RECOVERABLE:
            wanted[loss.life.market_id].append(loss.span)
    return wanted


def unsearched_hours(gaps: Gaps) -> list[int]:
    """List the hours that were never wholly collected nor searched: they may hide markets nobody has seen."""
    if gaps.window is None:
        return []
    hours = range(gaps.window.first, gaps.window.last + 1)
    return [hour for hour in hours if gaps.status(hour) == PARTIAL or hour not in gaps.ledger]


def searches(gaps: Gaps, *, by_series: bool) -> list[Search]:
    """Tell where to look for unseen markets.

    Whatever opened within a gap and was still open when the next complete hour was walked is known from there. What
    closed before that is found by its close time.
    """
    found: list[Search] = []
    near = _NEAR_HOURS if by_series else 0
    for gap in spans(unsearched_hours(gaps)):
        later = range(gap.last + 1, gaps.window.last + 1) if gaps.window else ()
        seen_again = next((hour for hour in later if gaps.status(hour) == COMPLETE), None)
        if found and (found[-1].last is None or gap.first - found[-1].last <= near):
            found[-1] = Search(found[-1].first, seen_again)
        else:
            found.append(Search(gap.first, seen_again))
    return found


def calls(wanted: Mapping[str, Sequence[Span]], *, archived: Collection[str]) -> list[Call]:
    """Cut what is wanted into calls, oldest first; live markets share a call, archived ones cannot."""
    live = {market: holes for market, holes in wanted.items() if market not in archived}
    alone = [
        Call((market,), Span(members[market][0].first, members[market][-1].last), archived=True)
        for market, holes in sorted(wanted.items())
        if market in archived
        for members in _windows({market: holes}, _ARCHIVED_HOURS)
    ]
    return alone + [call for members in _windows(live, _LIVE_HOURS) for call in _batches(members)]


def _windows(wanted: Mapping[str, Sequence[Span]], size: int) -> Iterator[Wanted]:
    """Cut time into windows of up to `size` hours, each beginning with an hour that somebody wants."""
    left = {market: list(holes) for market, holes in wanted.items()}
    while left:
        first = min(holes[0].first for holes in left.values())
        window = Span(first, first + size - 1)
        yield {market: inside for market, holes in left.items() if (inside := _part(holes, window))}
        after = Span(window.last + 1, max(holes[-1].last for holes in left.values()))
        left = {market: later for market, holes in left.items() if (later := _part(holes, after))}


def _part(holes: Sequence[Span], window: Span) -> list[Span]:
    return [inside for hole in holes if (inside := hole.within(window))]


def _batches(members: Mapping[str, Sequence[Span]]) -> Iterator[Call]:
    # Neighbours in time share a call, so that its period is as short as can be.
    ordered = sorted(members, key=lambda market: (members[market][0].first, market))
    for start in range(0, len(ordered), MOST_MARKETS):
        batch = ordered[start : start + MOST_MARKETS]
        first = min(members[market][0].first for market in batch)
        yield Call(tuple(batch), Span(first, max(members[market][-1].last for market in batch)))

"""The answer to "what is missing": by hour, by market, by series. Pure: adds up what was found, asks nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.gap import LOST, RECOVERABLE, LedgerHour, Life, Span, first_reachable, label

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

COMPLETE, PARTIAL, MISSED, BACKFILLED = STATUSES = ("complete", "partial", "missed", "backfilled")


class MarketHoles(NamedTuple):
    """One market: the hours it belongs in, and those of them in which it has no row, as ascending spans."""

    life: Life
    belongs: Span
    holes: list[Span]

    @property
    def missing(self) -> int:
        """How many rows are missing."""
        return sum(hole.hours for hole in self.holes)


class Loss(NamedTuple):
    """Consecutive hours of one market without a row, all recoverable or all lost, in hours of one status."""

    life: Life
    span: Span
    status: str
    label: str


class HourGap(NamedTuple):
    """Consecutive hours that are not complete, alike in status, label and reason; counts are of market-hours.

    `label` is None where nothing is missing any more.
    """

    span: Span
    status: str
    label: str | None
    recoverable: int
    lost: int
    reason: str | None


class Coverage(NamedTuple):
    """How many of the rows that must be there are there."""

    name: str
    expected: int
    present: int

    @property
    def percent(self) -> str:
        """Two decimals, cut off: one row missing of a million is not 100.00. Where nothing is expected, nothing is."""
        hundredths = 10_000 * self.present // self.expected if self.expected else 10_000
        return f"{hundredths // 100}.{hundredths % 100:02}"


class Gaps(NamedTuple):
    """All that is known of one scope's hours in `window` (None: the ledger has no hour there)."""

    scope: str
    window: Span | None
    ledger: Mapping[int, LedgerHour]
    markets: list[MarketHoles]
    asked_in_vain: Mapping[str, Collection[int]]

    def status(self, hour: int) -> str:
        """Give an hour's word; an hour of which the ledger knows nothing was missed."""
        known = self.ledger.get(hour)
        return known.status if known else MISSED

    def hours_by_status(self) -> Counter[str]:
        """Count the window's hours by status."""
        if self.window is None:
            return Counter()
        counted = Counter(one.status for hour, one in self.ledger.items() if self._holds(hour))
        counted[MISSED] += self.window.hours - counted.total()
        return counted

    def losses(self) -> Iterator[Loss]:
        """Give every missing row, joined to spans, market by market."""
        changes = self._status_changes()
        for life, _, holes in self.markets:
            asked = self.asked_in_vain.get(life.market_id, ())
            reachable = first_reachable(life)
            edges = sorted({*asked, *(hour + 1 for hour in asked), *(() if reachable is None else (reachable,))})
            parts = (
                Loss(life, part, self.status(part.first), label(life, part.first, asked_in_vain=asked))
                for hole in holes
                for part in _cut(hole, sorted({*_inside(hole, changes), *_inside(hole, edges)}))
            )
            yield from _rejoined(parts)

    def _status_changes(self) -> list[int]:
        """List the hours whose status is not that of the hour before."""
        near = sorted({hour + step for hour in self.ledger for step in (0, 1)})
        return [hour for hour in near if self.status(hour) != self.status(hour - 1)]

    def hour_gaps(self) -> list[HourGap]:
        """Give the hours that are not complete, consecutive ones that are alike joined."""
        if self.window is None:
            return []
        missing = self.missing_by_hour()
        found = []
        for hour in range(self.window.first, self.window.last + 1):
            status = self.status(hour)
            if status != COMPLETE:
                counts = {word: missing[word].get(hour, 0) for word in (RECOVERABLE, LOST)}
                known = self.ledger.get(hour)
                # Until back-fill has looked, the series can still be asked for markets nobody has seen.
                unsearched = status == PARTIAL or known is None
                word = RECOVERABLE if unsearched or counts[RECOVERABLE] else LOST if counts[LOST] else None
                found.append((hour, status, word, counts, known.reason if known else None))
        alike = groupby(enumerate(found), lambda at: (at[1][0] - at[0], at[1][1], at[1][2], at[1][4]))
        return [_joined([one for _, one in run]) for _, run in alike]

    def missing_by_hour(self) -> dict[str, dict[int, int]]:
        """Count the missing rows of each hour, by label."""
        steps: dict[str, Counter[int]] = {RECOVERABLE: Counter(), LOST: Counter()}
        for loss in self.losses():
            steps[loss.label][loss.span.first] += 1
            steps[loss.label][loss.span.last + 1] -= 1
        return {word: _levels(steps[word]) for word in steps}

    def coverage(self, kind: str) -> list[Coverage]:
        """Add up by `series_ticker` or `macro_event_type`, or to one `total`."""
        expected: Counter[str] = Counter()
        missing: Counter[str] = Counter()
        for market in self.markets:
            name = "total" if kind == "total" else getattr(market.life, kind) or "-"
            expected[name] += market.belongs.hours
            missing[name] += market.missing
        return [Coverage(name, expected[name], expected[name] - missing[name]) for name in sorted(expected)]

    def is_whole(self) -> bool:
        """Tell whether nothing at all is missing."""
        by_status = self.hours_by_status()
        return not (by_status[MISSED] or by_status[PARTIAL] or any(market.holes for market in self.markets))

    def _holds(self, hour: int) -> bool:
        return self.window is not None and self.window.first <= hour <= self.window.last


def _joined(run: Sequence[tuple[int, str, str | None, Mapping[str, int], str | None]]) -> HourGap:
    first, status, word, _, reason = run[0]
    recoverable, lost = (sum(one[3][each] for one in run) for each in (RECOVERABLE, LOST))
    return HourGap(Span(first, run[-1][0]), status, word, recoverable, lost, reason)


def _inside(hole: Span, edges: Sequence[int]) -> Sequence[int]:
    """Give the ascending edges at which a hole may fall into parts."""
    return edges[bisect_right(edges, hole.first) : bisect_right(edges, hole.last)]


def _cut(hole: Span, edges: Sequence[int]) -> list[Span]:
    return [Span(first, after - 1) for first, after in pairwise((hole.first, *edges, hole.last + 1))]


def _rejoined(parts: Iterable[Loss]) -> Iterator[Loss]:
    """Join neighbours that are alike: asked one by one, they were cut hour by hour."""
    before: Loss | None = None
    for part in parts:
        if before and before.span.last + 1 == part.span.first and before[2:] == part[2:]:
            before = before._replace(span=Span(before.span.first, part.span.last))
            continue
        if before:
            yield before
        before = part
    if before:
        yield before


def _levels(steps: Mapping[int, int]) -> dict[int, int]:
    """Turn steps up and down into the level of each hour that has one above zero."""
    edges = sorted(steps)
    found: dict[int, int] = {}
    level = 0
    for first, after in pairwise(edges):
        level += steps[first]
        if level:
            found |= dict.fromkeys(range(first, after), level)
    return found

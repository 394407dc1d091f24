"""Finding what is missing, fast: rules (domain.gap) over the database (storage.gaps). It writes nothing.

A year of 723 markets has 6.3 million rows. Hours without any row are known at once; partial hours are asked about
one by one; then each market's rows need only be as many as its other hours, and only where they are not is looked
closer.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.coverage import MISSED, PARTIAL, Gaps, MarketHoles
from kalshi_common.domain.gap import Life, Span, belongs_in, hour_number, spans
from kalshi_common.domain.hour import utc_text
from kalshi_common.errors import ConfigError, StorageError
from kalshi_common.storage import gaps

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping, Sequence

    from kalshi_common.storage.gaps import ScopeHours


class Question(NamedTuple):
    """What to look at. `until` is the first hour no longer looked at: the one in progress, or an earlier one.

    `scope` is chosen by name or, where None, is `usual` if the ledger has it, else the one collected last.
    """

    until: int
    usual: str
    scope: str | None = None
    since: int | None = None
    series: Collection[str] = ()
    market: str | None = None


def question(  # noqa: PLR0913  # each is an option of the command
    *,
    usual: str,
    now: str,
    since: str | None = None,
    until: str | None = None,
    series: Collection[str] = (),
    market: str | None = None,
    scope: str | None = None,
) -> Question:
    """Read the options of a command; `now` is UTC text, and the hour in progress is not looked at.

    Raises:
        ConfigError: a time that is none, or an empty range.
    """
    first, after = (
        None if text is None else _hour(name, text) for name, text in (("--since", since), ("--until", until))
    )
    if first is not None and after is not None and first >= after:
        raise ConfigError(f"--since {since} is not before --until {until}: no hour is left to look at")
    present = hour_number(now)
    return Question(present if after is None else min(after, present), usual, scope, first, series, market)


def _hour(option: str, text: str) -> int:
    try:
        moment = dt.datetime.fromisoformat(text)
        return hour_number(utc_text(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)))
    except (ValueError, OverflowError):
        raise ConfigError(
            f"{option}: {text!r} is no time; write a UTC day or hour like 2026-11-23 or 2026-11-23T05:00"
        ) from None


def find(connection: sqlite3.Connection, question: Question) -> Gaps:
    """Find every missing row that is asked about.

    Raises:
        StorageError: nothing was ever collected.
        ConfigError: the database has no such scope, series or market.
    """
    with gaps.one_state(connection):
        known = gaps.scopes(connection)
        if not known:
            raise StorageError("the ledger is empty: no collect cycle has run yet; start one with `kalshi run`")
        chosen = _scope(known, question)
        window = _window(chosen, known, question)
        if window is None:
            return Gaps(chosen.scope, None, {}, [], {})
        ledger = gaps.ledger_hours(connection, chosen.scope, window)
        found = Gaps(chosen.scope, window, ledger, [], gaps.asked_in_vain(connection))
        expected = _expected(connection, question, found, window)
        return found._replace(markets=_Search(connection, found, window, expected).holes())


def _scope(known: Sequence[ScopeHours], question: Question) -> ScopeHours:
    by_name = {one.scope: one for one in known}
    if question.scope is not None and question.scope not in by_name:
        raise ConfigError(f"--scope: {question.scope!r} was never collected; collected: {', '.join(by_name)}")
    return by_name.get(question.scope or question.usual) or known[0]


def _window(chosen: ScopeHours, known: Sequence[ScopeHours], question: Question) -> Span | None:
    """Give the hours to look at, from the scope's first on. One that is no longer collected ends with its last hour."""
    goes_on = chosen.scope in {known[0].scope, question.usual}
    last = question.until - 1 if goes_on else min(chosen.span.last, question.until - 1)
    first = chosen.span.first if question.since is None else max(question.since, chosen.span.first)
    return Span(first, last) if first <= last else None


def _expected(connection: sqlite3.Connection, question: Question, found: Gaps, window: Span) -> list[tuple[Life, Span]]:
    """List the markets asked about, with the hours of the window each belongs in."""
    collected = gaps.series_collected(connection, found.scope, until=window.last)
    lives = gaps.lives(connection, market_id=question.market)
    _refuse_unknown(question, lives, collected)
    expected = []
    for life in lives:
        if question.series and life.series_ticker not in question.series:
            continue
        during = window if collected is None else collected.get(life.series_ticker)
        during = during and during.within(window)
        span = during and belongs_in(life, during, found.ledger)
        if span:
            expected.append((life, span))
    return expected


def _refuse_unknown(question: Question, lives: Sequence[Life], collected: Mapping[str, Span] | None) -> None:
    if question.market is not None and not lives:
        raise ConfigError(f"--market: {question.market!r} is no market the database knows; check its ticker")
    known = {life.series_ticker for life in lives} | set(collected or ())
    if question.market is None and (unknown := sorted(set(question.series) - known)):
        raise ConfigError(f"--series: the database knows no series {', '.join(unknown)}; check the ticker")


class _Search:
    """The three steps over the markets of one question."""

    def __init__(
        self, connection: sqlite3.Connection, found: Gaps, window: Span, expected: list[tuple[Life, Span]]
    ) -> None:
        self._connection, self._expected = connection, expected
        self._empty: list[int] = []
        doubtful = []
        for hour in range(window.first, window.last + 1):
            status = found.status(hour)
            if status in {MISSED, PARTIAL} and gaps.is_empty(connection, hour):
                self._empty.append(hour)
            elif status in {MISSED, PARTIAL}:
                doubtful.append(hour)
        self._short = self._ask_one_by_one(doubtful)

    def _ask_one_by_one(self, hours: Sequence[int]) -> dict[str, list[int]]:
        here: dict[int, list[str]] = {hour: [] for hour in hours}
        for life, span in self._expected:
            for hour in _inside(span, hours):
                here[hour].append(life.market_id)
        short: dict[str, list[int]] = {}
        for hour, market_ids in here.items():
            for market_id in gaps.without_row(self._connection, market_ids, hour):
                short.setdefault(market_id, []).append(hour)
        return short

    def holes(self) -> list[MarketHoles]:
        """Give every market with its holes."""
        return [MarketHoles(life, span, self._holes(life.market_id, span)) for life, span in self._expected]

    def _holes(self, market_id: str, span: Span) -> list[Span]:
        missing = sorted([*_inside(span, self._empty), *self._short.get(market_id, ())])
        rest = span.hours - len(missing)
        if rest and not gaps.has_rows(self._connection, market_id, span, rest):
            present = set(gaps.hours_of(self._connection, market_id, span))
            missing = [hour for hour in range(span.first, span.last + 1) if hour not in present]
        return spans(missing)


def _inside(span: Span, hours: Sequence[int]) -> Sequence[int]:
    """Give those of some ascending hours that lie in a span."""
    return hours[bisect_left(hours, span.first) : bisect_right(hours, span.last)]

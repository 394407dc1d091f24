"""What should be stored and is not: which hours a market belongs in, and which losses candlesticks can still mend.

Pure. Hours are whole numbers since 1970 (UTC), so a night on which local clocks change is nothing special.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.hour import parse_utc, utc_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

RECOVERABLE, LOST = "recoverable", "lost"
_HOUR_S = 3600


@lru_cache(maxsize=1 << 15)
def hour_number(text: str) -> int:
    """Number the hour that an instant (UTC text) lies in."""
    return int(parse_utc(text).timestamp() // _HOUR_S)


@lru_cache(maxsize=1 << 15)
def hour_text(number: int) -> str:
    """Write the beginning of an hour as UTC text."""
    return utc_text(dt.datetime.fromtimestamp(number * _HOUR_S, dt.UTC))


class Span(NamedTuple):
    """Consecutive hours, both ends counted in."""

    first: int
    last: int

    @property
    def hours(self) -> int:
        """How many hours it has."""
        return self.last - self.first + 1

    def within(self, other: Span) -> Span | None:
        """Give the hours that lie in both; None where there is none."""
        common = Span(max(self.first, other.first), min(self.last, other.last))
        return common if common.hours > 0 else None


def spans(hours: Iterable[int]) -> list[Span]:
    """Join ascending hours into spans."""
    found: list[Span] = []
    for hour in hours:
        if found and found[-1].last == hour - 1:
            found[-1] = Span(found[-1].first, hour)
        else:
            found.append(Span(hour, hour))
    return found


class LedgerHour(NamedTuple):
    """What the ledger says of an hour; the instants (UTC text) of its first and last page, where there were any."""

    status: str
    seen_from: str | None
    seen_to: str | None
    reason: str | None


class Life(NamedTuple):
    """A market and when it could be traded (UTC text; None: unknown, so it bounds nothing)."""

    market_id: str
    series_ticker: str
    macro_event_type: str | None
    opens_at: str | None
    closes_at: str | None


def belongs_in(life: Life, window: Span, ledger: Mapping[int, LedgerHour]) -> Span | None:
    """Tell in which hours of a window a market must have a row.

    In an hour that was walked: those in which it was open during the whole walk, from its first page to its last. In
    one that was not: those in which it was open at the hour's beginning, the instant that a candlestick shows.
    """
    first, last = window
    if life.opens_at is not None:
        opening = hour_number(life.opens_at)
        first = max(first, opening if life.opens_at <= _seen_from(opening, ledger) else opening + 1)
    if life.closes_at is not None:
        closing = hour_number(life.closes_at)
        while closing >= first and _seen_to(closing, ledger) >= life.closes_at:
            closing -= 1
        last = min(last, closing)
    return Span(first, last) if first <= last else None


def _seen_from(hour: int, ledger: Mapping[int, LedgerHour]) -> str:
    walked, beginning = ledger.get(hour), hour_text(hour)
    # A clock set back during a walk may put a page before its hour.
    return max(beginning, walked.seen_from or beginning) if walked else beginning


def _seen_to(hour: int, ledger: Mapping[int, LedgerHour]) -> str:
    walked, beginning = ledger.get(hour), hour_text(hour)
    return max(beginning, walked.seen_to or beginning) if walked else beginning


def first_reachable(life: Life) -> int | None:
    """Name the first hour of which a candlestick can give a market's row; None where nothing bounds it.

    The row of hour H is the close of the candlestick whose `end_period_ts` is H: the last thing known when the hour
    began. The exchange serves them for live and for archived markets alike (OpenAPI 3.34.0, `GET
    /markets/candlesticks` and `GET /historical/markets/{ticker}/candlesticks`), so every hour can be reached that
    began while the market was already open.
    """
    return None if life.opens_at is None else hour_number(life.opens_at) + 1


def label(life: Life, hour: int, *, asked_in_vain: Collection[int]) -> str:
    """Tell whether a candlestick can still give a missing row: it reaches the hour, and was not asked for in vain."""
    reachable = first_reachable(life)
    too_early = reachable is not None and hour < reachable
    return LOST if too_early or hour in asked_in_vain else RECOVERABLE

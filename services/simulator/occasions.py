"""When the events of a series open and close, from the calendar alone: a restarted simulator finds the same ones."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from simulator.catalog import Rhythm

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEETING_MONTHS = (1, 3, 4, 6, 7, 9, 10, 12)
_QUARTER_MONTHS = (1, 4, 7, 10)
_PAST = dt.timedelta(days=190)
_AHEAD = dt.timedelta(days=200)
_MONTHS_IN_YEAR = 12


class Occasion(NamedTuple):
    """One event of a series: the tail of its ticker, and when its markets open and close (UTC)."""

    label: str
    opens: dt.datetime
    closes: dt.datetime


def occasions(rhythm: Rhythm, open_at_once: int, anchor: dt.datetime) -> Iterator[Occasion]:
    """Yield a series' events from about six months before `anchor` to about six after it.

    An event opens when the one `open_at_once` places before it closes, so that many are open at any time.
    """
    closes = list(_closes(rhythm, anchor))
    for opens, (label, close) in zip(closes, closes[open_at_once:], strict=False):
        if close > anchor - _PAST and opens[1] < anchor + _AHEAD:
            yield Occasion(label, opens[1], close)


def _closes(rhythm: Rhythm, anchor: dt.datetime) -> Iterator[tuple[str, dt.datetime]]:
    if rhythm is Rhythm.WEEKLY:
        yield from _weekly(anchor)
        return
    for year in range(anchor.year - 3, anchor.year + 5):
        if rhythm is Rhythm.YEARLY:
            yield f"{year % 100:02d}", dt.datetime(year, 12, 31, 23, 59, tzinfo=dt.UTC)
        elif rhythm is Rhythm.MONTHLY:
            for month in range(1, _MONTHS_IN_YEAR + 1):
                # A month's figure is published, and its markets close, in the month after it.
                closes = dt.datetime(
                    year + month // _MONTHS_IN_YEAR, month % _MONTHS_IN_YEAR + 1, 12, 13, 25, tzinfo=dt.UTC
                )
                yield f"{dt.date(year, month, 1):%y%b}".upper(), closes
        else:
            for month in _MEETING_MONTHS if rhythm is Rhythm.MEETING else _QUARTER_MONTHS:
                closes = dt.datetime(year, month, 28, 18, 55, tzinfo=dt.UTC)
                yield f"{closes:%y%b%d}".upper(), closes


def _weekly(anchor: dt.datetime) -> Iterator[tuple[str, dt.datetime]]:
    thursday = anchor.date() - dt.timedelta(days=(anchor.weekday() - 3) % 7)
    for week in range(-45, 40):
        day = thursday + dt.timedelta(weeks=week)
        yield f"{day:%y%b%d}".upper(), dt.datetime(day.year, day.month, day.day, 12, 25, tzinfo=dt.UTC)

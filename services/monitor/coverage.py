"""Coverage of the last days, series by hour, from the ledger and its walks. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.hour import snapshot_hour, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kalshi_common.storage.overview import HourRow, WalkRow

STATES = ("missed", "partial", "backfilled", "complete")
"""What an hour of a series can be; the index is the value in the figure."""

_HOUR = dt.timedelta(hours=1)


class Line(NamedTuple):
    """One line of the map: a series (or a whole scope), a state per hour (None: not asked for), rows seen per hour."""

    name: str
    states: list[str | None]
    rows: list[int]

    def count(self, state: str) -> int:
        """Count the hours in a state."""
        return self.states.count(state)

    @property
    def covered(self) -> float | None:
        """The share of asked-for hours that are complete, 0 to 1; None where none was asked for."""
        asked = len(self.states) - self.states.count(None)
        return self.count("complete") / asked if asked else None


class Coverage(NamedTuple):
    """The map: its hours (UTC text, oldest first) and lines."""

    hours: list[str]
    lines: list[Line]

    @property
    def covered(self) -> float | None:
        """The share of all asked-for cells that are complete."""
        asked = sum(len(line.states) - line.states.count(None) for line in self.lines)
        return sum(line.count("complete") for line in self.lines) / asked if asked else None


def hours_shown(now: dt.datetime, days: int, first: str | None) -> list[str]:
    """List the hours of the last `days` days, the running one last; none before the first of the ledger."""
    newest = snapshot_hour(now)
    hours = [utc_text(newest - _HOUR * back) for back in range(days * 24 - 1, -1, -1)]
    return [hour for hour in hours if first is not None and hour >= first]


def coverage(hours: Sequence[str], ledger: Iterable[HourRow], walks: Iterable[WalkRow], *, whole: str) -> Coverage:
    """Lay walks over hours. `whole` is the scope whose walks are no series: it has one line, from the ledger."""
    columns = {hour: column for column, hour in enumerate(hours)}
    found = [row for row in ledger if row.snapshot_hour_utc in columns]
    lines: dict[str, Line] = {}
    for walk in walks:
        if walk.snapshot_hour_utc in columns:
            complete = walk.ended == "empty_cursor"
            _mark(
                lines, walk.walk, columns[walk.snapshot_hour_utc], "complete" if complete else "partial", walk.rows_seen
            )
    for row in found:
        if row.scope == whole:
            _mark(lines, "all markets", columns[row.snapshot_hour_utc], row.status, row.rows_seen)
    backfilled = {columns[row.snapshot_hour_utc] for row in found if row.status == "backfilled"}
    return Coverage(list(hours), [_filled(line, len(hours), backfilled) for _, line in sorted(lines.items())])


def _mark(lines: dict[str, Line], name: str, column: int, state: str, rows: int) -> None:
    line = lines.setdefault(name, Line(name, [], []))
    missing = column + 1 - len(line.states)
    line.states.extend([None] * missing)
    line.rows.extend([0] * missing)
    # Two scopes may walk one series in the same hour: the better of the two counts.
    known = line.states[column]
    if known is None or STATES.index(state) >= STATES.index(known):
        line.states[column], line.rows[column] = state, max(rows, line.rows[column])


def _filled(line: Line, width: int, backfilled: set[int]) -> Line:
    """Say what the hours without a walk are: missed, from the first walk on; the running hour may still come."""
    states = [*line.states, *[None] * (width - len(line.states))]
    rows = [*line.rows, *[0] * (width - len(line.rows))]
    first = next(column for column, state in enumerate(states) if state is not None)
    for column in range(width):
        if states[column] in {None, "partial"} and column in backfilled:
            states[column] = "backfilled"
        elif states[column] is None and first < column < width - 1:
            states[column] = "missed"
    return Line(line.name, states, rows)

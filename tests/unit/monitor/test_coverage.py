"""Coverage: what each hour of each series was, from the ledger and its walks."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.storage.overview import HourRow, WalkRow
from monitor.coverage import STATES, Coverage, coverage, hours_shown
from monitor.figures.coverage import coverage_figure

NOW = dt.datetime(2026, 11, 23, 5, 42, tzinfo=dt.UTC)
HOURS = [f"2026-11-23T0{number}:00:00Z" for number in range(6)]


def walk(hour: int, series: str = "KXCPI", ended: str = "empty_cursor", *, scope: str = "macro") -> WalkRow:
    return WalkRow(HOURS[hour], scope, series, ended, 6, None)


def ledger(hour: int, status: str, scope: str = "macro") -> HourRow:
    return HourRow(HOURS[hour], scope, status, 1, 1, 6, 6, 600, None)


def states(found: Coverage, series: str = "KXCPI") -> list[str | None]:
    return next(line.states for line in found.lines if line.name == series)


def test_the_hours_shown_end_with_the_running_one_and_begin_no_earlier_than_the_ledger() -> None:
    assert hours_shown(NOW, 1, "2026-01-01T00:00:00Z")[-1] == "2026-11-23T05:00:00Z"
    assert len(hours_shown(NOW, 7, "2026-01-01T00:00:00Z")) == 168
    assert hours_shown(NOW, 7, "2026-11-23T03:00:00Z") == HOURS[3:]
    assert hours_shown(NOW, 7, None) == []


def test_a_walk_that_reached_the_empty_cursor_is_complete_and_any_other_partial() -> None:
    walks = [walk(0), walk(1, ended="failed"), walk(2, ended="stopped"), walk(3, ended="running"), walk(4), walk(5)]
    assert states(coverage(HOURS, [], walks, whole="all")) == [
        "complete", "partial", "partial", "partial", "complete", "complete"
    ]  # fmt: skip


def test_an_hour_without_a_walk_is_missed_between_the_first_walk_and_the_running_hour() -> None:
    found = coverage(HOURS, [], [walk(1), walk(3)], whole="all")
    assert states(found) == [None, "complete", "missed", "complete", "missed", None]


def test_an_hour_filled_in_later_is_told_apart_and_is_not_covered() -> None:
    rows = [ledger(0, "complete"), ledger(1, "backfilled"), ledger(2, "backfilled"), ledger(3, "complete")]
    found = coverage(HOURS[:4], rows, [walk(0), walk(2, ended="failed"), walk(3)], whole="all")
    assert states(found) == ["complete", "backfilled", "backfilled", "complete"]
    assert found.covered == 0.5


def test_the_better_of_two_scopes_counts_in_either_order() -> None:
    good, bad = walk(0, scope="macro"), walk(0, ended="failed", scope="series")
    for walks in ([good, bad], [bad, good]):
        assert states(coverage(HOURS[:1], [], walks, whole="all")) == ["complete"]


def test_the_whole_exchange_has_one_line_from_the_ledger() -> None:
    rows = [ledger(0, "complete", "all"), ledger(1, "partial", "all"), ledger(2, "complete", "all")]
    found = coverage(HOURS[:3], rows, [], whole="all")
    assert [(line.name, line.states) for line in found.lines] == [("all markets", ["complete", "partial", "complete"])]


def test_what_is_older_than_the_hours_shown_is_left_out() -> None:
    assert coverage(HOURS[3:], [ledger(0, "complete", "all")], [walk(0)], whole="all").lines == []


def test_nothing_has_no_share() -> None:
    assert coverage([], [], [], whole="all").covered is None


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("AB"), st.booleans()), max_size=30))
def test_every_line_has_a_state_for_every_hour_and_counts_add_up(walks: list[tuple[int, str, bool]]) -> None:
    rows = sorted(walk(hour, name, "empty_cursor" if good else "failed") for hour, name, good in walks)
    found = coverage(HOURS, [], rows, whole="all")
    for line in found.lines:
        assert len(line.states) == len(line.rows) == len(HOURS)
        assert sum(line.count(state) for state in STATES) + line.states.count(None) == len(HOURS)
    assert found.covered is None or 0 <= found.covered <= 1


def test_the_figure_has_a_column_per_hour_a_line_per_series_and_a_colour_per_state() -> None:
    found = coverage(HOURS, [], [walk(0), walk(2), walk(4, "KXGDP", "failed")], whole="all")
    [trace] = coverage_figure(found)["data"]
    assert trace["x"] == HOURS
    assert trace["y"] == ["KXGDP", "KXCPI"]
    assert trace["z"][1] == [STATES.index("complete"), 0, STATES.index("complete"), 0, 0, None]
    assert [colour for _, colour in trace["colorscale"][::2]] == [f"var(--{state})" for state in STATES]

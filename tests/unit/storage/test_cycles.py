"""Every run has its row, every mode its last word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import StorageError
from kalshi_common.report import CycleEnding, CycleReport
from kalshi_common.storage import cycles
from support.data_dir import HOUR, LATER, NOW, rows

if TYPE_CHECKING:
    from kalshi_common.storage.database import Database


def start(cycle_id: str = "c1", mode: str = "collect") -> cycles.CycleStart:
    return cycles.CycleStart(cycle_id, mode, "0.1.0", "host", HOUR, NOW)


def begin(database: Database, cycle_id: str = "c1", mode: str = "collect") -> list[str]:
    with database.write() as connection:
        return cycles.begin(connection, start(cycle_id, mode))


def finish(database: Database, cycle_id: str = "c1", *errors: str, at: str = LATER, duration_s: float = 1.5) -> None:
    outcome = "incomplete" if errors else "ok"
    report = CycleReport(scanned=10, inserted=7, errors=list(errors))
    ending = CycleEnding(cycle_id, "collect", HOUR, NOW, at, duration_s, outcome, report)
    with database.write() as connection:
        cycles.finish(connection, start(cycle_id), ending)


def status(database: Database) -> list[dict[str, object]]:
    with database.read() as connection:
        return cycles.status_rows(connection)


def test_a_run_that_has_begun_is_running_until_it_ends(database: Database) -> None:
    assert begin(database) == []
    assert rows(database, "SELECT * FROM cycles") == [
        ("c1", "collect", "0.1.0", "host", HOUR, NOW, None, None, "running", None, None, None, None)
    ]
    assert status(database) == []
    finish(database)
    assert rows(database, "SELECT * FROM cycles") == [
        ("c1", "collect", "0.1.0", "host", HOUR, NOW, LATER, 1.5, "ok", 10, 7, 0, None)
    ]


def test_a_run_that_never_ended_is_found_and_named_by_the_next_of_its_mode(database: Database) -> None:
    begin(database, "c1")
    begin(database, "t1", "trade")
    assert begin(database, "c2") == ["c1"]
    finish(database, "c2")
    assert begin(database, "c3") == []
    assert rows(database, "SELECT cycle_id, outcome FROM cycles ORDER BY 1") == [
        ("c1", "killed"), ("c2", "ok"), ("c3", "running"), ("t1", "running")
    ]  # fmt: skip


def test_a_failed_run_tells_its_first_error_and_how_many_there_were(database: Database) -> None:
    begin(database)
    finish(database, "c1", "the exchange did not answer", "no books")
    assert rows(database, "SELECT outcome, errors, error FROM cycles") == [
        ("incomplete", 2, "the exchange did not answer (and 1 more in the report)")
    ]


def test_the_status_keeps_the_last_success_and_the_last_error_side_by_side(database: Database) -> None:
    begin(database, "c1")
    finish(database, "c1", at=NOW)
    begin(database, "c2")
    finish(database, "c2", "hang", at=LATER, duration_s=2.5)
    assert status(database) == [
        {
            "mode": "collect",
            "last_success_at_utc": NOW,
            "last_error_at_utc": LATER,
            "last_cycle_id": "c2",
            "last_duration_s": 2.5,
            "last_error": "hang",
        }
    ]
    begin(database, "c3")
    finish(database, "c3", at="2026-11-23T07:00:00Z")
    (row,) = status(database)
    assert (row["last_success_at_utc"], row["last_error_at_utc"], row["last_error"], row["last_cycle_id"]) == (
        "2026-11-23T07:00:00Z", LATER, "hang", "c3"
    )  # fmt: skip


def test_two_runs_cannot_have_one_id(database: Database) -> None:
    begin(database)
    with pytest.raises(StorageError, match="UNIQUE constraint failed"):
        begin(database)

"""What health is judged by, read from real files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kalshi_common.health import FailingMode
from kalshi_common.report import CycleEnding, CycleReport
from kalshi_common.storage import cycles, ledger, maintenance
from kalshi_common.storage.database import Database
from kalshi_common.storage.health import free_bytes, read_facts
from support.data_dir import as_root, migrated

if TYPE_CHECKING:
    from pathlib import Path


def run(database: Database, outcome: str, at: str, *, mode: str = "collect", error: str = "no answer") -> None:
    start = cycles.CycleStart(f"{mode}-{at}", mode, "0.1.0", "host", at, at)
    report = CycleReport(errors=[] if outcome == "ok" else [error])
    with database.write() as connection:
        cycles.begin(connection, start)
        if outcome != "running":
            cycles.finish(connection, start, CycleEnding(start.cycle_id, mode, at, at, at, 1.0, outcome, report))


def hour(database: Database, at: str, *, complete: bool) -> None:
    key = ledger.HourKey(at, "macro")
    with database.write() as connection:
        ledger.begin(connection, key, cycle_id="c")
        if complete:
            ledger.keep_walk(
                connection, key, cycle_id="c", walk=ledger.WalkRecord("KXCPI", "empty_cursor", 1, 1, 1, 1, at, at, None)
            )
            ledger.finish(connection, key, cycle_id="c", planned=["KXCPI"], reason=None)


def test_the_newest_and_first_complete_hours_leave_partial_ones_out(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        hour(database, "2026-11-23T01:00:00Z", complete=False)
        hour(database, "2026-11-23T02:00:00Z", complete=True)
        hour(database, "2026-11-23T03:00:00Z", complete=True)
        hour(database, "2026-11-23T04:00:00Z", complete=False)
    facts = read_facts(tmp_path)
    assert (facts.first_complete_hour_utc, facts.newest_complete_hour_utc) == (
        "2026-11-23T02:00:00Z",
        "2026-11-23T03:00:00Z",
    )


def test_an_empty_database_knows_nothing_and_is_no_error(tmp_path: Path) -> None:
    migrated(tmp_path).close()
    facts = read_facts(tmp_path)
    assert facts._replace(free_bytes=None) == (None, None, None, None, None, None, None, None, ())
    assert facts.free_bytes is not None
    assert facts.free_bytes > 0


def test_only_good_backups_and_drills_count_and_each_for_itself(tmp_path: Path) -> None:
    with migrated(tmp_path) as database, database.write() as connection:
        for kind, outcome, at in (
            ("backup", "ok", "2026-11-20T03:00:00Z"),
            ("backup", "failed", "2026-11-21T03:00:00Z"),
            ("drill", "ok", "2026-11-19T03:00:00Z"),
        ):
            maintenance.record(connection, maintenance.MaintenanceRun(kind, at, at, outcome))
    facts = read_facts(tmp_path)
    assert (facts.last_backup_at_utc, facts.last_drill_at_utc) == ("2026-11-20T03:00:00Z", "2026-11-19T03:00:00Z")


def test_a_failing_mode_is_dated_from_its_first_failure_since_the_last_success(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        run(database, "failed", "2026-11-23T01:05:00Z")
        run(database, "ok", "2026-11-23T02:05:00Z")
        run(database, "incomplete", "2026-11-23T03:05:00Z")
        run(database, "failed", "2026-11-23T04:05:00Z", error="the disk is full")
    assert read_facts(tmp_path).failing == (
        FailingMode("collect", "2026-11-23T03:05:00Z", "failed", "the disk is full"),
    )


def test_a_success_ends_a_failure_and_a_run_under_way_changes_nothing(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        run(database, "failed", "2026-11-23T01:05:00Z")
        run(database, "ok", "2026-11-23T02:05:00Z")
        run(database, "running", "2026-11-23T03:05:00Z")
        run(database, "failed", "2026-11-23T01:10:00Z", mode="trade")
    assert [each.mode for each in read_facts(tmp_path).failing] == ["trade"]


def test_the_first_cycle_of_collecting_is_told_whatever_other_modes_did(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        run(database, "ok", "2026-11-23T01:05:00Z", mode="trade")
        run(database, "running", "2026-11-23T03:05:00Z")
    assert read_facts(tmp_path).first_cycle_at_utc == "2026-11-23T03:05:00Z"


def test_without_a_database_that_is_the_fact(tmp_path: Path) -> None:
    facts = read_facts(tmp_path)
    assert facts.database_key == "database_missing"
    assert str(tmp_path) in str(facts.database)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_has_no_free_space_to_tell(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "gone") is None
    assert read_facts(tmp_path / "gone").database_key == "database_missing"


def test_a_pending_migration_is_told_by_its_name(tmp_path: Path) -> None:
    Database(tmp_path).close()
    facts = read_facts(tmp_path)
    assert facts.database_key == "schema_pending"
    assert "0001_collect" in str(facts.database)


def test_a_database_of_a_newer_program_is_told(tmp_path: Path) -> None:
    with migrated(tmp_path) as database, database.write() as connection:
        connection.execute("INSERT INTO _yoyo_migration (migration_hash, migration_id) VALUES ('x', '0999_later')")
    facts = read_facts(tmp_path)
    assert facts.database_key == "schema_newer"
    assert "0999_later" in str(facts.database)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "kalshi.sqlite").write_text("Dear diary. " * 1000)
    facts = read_facts(tmp_path)
    assert facts.database_key == "database_unreadable"
    assert "damaged" in str(facts.database)


@as_root
@pytest.mark.parametrize("mode", [0o000])
def test_a_folder_that_may_not_be_looked_into_is_told(tmp_path: Path, mode: int) -> None:
    # Root may look everywhere, so the check runs as another user.
    from support.data_dir import child, ended  # noqa: PLC0415  # only this test needs them

    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(mode)
    tmp_path.chmod(0o755)
    code = """
import os, sys
from pathlib import Path
from kalshi_common.storage.health import read_facts
os.setuid(10001)
print(read_facts(Path(sys.argv[1])).database_key)
"""
    _, out, err = ended(child(code, closed))
    assert out == "database_unreadable\n", err

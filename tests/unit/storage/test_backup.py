"""Backups: of one instant, proven, put in place in one step, kept by the rules; a failed one changes nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import LockHeldError, StorageError
from kalshi_common.lock import mode_lock
from kalshi_common.storage import backup_folder
from kalshi_common.storage.backup import take_backup
from kalshi_common.storage.database import DATABASE_NAME
from kalshi_common.storage.manifest import read_manifest
from kalshi_common.storage.verify import verify_backup
from support.data_dir import HOUR, LATER, child, ended, rows
from support.safekeeper import Safekeeper, add_hour, files

if TYPE_CHECKING:
    from pathlib import Path

    from kalshi_common.storage.database import Database

TODAY = dt.date(2026, 11, 23)
NAME, MANIFEST = "kalshi_20261123.sqlite", "kalshi_20261123.manifest.json"


@pytest.fixture
def keeper(database: Database, tmp_path: Path) -> Safekeeper:
    add_hour(database, HOUR)
    return Safekeeper(tmp_path)


def test_a_backup_has_every_row_its_manifest_beside_it_and_a_row_that_tells_of_it(keeper: Safekeeper) -> None:
    taken = keeper.back_up()
    assert keeper.names() == [MANIFEST, NAME]
    assert {name: each for name, each in taken.manifest.tables.items() if name != "maintenance"} == keeper.digests()
    assert read_manifest(taken.path) == taken.manifest
    (run,) = keeper.runs()
    assert (run["kind"], run["last_success_at_utc"], run["last_error"]) == ("backup", "2026-11-23T05:07:09Z", None)
    assert run["last_file"] == str(keeper.backups / NAME)


def test_the_manifest_tells_what_the_file_is_and_what_made_it(keeper: Safekeeper) -> None:
    keeper.back_up()
    told = json.loads((keeper.backups / MANIFEST).read_text())
    assert told["file"] == NAME
    assert told["bytes"] == (keeper.backups / NAME).stat().st_size
    assert told["created_at_utc"] == "2026-11-23T05:07:09Z"
    assert told["migrations"][0] == "0001_collect"
    assert told["schema_version"] == len(told["migrations"])
    assert told["tables"]["market_snapshots"]["rows"] == 30
    assert set(told) == {
        *("format", "file", "created_at_utc", "program_version", "schema_version", "migrations", "bytes", "sha256"),
        "tables",
    }


def test_a_backup_can_be_read_with_any_shell_where_nothing_can_be_written(keeper: Safekeeper) -> None:
    path = keeper.back_up().path
    assert path.read_bytes()[18:20] == b"\1\1", "not in WAL mode, which needs files beside it"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as shell:
        assert shell.execute("SELECT count(*) FROM market_snapshots").fetchone() == (30,)
    assert keeper.names() == [MANIFEST, NAME]


_WRITES = """
import sys
from pathlib import Path
from kalshi_common.storage.database import Database

with Database(Path(sys.argv[1])) as database:
    for n in range(1_000_000):  # no orphan runs for ever
        with database.write() as connection:
            for text in ("x" * 20_000, ""):
                connection.execute("INSERT INTO score_reports (scored_at_utc, report_json) VALUES (?, ?)", (n, text))
        print(n, flush=True)
        if sys.stdin in __import__("select").select([sys.stdin], [], [], 0)[0]:
            break
"""


def test_a_backup_taken_while_another_process_writes_and_writes_is_of_one_instant(
    keeper: Safekeeper, database: Database, tmp_path: Path
) -> None:
    for number in range(8):
        add_hour(database, f"2026-10-01T{number:02}:00:00Z", markets=500)
    writer = child(_WRITES, tmp_path)
    assert writer.stdout is not None
    assert writer.stdin is not None
    writer.stdout.readline()
    before = rows(database, "SELECT count(*) FROM score_reports")[0][0]
    taken = keeper.back_up()
    after = rows(database, "SELECT count(*) FROM score_reports")[0][0]
    writer.stdin.write("enough\n")
    assert ended(writer)[::2] == (0, "")
    with closing(sqlite3.connect(taken.path)) as copy:
        found = copy.execute("SELECT count(*) FROM score_reports").fetchone()[0]
        assert copy.execute("SELECT count(*) FROM score_reports WHERE report_json = ''").fetchone()[0] == found / 2
    assert before <= found < after, "the writer was never kept waiting"
    assert verify_backup(taken.path) == taken.manifest


def test_a_damaged_index_is_found_before_the_backup_counts_as_good(keeper: Safekeeper, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME, isolation_level=None)) as shell:
        shell.execute("PRAGMA writable_schema = ON")
        shell.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, 'series_ticker', 'status') WHERE name LIKE '%by_hour'"
        )
    with pytest.raises(StorageError, match=r"is damaged: .*market_snapshots_by_hour.*restore a backup"):
        keeper.back_up()
    assert keeper.names() == []


def test_a_second_backup_of_a_day_replaces_the_first(keeper: Safekeeper, database: Database) -> None:
    first = keeper.back_up().manifest
    add_hour(database, LATER)
    second = keeper.back_up().manifest
    assert keeper.names() == [MANIFEST, NAME]
    assert verify_backup(keeper.backups / NAME) == second != first


def test_a_backup_that_fails_leaves_the_earlier_ones_and_says_so_in_its_row(keeper: Safekeeper, tmp_path: Path) -> None:
    for day in (20, 21, 22, 23):
        keeper.on(dt.date(2026, 11, day)).back_up()
    before = files(keeper.backups)
    greedy = Safekeeper(tmp_path, keep_daily=1, leave_free_mib=1_048_576)
    with pytest.raises(StorageError, match=r"the disk is too full: 2 MiB are needed and 1048576 MiB must stay free"):
        greedy.back_up()
    assert files(keeper.backups) == before
    (run,) = keeper.runs()
    assert "the disk is too full" in run["last_error"]
    assert run["last_error_at_utc"] == "2026-11-23T05:07:09Z"


def test_without_a_database_there_is_nothing_to_back_up_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no cycle has run yet"):
        Safekeeper(tmp_path).back_up()
    assert [path.name for path in tmp_path.iterdir()] == ["locks"]


def test_two_maintenance_runs_never_work_at_once(keeper: Safekeeper, tmp_path: Path) -> None:
    async def another() -> None:
        holder = {"host": "h", "pid": "1", "cycle": "20261123T050000Z-backup", "since": "2026-11-23T05:00:00Z"}
        async with mode_lock(tmp_path, "maintenance", holder, timeout_s=0, clock=keeper.clock):
            for work in (keeper.back_up, keeper.drill, lambda: keeper.put_back(tmp_path / "x.sqlite")):
                with pytest.raises(LockHeldError, match=r"another maintenance run holds the lock .*-backup"):
                    await asyncio.to_thread(work)

    asyncio.run(another())
    assert keeper.names() == []


def test_old_backups_go_by_the_rules_and_what_is_not_ours_stays(keeper: Safekeeper) -> None:
    keeper.backups.mkdir()
    strangers = ["kalshi_20260101.sqlite", "kalshi_20269999.sqlite", "notes.txt", "kalshi_20260102.manifest.json"]
    for name in strangers:
        (keeper.backups / name).write_text("{}")
    kept = Safekeeper(keeper.data_dir, keep_daily=2, keep_weekly=0, keep_monthly=2)
    days = [dt.date(2026, *each) for each in ((9, 30), (10, 30), (10, 31), (11, 1), (11, 2))]
    removed = [kept.on(day).back_up().removed for day in days]
    assert removed == [[], [], [], ["kalshi_20260930.sqlite", "kalshi_20261030.sqlite"], []]
    ours = [name for name in keeper.names() if name not in strangers]
    assert [name for name in ours if name.endswith(".sqlite")] == [
        "kalshi_20261031.sqlite", "kalshi_20261101.sqlite", "kalshi_20261102.sqlite"
    ]  # fmt: skip
    assert len(ours) == 6, "each with its manifest"
    assert set(strangers) <= set(keeper.names())


def test_a_backup_whose_size_is_wrong_counts_for_nothing_and_is_left(keeper: Safekeeper) -> None:
    cut = keeper.on(dt.date(2026, 11, 22)).back_up().path
    cut.write_bytes(cut.read_bytes()[:-4096])
    kept = Safekeeper(keeper.data_dir, keep_daily=1, keep_weekly=0, keep_monthly=0)
    kept.on(dt.date(2026, 11, 21)).back_up()
    assert kept.on(TODAY).back_up().removed == ["kalshi_20261121.sqlite"]
    assert cut.exists()


def test_after_a_clock_that_was_a_year_ahead_the_newest_true_backup_is_never_the_one_to_go(keeper: Safekeeper) -> None:
    kept = Safekeeper(keeper.data_dir, keep_daily=1, keep_weekly=0, keep_monthly=0)
    kept.on(dt.date(2027, 11, 23)).back_up()
    assert kept.on(TODAY).back_up().removed == []
    assert NAME in kept.names()


@pytest.mark.parametrize("step", range(4))
def test_killed_at_any_step_the_next_run_finds_the_old_backup_whole_or_the_new(
    keeper: Safekeeper, database: Database, tmp_path: Path, step: int
) -> None:
    old = keeper.back_up().manifest
    add_hour(database, LATER)
    new_file = backup_folder.unfinished(keeper.backups / NAME)
    new = take_backup(tmp_path, new_file, name=NAME, created_at_utc=LATER, program_version="0.1.0")
    if step >= 1:
        backup_folder.write_manifest(backup_folder.unfinished(keeper.backups / MANIFEST), new)
    if step >= 2:
        new_file.replace(keeper.backups / NAME)
    if step >= 3:
        backup_folder.unfinished(keeper.backups / MANIFEST).replace(keeper.backups / MANIFEST)
    backup_folder.settle(keeper.backups)
    assert verify_backup(keeper.backups / NAME) == (new if step >= 2 else old)
    assert keeper.names() == [MANIFEST, NAME]

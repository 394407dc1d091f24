"""The drill: it fails whenever a restore would not help, leaves nothing behind, and its age can be seen."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import StorageError
from kalshi_common.storage import ledger
from support.data_dir import HOUR, migrated
from support.safekeeper import Safekeeper, add_hour, files

if TYPE_CHECKING:
    from pathlib import Path

    from kalshi_common.storage.database import Database


def complete(database: Database, hour: str) -> None:
    """An hour whose ledger says: complete, 30 rows."""
    key = ledger.HourKey(hour, "macro")
    walk = ledger.WalkRecord("KXCPI", "empty_cursor", 1, 30, 30, 1000, hour, hour, None)
    with database.write() as connection:
        ledger.begin(connection, key, cycle_id="c1")
        ledger.keep_walk(connection, key, cycle_id="c1", walk=walk)
        ledger.finish(connection, key, cycle_id="c1", planned=["KXCPI"], reason=None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    keeper = Safekeeper(tmp_path_factory.mktemp("made"))
    with migrated(keeper.data_dir) as database:
        add_hour(database, HOUR)
        complete(database, HOUR)
    keeper.back_up()
    return keeper.data_dir


@pytest.fixture
def keeper(made: Path, tmp_path: Path) -> Safekeeper:
    shutil.copytree(made, tmp_path / "data")
    return Safekeeper(tmp_path / "data")


def test_a_good_drill_leaves_a_row_and_nothing_else(keeper: Safekeeper) -> None:
    before, backups = keeper.digests(), files(keeper.backups)
    keeper.drill()
    assert keeper.digests() == before
    assert files(keeper.backups) == backups
    left = {path.name for path in keeper.data_dir.iterdir()} - {"kalshi.sqlite-wal", "kalshi.sqlite-shm"}
    assert left == {"backups", "kalshi.sqlite", "locks"}
    (run,) = (run for run in keeper.runs() if run["kind"] == "drill")
    assert run["last_success_at_utc"] == "2026-11-23T05:07:09Z"
    assert run["last_file"] == str(keeper.backups / "kalshi_20261123.sqlite")


def test_the_scratch_folder_may_be_elsewhere_and_what_lies_there_stays(keeper: Safekeeper, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "mine").write_text("x")
    (scratch / ".kalshi-drill-killed").mkdir()
    (scratch / ".kalshi-drill-killed" / "kalshi.sqlite").write_text("x")
    keeper.drill(scratch)
    assert [path.name for path in scratch.iterdir()] == ["mine"]


def test_the_newest_backup_is_the_one_that_is_tried_even_when_it_is_bad(keeper: Safekeeper) -> None:
    newer = keeper.on(dt.date(2026, 11, 24)).back_up().path
    newer.write_bytes(newer.read_bytes()[:-8192])
    with pytest.raises(StorageError, match=r"kalshi_20261124\.sqlite"):
        keeper.drill()
    (run,) = (run for run in keeper.runs() if run["kind"] == "drill")
    assert (run["last_success_at_utc"], run["last_error_at_utc"]) == (None, "2026-11-24T05:07:09Z")
    assert "kalshi_20261124.sqlite" in run["last_error"]
    assert not list(keeper.data_dir.glob(".kalshi-drill-*"))


def test_an_hour_called_complete_without_a_row_fails_the_drill(keeper: Safekeeper) -> None:
    with migrated(keeper.data_dir) as database:
        complete(database, "2026-11-23T06:00:00Z")
    keeper.back_up()
    with pytest.raises(StorageError, match="the hour 2026-11-23T06:00:00Z is called complete but has no row"):
        keeper.drill()


def test_without_a_backup_there_is_nothing_to_try(keeper: Safekeeper) -> None:
    shutil.rmtree(keeper.backups)
    with pytest.raises(StorageError, match=r"there is no backup in .* yet; take one with `kalshi backup`"):
        keeper.drill()


def test_a_backup_of_an_older_schema_is_migrated_in_the_scratch_folder_alone(keeper: Safekeeper) -> None:
    with closing(sqlite3.connect(keeper.data_dir / "kalshi.sqlite")) as shell, shell:
        shell.execute("DELETE FROM _yoyo_migration WHERE migration_id > '0002_z'")
    keeper.back_up()
    before = keeper.digests()
    keeper.drill()
    assert keeper.digests() == before

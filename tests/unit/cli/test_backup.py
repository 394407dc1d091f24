"""`kalshi backup`, `verify`, `restore`, `drill` as an operator meets them, and where their age is told."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kalshi_common.storage import halts
from support.data_dir import HOUR, kalshi, migrated
from support.safekeeper import Safekeeper, add_hour

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    keeper = Safekeeper(tmp_path_factory.mktemp("made"))
    with migrated(keeper.data_dir) as database:
        add_hour(database, HOUR)
    keeper.back_up()
    return keeper.data_dir


@pytest.fixture
def data_dir(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "data")
    return tmp_path / "data"


def test_a_backup_is_taken_tried_and_restored_and_status_tells_their_age(data_dir: Path) -> None:
    code, out, err = kalshi("backup", data_dir=data_dir)
    assert (code, out.split()[0].startswith(f"backup={data_dir}/backups/kalshi_2")) == (0, True), err
    name = out.split()[0].rpartition("/")[2]
    assert kalshi("verify", name, data_dir=data_dir)[0] == 0
    assert kalshi("drill", data_dir=data_dir)[0] == 0
    told = json.loads(kalshi("status", "--format", "json", data_dir=data_dir)[1])["maintenance"]
    assert [row["kind"] for row in told] == ["backup", "drill"]
    assert all(0 <= row["age_hours"] < 1 for row in told)
    table = kalshi("status", data_dir=data_dir)[1]
    assert "drill   2" in table
    code, out, _ = kalshi("restore", name, data_dir=data_dir)
    assert (code, out.splitlines()[0].startswith(f"restored  {name} of ")) == (0, True)
    assert f"kept  {data_dir}/kalshi.sqlite.replaced-" in out


def test_a_restore_says_what_it_carried_over_and_what_it_may_have_forgotten(data_dir: Path) -> None:
    with migrated(data_dir) as database, database.write() as connection:
        halts.add(connection, "KXFED-1", "odd prices", now=HOUR)
    _, out, _ = kalshi("restore", "kalshi_20261123.sqlite", data_dir=data_dir)
    assert "carried  halts still in force: 1\n" in out
    assert "forgotten" not in out
    for path in data_dir.glob("kalshi.sqlite*"):
        path.unlink()
    code, out, _ = kalshi("restore", "kalshi_20261123.sqlite", data_dir=data_dir)
    assert code == 0
    assert "forgotten  model calls since the backup, if there were any: " in out
    assert "carried" not in out


def test_the_file_may_be_a_path_or_the_name_of_one_in_the_backups(data_dir: Path, tmp_path: Path) -> None:
    for name in ("kalshi_20261123.sqlite", data_dir / "backups" / "kalshi_20261123.sqlite"):
        code, out, err = kalshi("verify", name, data_dir=data_dir)
        assert (code, err) == (0, "")
        assert out.startswith("good  kalshi_20261123.sqlite of 2026-11-23T05:07:09Z: schema ")


@pytest.mark.parametrize("command", ["verify", "restore"])
def test_a_bad_backup_ends_in_1_with_one_sentence(data_dir: Path, command: str) -> None:
    path = data_dir / "backups" / "kalshi_20261123.sqlite"
    with closing(sqlite3.connect(path)) as shell, shell:
        shell.execute("UPDATE market_snapshots SET status = 'closed' WHERE snapshot_id = 3")
    code, out, err = kalshi(command, path, data_dir=data_dir)
    said = [line for line in err.splitlines() if line.startswith("kalshi: ")]
    assert (code, out, len(said)) == (1, "", 1)
    assert "table market_snapshots differs: its 30 rows are not the same" in said[0]
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [("verify",), ("backup",), ("drill",)])
def test_before_any_cycle_it_says_so_in_one_sentence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, out, err = kalshi(*arguments, data_dir=tmp_path)
    assert (code, out) == (1, "")
    assert "no cycle has run yet" in err or "there is no backup" in err
    assert not (tmp_path / "kalshi.sqlite").exists()


def test_the_live_database_is_verified_without_a_file(data_dir: Path) -> None:
    code, out, _ = kalshi("verify", data_dir=data_dir)
    assert code == 0
    assert out.startswith("good  the live database: schema ")


def test_status_works_on_a_database_that_has_no_table_of_maintenance_yet(data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "kalshi.sqlite")) as shell, shell:
        shell.execute("DROP TABLE maintenance")
    code, out, _ = kalshi("status", "--format", "json", data_dir=data_dir)
    assert (code, json.loads(out)["maintenance"]) == (0, [])

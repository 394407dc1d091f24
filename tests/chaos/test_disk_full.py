"""A volume without room: one clear error, nothing lost that was committed, the status says so, later all goes on."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest
from yoyo import get_backend, read_migrations

from kalshi_common.errors import ExitCode, StorageError
from kalshi_common.storage import disk, migrate
from kalshi_common.storage.backup import live_bytes
from kalshi_common.storage.database import Database
from kalshi_common.storage.verify import verify_backup
from support.collector_run import Collector
from support.data_dir import HOUR, LATER, child, ended, kalshi
from support.processes import ROOT, environment
from support.safekeeper import Safekeeper, add_hour, files
from support.simulated_exchange import SimulatedExchange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL = "the disk is full: free some space"


class Volume:
    """A small file system of its own, in memory: root is needed, as for every real volume."""

    def __init__(self, path: Path) -> None:
        self.path, self.data_dir, self._ballast = path, path / "data", path / "ballast"

    def fill(self, *, leave: int) -> None:
        """Leave so many bytes free, to the page."""
        with self._ballast.open("ab") as file, contextlib.suppress(OSError):
            while (room := shutil.disk_usage(self.path).free - leave) > 0:
                file.write(b"x" * min(room, 1 << 20))
                file.flush()

    def make_room(self) -> None:
        self._ballast.unlink()


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Volume]:
    path = tmp_path / "volume"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "kalshi-test", path], check=True)
    try:
        yield Volume(path)
    finally:
        subprocess.run(["umount", path], check=True)


def said(err: str) -> str:
    """The one sentence a command ends with."""
    (line,) = [line for line in err.splitlines() if line.startswith("kalshi: ")]
    assert "Traceback" not in err
    return line


@pytest.mark.parametrize("leave", [0, 40_000, 120_000, 300_000, 700_000])
async def test_a_collect_run_without_room_fails_clearly_and_the_next_one_completes_the_hour(
    volume: Volume, leave: int
) -> None:
    async with SimulatedExchange() as exchange:
        collector = Collector(volume.data_dir, exchange)
        assert (await collector.run()).exit_code is ExitCode.OK
        before = collector.query("SELECT * FROM market_snapshots ORDER BY snapshot_id")
        exchange.clock.advance(3600)
        volume.fill(leave=leave)

        failed = await collector.run()

        assert failed.exit_code is ExitCode.FAILED
        assert "outcome=failed" in failed.summary_line
        told = collector.status()["modes"]["collect"]
        assert FULL in told["last_error"]
        assert told["last_error_at_utc"] > told["last_success_at_utc"]
        code, out, err = kalshi("status", data_dir=volume.data_dir)
        assert FULL in out + err
        assert told["last_error_at_utc"] in out, "also where the database cannot even be opened"
        assert code == (1 if err else 0)
        assert "disk_nearly_full" in kalshi("health", data_dir=volume.data_dir)[1]

        volume.make_room()
        kept = collector.query("SELECT * FROM market_snapshots ORDER BY snapshot_id")
        assert kept[: len(before)] == before, "a committed row was lost"
        assert collector.query("PRAGMA integrity_check") == [("ok",)]
        again = await collector.run()
        assert again.exit_code is ExitCode.OK
        assert f"scanned={len(before)} inserted={2 * len(before) - len(kept)} errors=0" in again.summary_line
        assert [status for _, status, _ in collector.hours()] == ["complete", "complete"]


@pytest.mark.parametrize("leave", [0, 200_000])
def test_a_backup_without_room_is_not_begun_and_the_earlier_one_stays(volume: Volume, leave: int) -> None:
    keeper = Safekeeper(volume.data_dir, leave_free_mib=0)
    with migrate.open_database(volume.data_dir)[0] as database:
        add_hour(database, HOUR)
    keeper.back_up()
    before = files(keeper.backups)
    volume.fill(leave=leave)
    code, out, err = kalshi("backup", data_dir=volume.data_dir)
    assert (code, out) == (1, "")
    assert FULL in said(err) or "the disk is too full" in said(err)
    assert files(keeper.backups) == before
    volume.make_room()
    keeper.back_up()
    assert verify_backup(keeper.backups / "kalshi_20261123.sqlite").tables["market_snapshots"].rows == 30


def test_what_the_rules_let_go_makes_room_for_a_backup_when_that_is_what_it_takes(volume: Volume) -> None:
    keeper = Safekeeper(volume.data_dir, keep_daily=1, keep_weekly=0, keep_monthly=0, leave_free_mib=0)
    with migrate.open_database(volume.data_dir)[0] as database:
        add_hour(database, HOUR)
    hoarder = Safekeeper(volume.data_dir, leave_free_mib=0)
    for day in (20, 21, 22):
        hoarder.on(dt.date(2026, 11, day)).back_up()
    spare = 2 * (keeper.backups / "kalshi_20261122.sqlite").stat().st_size
    volume.fill(leave=live_bytes(volume.data_dir) + disk.MIB - spare // 2)
    with pytest.raises(StorageError, match="the disk is too full"):
        hoarder.on(dt.date(2026, 11, 23)).back_up()
    assert len(list(keeper.backups.glob("*.sqlite"))) == 3, "what is to be kept is kept"
    assert keeper.back_up().removed == ["kalshi_20261120.sqlite", "kalshi_20261121.sqlite", "kalshi_20261122.sqlite"]
    assert verify_backup(keeper.backups / "kalshi_20261123.sqlite").tables["market_snapshots"].rows == 30


_CUT_OFF = """
import asyncio, resource, sys
from pathlib import Path
from kalshi_common import safekeeping
from kalshi_common.clock import SystemClock
from kalshi_common.config import load_settings
from kalshi_common.errors import StorageError

settings = load_settings(environ={"KALSHI_DATA_DIR": sys.argv[1]})
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    asyncio.run(safekeeping.back_up(settings, SystemClock()))
except StorageError as error:
    print(error)
"""


@pytest.mark.parametrize("room", [0, 4096, 400_000])
def test_a_backup_that_finds_no_more_room_in_its_midst_leaves_nothing_half_written(tmp_path: Path, room: int) -> None:
    with migrate.open_database(tmp_path)[0] as database:
        add_hour(database, HOUR, markets=500)
    code, out, err = ended(child(_CUT_OFF, tmp_path, room))
    assert (code, out.count("\n")) == (0, 1), err
    assert "free space" in out
    assert not list(tmp_path.glob("backups/*"))


def at_first_version(data_dir: Path) -> None:
    """A database as the first release would have left it, with an hour of rows."""
    with Database(data_dir), get_backend(f"sqlite:///{data_dir}/kalshi.sqlite") as backend:
        folder = ROOT / "shared" / "kalshi_common" / "storage" / "migrations"
        backend.apply_migrations(backend.to_apply(read_migrations(str(folder)))[:1])
    with Database(data_dir) as database:
        add_hour(database, HOUR)


@pytest.mark.parametrize("leave", [0, 20_000, 60_000, 150_000])
def test_a_migration_without_room_changes_nothing_and_is_done_when_there_is_room(volume: Volume, leave: int) -> None:
    at_first_version(volume.data_dir)
    volume.fill(leave=leave)
    code, out, err = kalshi("migrate", data_dir=volume.data_dir)
    assert (code, out) == (1, "")
    assert FULL in said(err)
    volume.make_room()
    with contextlib.closing(sqlite3.connect(volume.data_dir / "kalshi.sqlite")) as shell:
        assert shell.execute("SELECT count(*) FROM market_snapshots").fetchone() == (30,)
        assert shell.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    code, out, err = kalshi("migrate", data_dir=volume.data_dir)
    assert (code, err) == (0, "")
    with migrate.open_database(volume.data_dir)[0] as database:
        add_hour(database, LATER)
    assert kalshi("verify", data_dir=volume.data_dir)[0] == 0


def test_on_a_volume_that_is_full_from_the_start_a_run_ends_in_1_with_one_error(volume: Volume) -> None:
    volume.data_dir.mkdir()
    volume.fill(leave=0)
    env = environment(KALSHI_DATA_DIR=str(volume.data_dir), KALSHI_API_BASE_URL="http://127.0.0.1:9/trade-api/v2")
    code = "import sys; sys.argv[1:] = ['run']; from kalshi_common.cli import main; main()"
    status, out, err = ended(child(code, env=env))
    assert status == 1
    assert "outcome=failed" in out
    (end,) = [line for line in map(json.loads, err.splitlines()) if line["event"] == "cycle_ends"]
    assert FULL in end["data"]["error"]

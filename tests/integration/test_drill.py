"""The day it is needed: backed up while collecting, the volume destroyed, restored, and the next hour goes on."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from kalshi_common.storage.row_digest import TableDigest, table_digests
from support.data_dir import kalshi
from support.processes import collector, macro_tickers, post, simulator, write_knobs
from support.safekeeper import Safekeeper

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

HOURS = [f"2026-11-23T{hour:02}:00:00Z" for hour in (5, 6, 7)]


def starting(data_dir: Path, address: str, hour: str, knobs: str) -> subprocess.Popen[str]:
    """A collector process at seven minutes past an hour, of its own clock and of the exchange's."""
    at = hour.replace(":00:00Z", ":07:00+00:00")
    post(f"{address}/_sim/time", {"now": at, "frozen": True})
    return collector(data_dir, address, start=at, KALSHI_CONFIG=knobs)


def read(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def rows_by_hour(data_dir: Path) -> dict[str, int]:
    return dict(read(data_dir / "kalshi.sqlite", "SELECT snapshot_hour_utc, count(*) FROM market_snapshots GROUP BY 1"))


def digests(path: Path) -> dict[str, TableDigest]:
    """Of every table but that of maintenance, to which a restore adds its own row."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return {name: each for name, each in table_digests(connection).items() if name != "maintenance"}


def test_what_was_backed_up_while_collecting_survives_the_volume_and_goes_on_by_exactly_one_hour(
    tmp_path: Path,
) -> None:
    data_dir, off_site = tmp_path / "data", tmp_path / "off-site"
    knobs = write_knobs(tmp_path, requests_per_second=20)
    with simulator("--requests-per-second", "0", "--latency-ms", "20") as address:
        expected = len(macro_tickers(address))
        first = starting(data_dir, address, HOURS[0], knobs)
        _, log = first.communicate()
        assert first.returncode == 0, log

        post(f"{address}/_sim/limits", {"latency_s": 1}, method="PUT")
        second = starting(data_dir, address, HOURS[1], knobs)
        while second.poll() is None and rows_by_hour(data_dir).get(HOURS[1], 0) < 50:
            time.sleep(0.01)  # until the collector is in the midst of it, where answers let it wait
        post(f"{address}/_sim/limits", {"latency_s": 5}, method="PUT")
        taken = Safekeeper(data_dir).back_up()
        assert second.poll() is None
        post(f"{address}/_sim/limits", {"latency_s": 0}, method="PUT")
        _, log = second.communicate()
        assert second.returncode == 0, log
        assert rows_by_hour(data_dir)[HOURS[1]] > expected * 0.9, "it went on undisturbed"

        backup = off_site / taken.path.name
        shutil.copytree(data_dir / "backups", off_site)
        shutil.rmtree(data_dir)
        code, out, err = kalshi("restore", backup, data_dir=data_dir)
        assert code == 0, err

        restored = digests(data_dir / "kalshi.sqlite")
        assert restored == digests(backup)
        told = json.loads(backup.with_suffix(".manifest.json").read_text())["tables"]
        assert restored == {name: TableDigest(**each) for name, each in told.items() if name != "maintenance"}
        before = rows_by_hour(data_dir)
        assert before[HOURS[0]] == expected
        assert 50 <= before[HOURS[1]] < expected, "the backup is of one instant within the hour"
        ledger = "SELECT snapshot_hour_utc, status FROM snapshot_hours ORDER BY 1"
        assert read(data_dir / "kalshi.sqlite", ledger) == [(HOURS[0], "complete"), (HOURS[1], "partial")]

        third = starting(data_dir, address, HOURS[2], knobs)
        out, log = third.communicate()
        assert third.returncode == 0, log
        assert "killed_cycle_found" in log, "the run that the backup cut off is told"
        after = rows_by_hour(data_dir)
        assert {hour: after[hour] for hour in before} == before
        assert set(after) - set(before) == {HOURS[2]}
        assert f"inserted={after[HOURS[2]]} errors=0" in out
        assert read(data_dir / "kalshi.sqlite", ledger)[2:] == [(HOURS[2], "complete")]
        assert kalshi("backup", data_dir=data_dir)[0] == kalshi("drill", data_dir=data_dir)[0] == 0

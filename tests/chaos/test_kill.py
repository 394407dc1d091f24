"""Kill -9 at any instant: what was committed stays, the next run completes the hour, and says what it found."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from support.processes import collector, macro_tickers, simulator, write_knobs

if TYPE_CHECKING:
    from pathlib import Path

STRIKES = 2
WHOLE_RUN_S = 1.6
"""About as long as a run takes against the slowed simulator; each strike falls somewhere within it."""


def read(data_dir: Path, sql: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(f"file:{data_dir}/kalshi.sqlite?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def stored(data_dir: Path) -> list[str]:
    try:
        return [row[0] for row in read(data_dir, "SELECT market_id FROM market_snapshots")]
    except sqlite3.OperationalError:  # killed before there was a database, or a table in it
        return []


def test_whenever_the_process_is_killed_the_next_run_in_the_hour_completes_it(tmp_path: Path, rounds: int) -> None:
    chance = random.Random(7)  # noqa: S311  # a repeatable series of instants
    knobs = write_knobs(tmp_path, requests_per_second=100)
    struck = with_rows = recovered = 0
    with simulator("--requests-per-second", "0", "--latency-ms", "150") as address:
        expected = macro_tickers(address)
        for number in range(rounds):
            data_dir = tmp_path / f"data-{number}"
            before: set[str] = set()
            for _ in range(STRIKES):
                process = collector(data_dir, address, KALSHI_CONFIG=knobs)
                strike = threading.Timer(chance.uniform(0.3, WHOLE_RUN_S), process.kill)
                strike.start()
                _, log = process.communicate()
                strike.cancel()
                assert process.returncode in (-9, 0), log
                assert "database is locked" not in log
                after = stored(data_dir)
                assert before <= set(after), "a committed row was lost"
                before = set(after)
                struck += process.returncode == -9
                with_rows += process.returncode == -9 and 0 < len(after) < len(expected)
            last = collector(data_dir, address, KALSHI_CONFIG=knobs)
            out, log = last.communicate()
            assert last.returncode == 0, log
            assert sorted(stored(data_dir)) == expected
            assert f"scanned={len(expected)} inserted={len(expected) - len(before)} errors=0" in out
            assert read(data_dir, "SELECT status FROM snapshot_hours") == [("complete",)]
            assert read(data_dir, "PRAGMA integrity_check") == [("ok",)]
            recovered += "lock_recovered" in log
    assert struck >= rounds // 2
    assert recovered > 0
    assert with_rows > 0


def test_of_runs_started_together_one_works_and_the_others_are_refused(tmp_path: Path, rounds: int) -> None:
    knobs = write_knobs(tmp_path, requests_per_second=100)
    with simulator("--requests-per-second", "0", "--latency-ms", "50") as address:
        expected = macro_tickers(address)
        for number in range(max(rounds // 3, 2)):
            data_dir = tmp_path / f"data-{number}"
            processes = [collector(data_dir, address, KALSHI_CONFIG=knobs) for _ in range(3)]
            texts = [process.communicate() for process in processes]
            codes = sorted(process.returncode for process in processes)
            assert codes == [0, 75, 75], texts
            assert sum("another collect run" in log for _, log in texts) == 2
            assert not any("database is locked" in log for _, log in texts)
            assert sorted(stored(data_dir)) == expected

"""The real `kalshi backfill` against a simulator process: killed in the middle, it goes on where it stopped."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from support.processes import collector, environment, simulator

if TYPE_CHECKING:
    from pathlib import Path

_MAIN = "from kalshi_common.cli import main; main()"
HOURS_OFF = 220


def read(data_dir: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{data_dir}/kalshi.sqlite?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def filled(data_dir: Path) -> int:
    found: int = read(data_dir, "SELECT count(*) FROM market_snapshots WHERE source = 'candle_60'")[0][0]
    return found


def begun(env: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _MAIN, "backfill"]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_killed_back_fill_keeps_what_it_had_and_the_next_one_asks_only_for_the_rest(tmp_path: Path) -> None:
    knobs, data_dir = tmp_path / "knobs.json", tmp_path / "data"
    knobs.write_text(
        json.dumps(
            {
                "exchange": {"requests_per_second": 100, "max_concurrency": 1},
                "collect": {"scope": "series", "series": ["KXJOBLESSCLAIMS"]},
            }
        )
    )
    now = dt.datetime.now(dt.UTC)
    with simulator("--requests-per-second", "0", "--latency-ms", "100") as address:
        settings = {"KALSHI_CONFIG": str(knobs), "KALSHI_API_BASE_URL": f"{address}/trade-api/v2"}
        for hours_ago in (HOURS_OFF, 3):
            start = (now - dt.timedelta(hours=hours_ago)).isoformat()
            cycle = collector(data_dir, address, start=start, KALSHI_CONFIG=str(knobs))
            out, err = cycle.communicate(timeout=60)
            assert cycle.returncode == 0, err
        env = environment(**settings, KALSHI_DATA_DIR=str(data_dir), KALSHI_LOG_FORMAT="text")
        process = begun(env)
        while not filled(data_dir):
            assert process.poll() is None, process.communicate()
        process.kill()
        process.communicate()
        rows = filled(data_dir)
        assert not read(data_dir, "SELECT 1 FROM maintenance"), "it was killed in the middle"
        process = begun(env)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "outcome=ok" in out
    inserted = int(out.partition(" inserted=")[2].split()[0])
    assert filled(data_dir) == rows + inserted
    assert read(data_dir, "SELECT count(*) FROM snapshot_hours WHERE status = 'backfilled'")[0][0] >= HOURS_OFF - 5
    assert read(data_dir, "SELECT outcome FROM maintenance WHERE kind = 'backfill'") == [("ok",)]
    assert "backfill_progress" in err

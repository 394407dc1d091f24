"""How long the monitor's pages take on a year of the macro scope, and its memory. Printed, never asserted."""

from __future__ import annotations

import contextlib
import datetime as dt
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import year_of_markets as year

from kalshi_common.domain.hour import utc_text
from kalshi_common.knobs import MACRO_SERIES
from kalshi_common.storage import markets, outcomes
from kalshi_common.storage.migrate import open_database
from support.data_dir import market, record
from support.processes import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

PORT = 18_080
ROUNDS = 5
_MAIN = "from kalshi_common.cli import main; main()"
_OUTCOMES = 20_000


def test_a_year_of_macro_data(tmp_path: Path) -> None:
    """The pages are asked one after another, each several times."""
    made = year.year()
    rows = year.fill(tmp_path, made)
    _fill_the_rest(tmp_path)
    size = (tmp_path / "kalshi.sqlite").stat().st_size
    print(f"\n{rows:,} rows, {size / (1 << 30):.1f} GiB")
    name = made.markets[0].name
    paths = ["/", "/?days=28", "/markets", "/markets?series=KXCPI", "/markets?q=KX", f"/market/{name}",
             f"/market/{name}?days=365", "/estimates", "/trading", "/health", "/metrics"]  # fmt: skip
    with _monitor(tmp_path) as pid:
        print(f"memory at the start {_rss_mib(pid):.0f} MiB")
        for path in paths:
            took = sorted(_timed(path) for _ in range(ROUNDS))
            print(
                f"{path:40} {took[0][0] * 1000:6.0f} ms best  {took[-1][0] * 1000:6.0f} ms worst  {took[0][1]:9,} bytes"
            )
        print(f"memory after {len(paths) * ROUNDS} pages {_rss_mib(pid):.0f} MiB")
        began = time.monotonic()
    print(f"ended {time.monotonic() - began:.2f} s after SIGTERM")


def _fill_the_rest(data_dir: Path) -> None:
    """The walks of every hour's ledger, and a year's outcomes."""
    database, _ = open_database(data_dir, synchronous="NORMAL")
    series = [name for names in MACRO_SERIES.values() for name in names]
    now = utc_text(year.END)
    with contextlib.closing(database), database.write() as connection:
        connection.executemany(
            """INSERT INTO snapshot_walks (snapshot_hour_utc, scope, walk, cycle_id, ended, pages, rows_seen,
                 rows_inserted, bytes_received)
               SELECT snapshot_hour_utc, scope, ?, cycle_id, 'empty_cursor', 1, 33, 33, 66000 FROM snapshot_hours
               WHERE true ON CONFLICT DO NOTHING""",
            [(name,) for name in series],
        )
        for number in range(_OUTCOMES):
            ticker = f"KXOLD-{number // 10}-T{number % 10}"
            seen = market(ticker, result="yes", settlement_value=1_000_000, status="finalized", settled_at=now)
            seen_at = utc_text(year.END - dt.timedelta(minutes=25 * number))
            markets.keep(connection, [record(ticker)], now=seen_at)
            outcomes.keep(connection, [seen._replace(payload_json="x" * 2000)], source="live", now=seen_at)


@contextlib.contextmanager
def _monitor(data_dir: Path) -> Iterator[int]:
    command = [sys.executable, "-c", _MAIN, "monitor", "--port", str(PORT)]
    env = environment(KALSHI_DATA_DIR=str(data_dir))
    process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with contextlib.suppress(urllib.error.URLError):
                _timed("/metrics")
                break
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def _timed(path: str) -> tuple[float, int]:
    began = time.monotonic()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=60) as answer:
            content = answer.read()
    except urllib.error.HTTPError as error:  # /health of an old database
        content = error.read()
    return time.monotonic() - began, len(content)


def _rss_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

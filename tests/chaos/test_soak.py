"""Everything at once on one data directory, hour after simulated hour: nobody is ever told that anything is locked."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from kalshi_common import safekeeping
from kalshi_common.config import load_settings
from kalshi_common.errors import ExitCode
from kalshi_common.storage import cycles, ledger, maintenance
from kalshi_common.storage.database import reading
from kalshi_common.storage.verify import verify_backup, verify_live
from support.collector_run import Collector
from support.data_dir import child, ended
from support.fast_clock import FastClock
from support.processes import environment
from support.simulated_exchange import SimulatedExchange

if TYPE_CHECKING:
    from pathlib import Path

_GAPS = """
    SELECT h.snapshot_hour_utc, h.rows_seen, (SELECT count(*) FROM market_snapshots s
                                              WHERE s.snapshot_hour_utc = h.snapshot_hour_utc)
    FROM snapshot_hours h WHERE h.status = 'complete'"""
_STATUS = """
import sys
from kalshi_common.cli import main

sys.argv[1:] = ["status", "--format", "json"]
main()
"""


class Reader(threading.Thread):
    """Reads what the page, the gaps and the status read, over and over, as long as the soak lasts."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(daemon=True)
        self.data_dir, self.rounds, self.trouble = data_dir, 0, ""
        self.enough = threading.Event()

    def run(self) -> None:
        try:
            while not self.enough.wait(0.02):  # two that never pause would leave the others no processor
                with reading(self.data_dir) as connection:
                    connection.execute("BEGIN")
                    cycles.status_rows(connection)
                    ledger.latest_hours(connection, 24)
                    maintenance.last_runs(connection)
                    for hour, told, stored in connection.execute(_GAPS):
                        assert told == stored, hour
                self.rounds += 1
        except Exception as error:  # noqa: BLE001  # any trouble is the finding
            self.trouble = f"{type(error).__name__}: {error}"


async def test_collecting_reading_and_backing_up_at_once_meet_no_lock_for_hours_on_end(
    tmp_path: Path, rounds: int
) -> None:
    hours = max(rounds // 2, 3)
    async with SimulatedExchange() as exchange:
        collector = Collector(tmp_path / "data", exchange)
        settings = load_settings(environ={"KALSHI_DATA_DIR": str(collector.data_dir)})
        clock = FastClock(exchange.clock.now)
        assert (await collector.run()).exit_code is ExitCode.OK
        readers = [Reader(collector.data_dir) for _ in range(2)]
        for reader in readers:
            reader.start()
        for hour in range(hours):
            exchange.clock.advance(3600)
            env = environment(KALSHI_DATA_DIR=str(collector.data_dir))
            watcher = child(_STATUS, env=env)
            outcome, *_ = await asyncio.gather(
                collector.run(),
                asyncio.to_thread(asyncio.run, safekeeping.back_up(settings, clock)),
            )
            if hour % 3 == 2:
                await asyncio.to_thread(asyncio.run, safekeeping.rehearse(settings, clock))
            code, _, err = await asyncio.to_thread(ended, watcher)
            assert (code, err) == (0, "")
            assert outcome.exit_code is ExitCode.OK, collector.report()
        for reader in readers:
            reader.enough.set()
            reader.join()
            assert reader.trouble == ""
            assert reader.rounds > hours
    assert collector.query("SELECT count(*), min(status), max(status) FROM snapshot_hours") == [
        (hours + 1, "complete", "complete")
    ]
    runs = collector.query("SELECT kind, outcome, count(*) FROM maintenance GROUP BY kind, outcome ORDER BY kind")
    assert runs == [("backup", "ok", hours), ("drill", "ok", hours // 3)]
    verify_live(collector.data_dir)
    for backup in (collector.data_dir / "backups").glob("*.sqlite"):
        verify_backup(backup)

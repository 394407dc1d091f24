"""Two fifths of all requests fail, in every way the simulator knows: nothing is missing and nothing is twice."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from kalshi_common.errors import ExitCode
from support.collector_run import Collector
from support.simulated_exchange import SimulatedExchange

if TYPE_CHECKING:
    from pathlib import Path


async def test_whatever_series_of_faults_comes_the_hour_is_complete_and_exact(tmp_path: Path, rounds: int) -> None:
    for seed in range(max(rounds // 5, 1)):
        async with SimulatedExchange(seed=seed) as exchange:
            exchange.faults.most_in_a_row = 1_000_000
            exchange.faults.slow_s = 0.2
            exchange.faults.set_rates({"chaos": 0.4})
            collector = Collector(tmp_path / f"data-{seed}", exchange)
            collector.set("exchange", max_concurrency=32)
            outcome = await collector.run()
            assert outcome.exit_code is ExitCode.OK, collector.report()
            tickers = [name for name in exchange.tickers("active") if name.partition("-")[0] in _series(collector)]
            assert collector.stored() == sorted(tickers)


def _series(collector: Collector) -> set[str]:
    with contextlib.closing(sqlite3.connect(collector.data_dir / "kalshi.sqlite")) as connection:
        return {row[0] for row in connection.execute("SELECT walk FROM snapshot_walks")}

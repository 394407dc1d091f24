"""A page that could not be written proves nothing, though the exchange had sent its last cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.collector_run import Collector
from support.data_dir import migrated
from support.simulated_exchange import SimulatedExchange

if TYPE_CHECKING:
    from pathlib import Path

# Stands for a full disk: the page of rows does not fit, the few bytes of the ledger's verdict do.
_FULL = """CREATE TRIGGER full BEFORE INSERT ON market_snapshots WHEN NEW.series_ticker = 'KXFED'
           BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"""


async def test_an_hour_whose_last_page_could_not_be_written_is_partial_and_completed_by_the_next_run(
    tmp_path: Path,
) -> None:
    async with SimulatedExchange() as exchange:
        collector = Collector(tmp_path / "data", exchange)
        collector.set("collect", scope="series", series=["KXCPI", "KXFED"])
        collector.set("exchange", max_concurrency=1)
        with migrated(collector.data_dir) as database, database.write() as connection:
            connection.execute(_FULL)
        assert (await collector.run()).exit_code == 1
        assert set(collector.stored("series_ticker")) == {"KXCPI"}
        assert [status for _, status, _ in collector.hours()] == ["partial"]
        assert collector.query("SELECT walk FROM snapshot_walks WHERE ended = 'empty_cursor'") == [("KXCPI",)]

        with migrated(collector.data_dir) as database, database.write() as connection:
            connection.execute("DROP TRIGGER full")
        assert (await collector.run()).exit_code == 0
        assert [status for _, status, _ in collector.hours()] == ["complete"]
        assert set(collector.stored("series_ticker")) == {"KXCPI", "KXFED"}

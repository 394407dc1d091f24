from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import ExitCode
from support import monitor_world
from support.analyzer_run import SERIES
from support.collector_run import Collector
from support.data_dir import migrated
from support.simulated_exchange import SimulatedExchange
from support.trader_run import Trader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def exchange() -> AsyncIterator[SimulatedExchange]:
    async with SimulatedExchange() as running:
        yield running


@pytest.fixture
def collector(tmp_path: Path, exchange: SimulatedExchange) -> Collector:
    return Collector(tmp_path / "data", exchange)


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with one complete hour of SERIES, for analyze tests to copy."""

    async def collect(data_dir: Path) -> None:
        async with SimulatedExchange() as running:
            collector = Collector(data_dir, running)
            collector.set("collect", scope="series", series=SERIES)
            outcome = await collector.run()
            assert outcome.exit_code is ExitCode.OK

    data_dir = tmp_path_factory.mktemp("collected") / "data"
    asyncio.run(collect(data_dir))
    return data_dir


@pytest.fixture(scope="session")
def traded_hours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first hour that trade tests collect is kept for the others."""
    return tmp_path_factory.mktemp("traded")


@pytest.fixture
async def trader(tmp_path: Path, exchange: SimulatedExchange, traded_hours: Path) -> Trader:
    """KXCPI is collected, its order books with it; nothing is estimated yet."""
    found = Trader(tmp_path / "data", exchange)
    await found.collected(traded_hours)
    return found


@pytest.fixture(scope="session")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory as ten days of operating leave it (see `support.monitor_world`); to be read only."""
    folder = tmp_path_factory.mktemp("operated")
    with migrated(folder) as database:
        monitor_world.fill(database)
    return folder

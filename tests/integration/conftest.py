from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.collector_run import Collector
from support.simulated_exchange import SimulatedExchange

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

"""A running simulated exchange and a client session for its tests. Nothing is asserted here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from support.simulated_exchange import SimulatedExchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def exchange() -> AsyncIterator[SimulatedExchange]:
    async with SimulatedExchange() as running:
        yield running


@pytest.fixture
async def http(exchange: SimulatedExchange) -> AsyncIterator[aiohttp.ClientSession]:
    # A fresh connection for each request: aiohttp resends a GET by itself when a kept one breaks.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(exchange.base_url + "/", connector=connector) as session:
        yield session

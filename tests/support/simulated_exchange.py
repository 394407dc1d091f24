"""The simulated exchange inside a test's own loop: a real server on a free loopback port, its state open to the test.

    async with SimulatedExchange() as exchange:
        client = Client(exchange.base_url)
        exchange.faults.script("reset", "/markets", times=2)
        exchange.clock.advance(3600)

World time stands still at `MOMENT` unless `now` gives another source; it moves by `clock.advance` and `clock.set` only.
"""

from __future__ import annotations

import copy
import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING

from simulator.clock import SimClock
from simulator.server import Settings, Simulator
from simulator.world import MACRO_MARKETS, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.bucket import Bucket
    from simulator.faults import Faults
    from simulator.keys import KeyRing
    from simulator.market import Status
    from simulator.portfolio import Account
    from simulator.requestlog import Arrival

MOMENT = dt.datetime(2026, 11, 23, 5, 7, tzinfo=dt.UTC)


@lru_cache(maxsize=2)
def _built(seed: int, markets: int) -> World:
    clock = SimClock()
    clock.set(MOMENT, frozen=True)
    return World(seed, clock, markets)


def _world(seed: int, markets: int, clock: SimClock) -> World:
    """Give a world of `MOMENT` with a clock and a list of markets of its own; the rest is built once for many tests."""
    world = copy.copy(_built(seed, markets))
    world.clock = clock
    world.markets = dict(world.markets)  # a test may take one away
    return world


class SimulatedExchange(Simulator):
    """A simulator for tests: no rate limit and no latency unless asked for."""

    def __init__(
        self,
        *,
        seed: int = 7,
        markets: int = MACRO_MARKETS,
        requests_per_second: float = 0,
        burst: float | None = None,
        writes_per_second: float = 0,
        latency_s: float = 0,
        faults: Mapping[str, float] | None = None,
        now: Callable[[], dt.datetime] | None = None,
    ) -> None:
        """Prepare it; `async with` starts it. A rate of 0 is no limit; the burst defaults to the rate."""
        clock = SimClock(now)
        if now is None:
            clock.set(MOMENT, frozen=True)
        burst = requests_per_second if burst is None else burst
        super().__init__(
            Settings(
                seed=seed,
                markets=markets,
                requests_per_second=requests_per_second,
                burst=burst,
                writes_per_second=writes_per_second,
                latency_s=latency_s,
                faults=faults,
            ),
            clock,
            _world(seed, markets, clock) if now is None else None,
        )

    @property
    def world(self) -> World:
        """Every market there is, by ticker, and their JSON."""
        return self.exchange.world

    @property
    def clock(self) -> SimClock:
        """The world's time."""
        return self.exchange.world.clock

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self.exchange.faults

    @property
    def keys(self) -> KeyRing:
        """Whose signatures are accepted."""
        return self.exchange.keys

    @property
    def bucket(self) -> Bucket:
        """The rate limit."""
        return self.exchange.bucket

    @property
    def account(self) -> Account:
        """The member's orders, fills and knobs."""
        return self.exchange.account

    @property
    def writes(self) -> list[Arrival]:
        """What arrived on the trade path that was not a GET."""
        return [arrival for arrival in self.requests if arrival.method != "GET"]

    @property
    def requests(self) -> list[Arrival]:
        """What arrived on the trade path so far, in order."""
        return list(self.exchange.log.arrivals)

    async def arrived(self, count: int) -> None:
        """Wait until so many requests have arrived on the trade path."""
        await self.exchange.log.reached(count)

    def tickers(self, *statuses: Status) -> list[str]:
        """The live markets of some statuses (all without any), combos included, oldest first."""
        return self.world.tickers(*statuses)

    def market_json(self, ticker: str) -> bytes:
        """One market's JSON, byte for byte as pages show it now."""
        return self.world.market_json(ticker)

"""Clocks whose time the test owns. No real time passes in them."""

from __future__ import annotations

import asyncio
import datetime as dt

START = dt.datetime(2026, 11, 23, 5, 7, 9, tzinfo=dt.UTC)


class FakeClock:
    """A Clock that stands still until `advance` moves it; a sleeper wakes when its time has come."""

    def __init__(self, start: dt.datetime = START) -> None:
        self._start, self._elapsed = start, 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> dt.datetime:
        return self._start + dt.timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._elapsed + seconds, woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Let time pass, and whoever is due run until nobody has anything to do at once."""
        await turn()
        self._elapsed += seconds
        for due, woken in self._sleepers:
            if due <= self._elapsed and not woken.done():
                woken.set_result(None)
        await turn()


class SkippingClock(FakeClock):
    """A Clock in which a sleep is over at once, and has taken its seconds; it remembers them."""

    def __init__(self, start: dt.datetime = START) -> None:
        super().__init__(start)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self._elapsed += seconds
        self.slept.append(seconds)
        await asyncio.sleep(0)


async def turn() -> None:
    """Let every task run as far as it goes without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)

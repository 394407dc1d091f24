"""A clock that runs many times faster than the machine's, beside a wall clock that the test (or its world) owns."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable


class FastClock:
    """A Clock: the wall time is `now`'s; durations and sleeps pass `speed` times faster than outside."""

    def __init__(self, now: Callable[[], dt.datetime], *, speed: float = 200) -> None:
        self._now, self._speed = now, speed

    def now(self) -> dt.datetime:
        return self._now()

    def monotonic(self) -> float:
        return time.monotonic() * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)

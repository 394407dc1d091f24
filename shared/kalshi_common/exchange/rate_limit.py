"""One token bucket for all processes and containers that share the data directory. Knows nothing about HTTP.

The bucket is pyrate-limiter's with a burst of one, so requests are evenly spaced; its whole state is one number in a
small file under flock. Slots lie 3 % further apart than the rate asks for: any half-open second, as the server sees
it, holds no more than the configured requests as long as network and event loop shift them by less than 30 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import struct
from typing import TYPE_CHECKING

from pyrate_limiter import Rate, TokenBucket

from kalshi_common.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kalshi_common.clock import Clock

_SPACED_SECOND_MS = 1030
_STATE = struct.Struct("<q")
_PLAUSIBLE_AHEAD_US = 5_000_000
"""The bucket looks at most one slot ahead. Further ahead means CLOCK_MONOTONIC began anew: the machine has rebooted."""


class SharedRateLimit:
    """Hands out slots, at most `per_second` in any second, to everyone who names the same file.

    The monotonic clock is one for all containers of a machine, and setting the wall clock back cannot stall it.
    """

    def __init__(self, path: Path, per_second: int, clock: Clock) -> None:
        self._path = path
        self._bucket = TokenBucket()
        self._clock = clock
        self._turn = asyncio.Lock()
        self.slow_down(per_second)

    def slow_down(self, per_second: int) -> None:
        """From the next slot on, keep to `per_second`: the account may ask less than the configuration wants."""
        self._rates = [Rate(per_second, _SPACED_SECOND_MS, burst=1)]

    async def acquire(self, cost: int = 1) -> None:
        """Wait until `cost` slots have been taken; first come, first served within a process.

        A slot is taken only when its time has come, so a sleeper that wakes late moves everyone behind it
        and never lets two requests out close together.

        Raises:
            StorageError: the file cannot be opened or written.
        """
        async with self._turn:
            for _ in range(cost):
                while wait_s := self._take():
                    await self._clock.sleep(wait_s)

    def _take(self) -> float:
        """Take a slot and return 0, or return the seconds until one may be free."""
        now_ms = int(self._clock.monotonic() * 1000)
        try:
            with self._locked() as state_file:
                taken, decision = self._bucket.step(self._rates, _load(state_file, now_ms), now_ms, 1)
                if decision.allowed:
                    os.pwrite(state_file, _STATE.pack(int(taken[0])), 0)
        except OSError as err:
            raise StorageError(
                f"The rate limit's file {self._path} cannot be used ({err.strerror}); make its folder writable."
            ) from err
        return (decision.retry_after_ms or 0) / 1000

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        state_file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(state_file, fcntl.LOCK_EX)
            yield state_file
        finally:
            os.close(state_file)  # and with it the lock


def _load(state_file: int, now_ms: int) -> tuple[int, ...]:
    stored = os.pread(state_file, _STATE.size, 0)
    next_us = _STATE.unpack(stored)[0] if len(stored) == _STATE.size else 0
    return (0,) if next_us > now_ms * 1000 + _PLAUSIBLE_AHEAD_US else (next_us,)

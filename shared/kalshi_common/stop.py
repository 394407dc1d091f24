"""Asking a running cycle to end: by signal or by deadline. First kindly (finish the page in hand), then firmly."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from kalshi_common.clock import Clock

GRACE_S = 5.0
"""Between the request to stop and the cancellation; docker's own patience is 10 s or more."""


class Stop:
    """Whether, and why, the cycle shall end. `reason` is None as long as it may go on."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._asked = asyncio.Event()

    def ask(self, reason: str) -> None:
        """Ask for the end; the first reason stays."""
        if self.reason is None:
            self.reason = reason
        self._asked.set()

    def is_asked(self) -> bool:
        """Tell whether no new request or page may be begun."""
        return self._asked.is_set()

    async def asked(self) -> None:
        """Wait until somebody asks."""
        await self._asked.wait()

    async def pause(self, seconds: float, clock: Clock) -> None:
        """Let `seconds` pass, or less when asked to stop."""
        await _first_of(self.asked(), clock.sleep(seconds))


@contextlib.contextmanager
def on_signals(stop: Stop) -> Iterator[None]:
    """Let SIGTERM and SIGINT ask for the end while the body runs."""
    loop = asyncio.get_running_loop()
    caught = (signal.SIGTERM, signal.SIGINT)
    for number in caught:
        loop.add_signal_handler(number, stop.ask, f"stopped by {number.name}")
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


async def bounded(work: Coroutine[None, None, None], stop: Stop, *, max_seconds: float, clock: Clock) -> None:
    """Run `work` to its end; ask it to stop before `max_seconds` are over, and cancel it if it does not within grace.

    Raises whatever `work` raises. A cancelled work ends quietly: `stop.reason` tells why.
    """
    task = asyncio.ensure_future(work)
    deadline = asyncio.ensure_future(clock.sleep(max_seconds - GRACE_S))
    asked = asyncio.ensure_future(stop.asked())
    try:
        await asyncio.wait({task, deadline, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            stop.ask(f"the cycle reached its deadline of {max_seconds:g} s (cycle.max_seconds)")
            await _first_of(asyncio.wait({task}), clock.sleep(GRACE_S))
    finally:
        for each in (task, deadline, asked):
            each.cancel()
        await asyncio.wait({task, deadline, asked})
    if not task.cancelled():
        task.result()


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

"""Doing the same thing for many items at once, with a bound. It retries nothing and swallows nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

Item = TypeVar("Item")


async def for_each(items: Iterable[Item], do: Callable[[Item], Awaitable[None]], *, workers: int) -> None:
    """Await `do(item)` for every item, at most `workers` at once; the first exception ends the others and is raised."""
    waiting = deque(items)

    async def work() -> None:
        while waiting:
            await do(waiting.popleft())

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(workers, len(waiting))):
                group.create_task(work())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures


def batches(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Cut a list into pieces of at most `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]

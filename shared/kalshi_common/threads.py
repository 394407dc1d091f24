"""Work that blocks, done in a thread, so that the event loop goes on. It retries nothing and swallows nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


async def in_thread(
    do: Callable[Arguments, Result], /, *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result:
    """Let a thread do it, and wait for its end even when cancelled: nothing can stop a thread that writes."""
    task = asyncio.ensure_future(asyncio.to_thread(do, *arguments, **named))
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        await asyncio.wait({task})
        task.result()
        raise
    return task.result()

from __future__ import annotations

import asyncio
import threading

import pytest

from kalshi_common.errors import StorageError
from kalshi_common.threads import in_thread
from support.fake_clock import turn


async def test_what_the_thread_gives_is_given() -> None:
    assert await in_thread(divmod, 7, 2) == (3, 1)


async def test_a_cancelled_work_waits_for_its_thread_to_end_and_is_cancelled_then() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def write() -> None:
        begun.set()
        may_end.wait()
        ended.set()

    work = asyncio.ensure_future(in_thread(write))
    await asyncio.to_thread(begun.wait)
    work.cancel()
    await turn()
    assert not work.done()
    may_end.set()
    await asyncio.wait({work})
    assert ended.is_set()
    assert work.cancelled()


async def test_what_a_thread_raises_is_raised_also_when_its_work_was_cancelled() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def write() -> None:
        begun.set()
        may_end.wait()
        raise StorageError("the disk is full")

    work = asyncio.ensure_future(in_thread(write))
    await asyncio.to_thread(begun.wait)
    work.cancel()
    await turn()
    may_end.set()
    with pytest.raises(StorageError, match="the disk is full"):
        await work

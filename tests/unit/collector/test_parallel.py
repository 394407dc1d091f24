"""Doing many things at once: each once, never more than allowed, and no failure lost."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.parallel import batches, for_each
from kalshi_common.errors import StorageError
from support.fake_clock import turn


@pytest.mark.parametrize(("items", "workers"), [(0, 4), (1, 4), (3, 3), (20, 1), (20, 7)])
async def test_every_item_is_done_once_and_never_more_than_the_workers_at_once(items: int, workers: int) -> None:
    done: list[int] = []
    busy = most = 0

    async def do(item: int) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0)
        done.append(item)
        busy -= 1

    await for_each(iter(range(items)), do, workers=workers)
    assert sorted(done) == list(range(items))
    assert most == min(items, workers)


async def test_a_slow_item_does_not_hold_up_the_others() -> None:
    slow, done = asyncio.Event(), []

    async def do(item: int) -> None:
        if item == 0:
            await slow.wait()
        done.append(item)

    task = asyncio.create_task(for_each(range(10), do, workers=2))
    await turn()
    assert done == list(range(1, 10))
    slow.set()
    await task


async def test_the_first_failure_is_raised_as_itself_and_ends_the_others() -> None:
    ended: list[int] = []
    begun: list[int] = []

    async def do(item: int) -> None:
        begun.append(item)
        if item == 1:
            raise StorageError("the disk is full")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append(item)
            raise

    with pytest.raises(StorageError, match="the disk is full"):
        await for_each(range(100), do, workers=3)
    assert set(begun) <= {0, 1, 2}
    assert sorted(ended) == [item for item in begun if item != 1]


async def test_cancelling_it_cancels_what_is_under_way_and_begins_nothing_more() -> None:
    begun: list[int] = []

    async def do(item: int) -> None:
        begun.append(item)
        await asyncio.Event().wait()

    task = asyncio.create_task(for_each(range(100), do, workers=3))
    await turn()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert begun == [0, 1, 2]


@given(st.lists(st.integers()), st.integers(1, 20))
def test_batches_are_the_list_cut_into_full_pieces_and_a_rest(items: list[int], size: int) -> None:
    cut = batches(items, size)
    assert [item for piece in cut for item in piece] == items
    assert all(len(piece) == size for piece in cut[:-1])
    assert all(cut)

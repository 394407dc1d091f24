"""Ending a cycle: by itself, by a signal, by its deadline; kindly first, firmly afterwards."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from kalshi_common.errors import StorageError
from kalshi_common.stop import GRACE_S, Stop, bounded, on_signals
from support.fake_clock import FakeClock, turn

MAX_S = 3000


class Work:
    """Work of pages, each a minute long; it may be deaf to requests, or even to being cancelled once."""

    def __init__(self, stop: Stop, clock: FakeClock, *, pages: int = 1000, deaf: bool = False) -> None:
        self.stop, self.clock, self.pages, self.deaf = stop, clock, pages, deaf
        self.done = 0
        self.ending = ""

    async def run(self) -> None:
        try:
            while self.done < self.pages and (self.deaf or not self.stop.is_asked()):
                await self.clock.sleep(1)
                self.done += 1
        except asyncio.CancelledError:
            self.ending = "cancelled"
            raise
        self.ending = "ended"


async def begin(work: Work) -> asyncio.Task[None]:
    task = asyncio.create_task(bounded(work.run(), work.stop, max_seconds=MAX_S, clock=work.clock))
    await turn()
    return task


async def test_work_that_ends_by_itself_is_not_disturbed() -> None:
    stop, clock = Stop(), FakeClock()
    work = Work(stop, clock, pages=2)
    task = await begin(work)
    await clock.advance(1)
    await clock.advance(1)
    await task
    assert (work.done, work.ending, stop.reason, stop.is_asked()) == (2, "ended", None, False)


async def test_a_request_lets_the_page_in_hand_finish() -> None:
    stop, clock = Stop(), FakeClock()
    work = Work(stop, clock)
    task = await begin(work)
    stop.ask("stopped by SIGTERM")
    await turn()
    assert not task.done()
    await clock.advance(1)
    await task
    assert (work.done, work.ending, stop.reason) == (1, "ended", "stopped by SIGTERM")


async def test_the_deadline_asks_early_enough_for_the_page_in_hand_to_be_finished_within_it() -> None:
    stop, clock = Stop(), FakeClock()
    work = Work(stop, clock)
    task = await begin(work)
    await clock.advance(MAX_S - GRACE_S - 0.5)
    assert not stop.is_asked()
    await clock.advance(0.5)
    assert stop.reason == "the cycle reached its deadline of 3000 s (cycle.max_seconds)"
    await clock.advance(1)
    await task
    assert work.ending == "ended"
    assert clock.monotonic() <= MAX_S


@pytest.mark.parametrize("by", ["deadline", "signal"])
async def test_work_that_ignores_the_request_is_cancelled_when_the_grace_is_over(by: str) -> None:
    stop, clock = Stop(), FakeClock()
    work = Work(stop, clock, deaf=True)
    task = await begin(work)
    if by == "signal":
        stop.ask("stopped by SIGTERM")
        await turn()
    else:
        await clock.advance(MAX_S - GRACE_S)
    await clock.advance(GRACE_S - 0.5)
    assert not task.done()
    await clock.advance(0.5)
    await task
    assert work.ending == "cancelled"
    assert stop.reason is not None
    assert by in stop.reason or by == "signal"


@pytest.mark.parametrize("error", [StorageError("the disk is full"), KeyError("a bug")])
async def test_what_the_work_raises_passes_through(error: Exception) -> None:
    async def fails() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        await bounded(fails(), Stop(), max_seconds=MAX_S, clock=FakeClock())
    assert caught.value is error


async def test_what_the_work_raises_after_a_request_passes_through_too() -> None:
    stop, clock = Stop(), FakeClock()

    async def fails() -> None:
        await stop.asked()
        raise StorageError("the disk is full")

    task = asyncio.create_task(bounded(fails(), stop, max_seconds=MAX_S, clock=clock))
    await turn()
    stop.ask("stopped by SIGTERM")
    with pytest.raises(StorageError):
        await task


async def test_cancelling_from_outside_cancels_the_work_and_waits_for_its_end() -> None:
    work = Work(Stop(), FakeClock())
    task = await begin(work)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.ending == "cancelled"


async def test_nothing_goes_on_in_the_background_afterwards() -> None:
    before = asyncio.all_tasks()
    for deaf in (False, True):
        clock = FakeClock()
        task = await begin(Work(Stop(), clock, deaf=deaf))
        await clock.advance(MAX_S)
        await clock.advance(GRACE_S)
        await task
    assert asyncio.all_tasks() == before


async def test_the_first_reason_stays() -> None:
    stop = Stop()
    stop.ask("stopped by SIGTERM")
    stop.ask("the deadline")
    assert stop.reason == "stopped by SIGTERM"
    await stop.asked()


async def test_a_pause_lasts_its_time_or_until_somebody_asks() -> None:
    stop, clock = Stop(), FakeClock()
    first = asyncio.create_task(stop.pause(30, clock))
    await clock.advance(29)
    assert not first.done()
    await clock.advance(1)
    assert first.done()
    second = asyncio.create_task(stop.pause(30, clock))
    await turn()
    stop.ask("stopped by SIGTERM")
    await turn()
    assert second.done()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_asks_for_the_end_and_is_not_caught_afterwards(number: signal.Signals) -> None:
    stop = Stop()
    with on_signals(stop):
        os.kill(os.getpid(), number)
        await asyncio.wait_for(stop.asked(), 10)
        os.kill(os.getpid(), number)  # an impatient operator's second one does no harm
        await turn()
    assert stop.reason == f"stopped by {number.name}"
    assert not asyncio.get_running_loop().remove_signal_handler(number), "no handler of ours is left"

"""The shared bucket on a stepped clock: spacing, sharing, and every state its file can be in."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.errors import StorageError
from kalshi_common.exchange.rate_limit import SharedRateLimit
from support.scripted_server import SteppedClock

if TYPE_CHECKING:
    from pathlib import Path


async def slots(limit: SharedRateLimit, clock: SteppedClock, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        await limit.acquire()
        taken.append(clock.passed_s)
    return taken


def fullest_second(taken: list[float]) -> int:
    return max(sum(start <= moment < start + 1 for moment in taken) for start in taken)


@given(per_second=st.integers(1, 60), idle=st.lists(st.floats(0, 2), max_size=20))
async def test_no_second_holds_more_than_the_rate_however_the_asking_is_spread(
    tmp_path_factory: pytest.TempPathFactory, per_second: int, idle: list[float]
) -> None:
    clock = SteppedClock()
    limit = SharedRateLimit(tmp_path_factory.mktemp("locks") / "rate_limit", per_second, clock)
    taken = []
    for pause in [*idle, *[0.0] * (2 * per_second)]:
        clock.passed_s += pause
        taken += await slots(limit, clock, 1)
    assert fullest_second(taken) <= per_second


async def test_a_first_slot_is_free_at_once_and_nothing_is_saved_up_for_a_burst(
    tmp_path: Path, clock: SteppedClock
) -> None:
    limit = SharedRateLimit(tmp_path / "rate_limit", 10, clock)
    clock.passed_s = 100.0
    assert await slots(limit, clock, 2) == [100.0, pytest.approx(100.103)]


async def test_two_clients_of_one_file_share_one_rate(tmp_path: Path, clock: SteppedClock) -> None:
    one, other = (SharedRateLimit(tmp_path / "rate_limit", 10, clock) for _ in range(2))
    taken: list[float] = []

    async def ask(limit: SharedRateLimit) -> None:
        for _ in range(20):
            taken.extend(await slots(limit, clock, 1))

    await asyncio.gather(ask(one), ask(other))
    assert len(taken) == 40
    assert fullest_second(taken) <= 10


async def test_slots_go_to_those_who_came_first(tmp_path: Path, clock: SteppedClock) -> None:
    limit = SharedRateLimit(tmp_path / "rate_limit", 10, clock)
    served: list[int] = []

    async def ask(name: int) -> None:
        await limit.acquire()
        served.append(name)

    await asyncio.gather(*(ask(name) for name in range(12)))
    assert served == list(range(12))


async def test_a_costlier_request_takes_as_many_slots(tmp_path: Path, clock: SteppedClock) -> None:
    limit = SharedRateLimit(tmp_path / "rate_limit", 10, clock)
    await limit.acquire(cost=3)
    assert clock.passed_s == pytest.approx(0.206)


async def test_a_late_sleeper_moves_those_behind_it_instead_of_bunching(tmp_path: Path, clock: SteppedClock) -> None:
    limit = SharedRateLimit(tmp_path / "rate_limit", 10, clock)
    await limit.acquire()
    clock.passed_s = 5.0
    assert await slots(limit, clock, 3) == pytest.approx([5.0, 5.103, 5.206])


async def test_the_state_outlives_the_process_that_wrote_it(tmp_path: Path, clock: SteppedClock) -> None:
    await SharedRateLimit(tmp_path / "rate_limit", 10, clock).acquire()
    await SharedRateLimit(tmp_path / "rate_limit", 10, clock).acquire()
    assert clock.slept == [pytest.approx(0.103)]


@pytest.mark.parametrize("state", [b"", b"abc", b"\xff" * 8, b"\x7f" * 8, b"\0" * 64, struct.pack("<q", 10**18)])
async def test_a_file_that_means_nothing_counts_as_fresh(tmp_path: Path, clock: SteppedClock, state: bytes) -> None:
    (tmp_path / "rate_limit").write_bytes(state)
    await SharedRateLimit(tmp_path / "rate_limit", 10, clock).acquire()
    assert clock.slept == []


async def test_a_state_from_before_a_reboot_is_forgotten(tmp_path: Path, clock: SteppedClock) -> None:
    clock.passed_s = 86_400.0
    await SharedRateLimit(tmp_path / "rate_limit", 10, clock).acquire()
    clock.passed_s = 0.0
    await SharedRateLimit(tmp_path / "rate_limit", 10, clock).acquire()
    assert clock.slept == []


async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, clock: SteppedClock) -> None:
    (tmp_path / "locks").write_text("a file stands where the folder should be")
    with pytest.raises(StorageError, match="locks/rate_limit"):
        await SharedRateLimit(tmp_path / "locks" / "rate_limit", 10, clock).acquire()


async def test_a_limiter_told_to_slow_down_spaces_its_next_slots_wider(tmp_path: Path, clock: SteppedClock) -> None:
    limit = SharedRateLimit(tmp_path / "rate_limit", 10, clock)
    limit.slow_down(2)
    assert await slots(limit, clock, 3) == pytest.approx([0.0, 0.515, 1.03])


def test_of_many_who_ask_at_the_same_instant_exactly_one_gets_the_slot(tmp_path: Path) -> None:
    rounds, askers = 100, 4
    together = threading.Barrier(askers)

    class NoWaiting(SteppedClock):
        async def sleep(self, seconds: float) -> None:
            raise TimeoutError(seconds)

    async def served() -> int:
        clock = NoWaiting()
        limit = SharedRateLimit(tmp_path / "rate_limit", 1, clock)
        count = 0
        for _ in range(rounds):
            clock.passed_s += 10
            together.wait(timeout=30)
            with contextlib.suppress(TimeoutError):
                await limit.acquire()
                count += 1
        return count

    with ThreadPoolExecutor(askers) as pool:
        served_each = [pool.submit(asyncio.run, served()) for _ in range(askers)]
    assert sum(future.result() for future in served_each) == rounds

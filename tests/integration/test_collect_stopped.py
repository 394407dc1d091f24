"""What a cycle leaves behind that was stopped before its walks began, or that had to wait for its turn."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from typing import TYPE_CHECKING

from kalshi_common.errors import ExitCode
from support.fast_clock import FastClock

if TYPE_CHECKING:
    from support.collector_run import Collector
    from support.simulated_exchange import SimulatedExchange


async def test_a_cycle_stopped_in_its_first_request_leaves_the_hour_partial_with_the_reason(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    exchange.faults.script("503", "/exchange/status", times=100_000)
    running = asyncio.ensure_future(collector.run())
    await exchange.arrived(2)
    os.kill(os.getpid(), signal.SIGTERM)
    outcome = await running
    assert outcome.exit_code is ExitCode.FAILED
    assert "outcome=incomplete" in outcome.summary_line
    assert any("stopped by SIGTERM" in error for error in collector.report()["first_errors"])
    [(_, status, reason)] = collector.hours()
    assert status == "partial"
    assert "stopped by SIGTERM" in reason


async def test_a_cycle_stopped_after_a_complete_snapshot_says_who_stopped_it(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    collector.set("collect", scope="series", series=["KXFED"])
    exchange.faults.script("503", "/series/KXFED", times=100_000)
    running = asyncio.ensure_future(collector.run())
    await exchange.arrived(4)  # the status, the walk, and the series twice
    os.kill(os.getpid(), signal.SIGTERM)
    outcome = await running
    assert "outcome=incomplete" in outcome.summary_line
    assert any("stopped by SIGTERM" in error for error in collector.report()["first_errors"])
    assert [status for _, status, _ in collector.hours()] == ["complete"]


async def test_a_run_that_waited_for_the_lock_past_the_hour_collects_the_hour_it_works_in(
    collector: Collector, exchange: SimulatedExchange
) -> None:
    collector.set("cycle", lock_timeout_s=3000)
    path = collector.data_dir / "locks" / "collect.lock"
    path.parent.mkdir(parents=True)
    other = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(other, fcntl.LOCK_EX)
    waits = asyncio.Event()

    class Waiting(FastClock):
        async def sleep(self, seconds: float) -> None:
            waits.set()
            await super().sleep(seconds)

    collector.clock = Waiting(exchange.clock.now)
    running = asyncio.ensure_future(collector.run())
    await waits.wait()
    exchange.clock.advance(3600)
    os.close(other)
    assert (await running).exit_code is ExitCode.OK
    assert [hour for hour, _, _ in collector.hours()] == ["2026-11-23T06:00:00Z"]
    assert set(collector.stored("snapshot_hour_utc")) == {"2026-11-23T06:00:00Z"}

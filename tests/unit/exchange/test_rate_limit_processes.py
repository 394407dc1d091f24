"""The shared bucket between real processes, judged by when the server saw the requests."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from support.scripted_server import ScriptedServer

if TYPE_CHECKING:
    from pathlib import Path

    from support.scripted_server import Payload


PER_SECOND = 20
EACH = 18
ASKER = """
import asyncio, pathlib, sys
from kalshi_common.clock import SystemClock
from kalshi_common.exchange import KalshiClient, SharedRateLimit

async def ask(url, path, per_second, each):
    clock = SystemClock()
    limiter = SharedRateLimit(pathlib.Path(path), int(per_second), clock)
    async with KalshiClient(url, limiter=limiter, clock=clock) as client:
        await asyncio.gather(*(client.series("KXCPIYOY") for _ in range(int(each))))

asyncio.run(ask(*sys.argv[1:]))
"""


async def test_two_processes_together_never_send_more_than_the_rate_in_any_second(
    payload: Payload, tmp_path: Path
) -> None:
    async with ScriptedServer(payload("series")) as server:
        arguments = (server.url, str(tmp_path / "rate_limit"), str(PER_SECOND), str(EACH))
        askers = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", ASKER, *arguments, env={"PYTHONPATH": ":".join(sys.path)}
            )
            for _ in range(2)
        ]
        assert [await asker.wait() for asker in askers] == [0, 0]
    seen = [arrival.at for arrival in server.arrivals]
    assert len(seen) == 2 * EACH
    assert max(sum(start <= at < start + 1 for at in seen) for start in seen) <= PER_SECOND

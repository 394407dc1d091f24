"""`python -m simulator`: refuses what is wrong, serves, and stops when told."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

SERVICES = Path(__file__).parents[3] / "services"


async def start(*arguments: str, **variables: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SERVICES), **variables},
    )


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_it_logs_its_start_serves_and_stops_on_a_signal_with_exit_0(stop: signal.Signals) -> None:
    process = await start("--port", "0", SIMULATOR_SEED="11", SIMULATOR_FAULTS="502=0.5 503=0.5")
    assert process.stdout is not None
    started = json.loads(await process.stdout.readline())
    assert started["message"] == "simulator started"
    assert (started["seed"], started["faults"]) == (11, {"502": 0.5, "503": 0.5})
    async with aiohttp.ClientSession() as http, http.get(f"{started['url']}/exchange/status") as answer:
        assert answer.status in {502, 503}
    process.send_signal(stop)
    out, err = await process.communicate()
    assert process.returncode == 0
    stopped = json.loads(out)
    assert (stopped["message"], stopped["requests"]) == ("simulator stopped", 1)
    assert err == b""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--fault", "typo=1"], "'typo' is not a fault"),
        (["--fault", "429"], "must be NAME=RATE"),
        (["--fault", "429=often"], "must be NAME=RATE"),
        (["--fault", "429=2"], "must be from 0 to 1"),
        (["--fault", "429=0.6", "--fault", "chaos=0.6"], "must not exceed 1"),
        (["--markets", "0"], "--markets"),
        (["--markets", "200001"], "--markets"),
        (["--port", "http"], "--port"),
        (["--host", "203.0.113.1"], "cannot listen on 203.0.113.1"),
    ],
)
async def test_a_wrong_option_is_refused_in_one_sentence_with_exit_2(arguments: list[str], sentence: str) -> None:
    process = await start(*arguments)
    out, err = await process.communicate()
    assert process.returncode == 2
    assert sentence in err.decode()
    assert "Traceback" not in err.decode()
    assert out == b""

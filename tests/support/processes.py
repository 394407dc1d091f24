"""Real processes for tests: a simulator and collectors, started from this checkout and ended by their own id."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kalshi_common.knobs import MACRO_SERIES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
HOUR_START = "2026-11-23T05:07:00+00:00"
_PATHS = os.pathsep.join(str(ROOT / name) for name in ("shared", "services", "tests"))


def environment(**more: str) -> dict[str, str]:
    """The machine's environment without any setting of the stack, plus what is given."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("KALSHI_", "SIMULATOR_"))}
    return {**kept, "PYTHONPATH": _PATHS, **more}


@contextlib.contextmanager
def simulator(*options: str, wait_s: float = 60) -> Iterator[str]:
    """A simulator process on a free loopback port; gives its address without a path."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "simulator", "--host", "127.0.0.1", "--port", str(port), *options]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(int(wait_s * 20)):
            with contextlib.suppress(OSError):
                get(f"{address}/_sim/health")
                break
            assert process.poll() is None, "the simulator ended at its start"
            time.sleep(0.05)
        else:
            raise TimeoutError(f"the simulator did not answer within {wait_s} s")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310  # our own loopback address
        found: bytes = answer.read()
        return found


def macro_tickers(address: str) -> list[str]:
    """Hold the simulated world still at HOUR_START and list what a run of the default scope must then store."""
    post(f"{address}/_sim/time", {"now": HOUR_START, "frozen": True})
    open_now = json.loads(get(f"{address}/_sim/markets"))["tickers"]
    series = {name for listed in MACRO_SERIES.values() for name in listed}
    return sorted(ticker for ticker in open_now if ticker.partition("-")[0] in series)


def write_knobs(folder: Path, **exchange: object) -> str:
    """Write a configuration file that sets `exchange` knobs; gives its path."""
    path = folder / "knobs.json"
    path.write_text(json.dumps({"exchange": exchange}), encoding="utf-8")
    return str(path)


def post(url: str, content: dict[str, Any], *, method: str = "POST") -> None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(content).encode(), headers, method=method)  # noqa: S310  # our own loopback address
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310  # our own loopback address
        pass


def collector(
    data_dir: Path, address: str, *, start: str = HOUR_START, mode: str = "collect", **settings: str
) -> subprocess.Popen[str]:
    """A cycle in a process of its own, a collect one unless said, begun and not awaited."""
    env = environment(
        KALSHI_API_BASE_URL=f"{address}/trade-api/v2",
        KALSHI_DATA_DIR=str(data_dir),
        OPENAI_BASE_URL=f"{address}/openai/v1",
        ANTHROPIC_BASE_URL=f"{address}/anthropic",
        KALSHI_LOG_FORMAT="text",
        **settings,
    )
    command = [sys.executable, str(Path(__file__).with_name("collect_child.py")), start, mode]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

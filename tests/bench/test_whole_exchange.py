"""The whole exchange in one cycle: time against the rate limit, CPU against the bare floor, memory against size.

Times are printed, never asserted: `make bench`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest
from figures import Figures, measured

from support.processes import HOUR_START, environment, post, simulator

HERE = Path(__file__).parent
CHILD = HERE.parent / "support" / "collect_child.py"
NEXT_HOUR = "2026-11-23T06:07:00+00:00"
_ROUNDS = 5
_MOST_MIB = 110e6 / (1 << 20)


def cycle(data_dir: Path, address: str, *, start: str, rate: int) -> Figures:
    knobs = data_dir.parent / "knobs.json"
    knobs.write_text(
        json.dumps({"collect": {"scope": "all"}, "exchange": {"requests_per_second": rate, "max_concurrency": 8}})
    )
    env = environment(
        KALSHI_API_BASE_URL=f"{address}/trade-api/v2", KALSHI_DATA_DIR=str(data_dir), KALSHI_CONFIG=str(knobs)
    )
    return measured([sys.executable, str(CHILD), start], env)


def report(data_dir: Path) -> dict[str, object]:
    newest = max((data_dir / "reports").glob("*/*.json"))
    found: dict[str, object] = json.loads(newest.read_text())
    return found


def hold_still(address: str) -> None:
    post(f"{address}/_sim/time", {"now": HOUR_START, "frozen": True})


def test_time_of_100000_markets_at_200_ms_latency_and_20_requests_a_second(tmp_path: Path) -> None:
    with simulator("--markets", "100000", "--requests-per-second", "0", "--latency-ms", "200") as address:
        hold_still(address)
        for name, start in (("first hour", HOUR_START), ("next hour", NEXT_HOUR)):
            took = cycle(tmp_path / "data", address, start=start, rate=20)
            details = report(tmp_path / "data")["details"]
            assert isinstance(details, dict)
            assert details["hour_status"] == "complete"
            floor_s = details["requests"] / 20
            print(f"\n{name}: {took}  {details['requests']} requests, {floor_s:.1f} s at 20/s")
            pages, took_s = details["pages"], details["snapshot_s"]
            print(f"  of them {pages} market pages: {took_s} s, {took_s / (pages / 20):.2f} x pages/rate")


def test_cpu_of_100000_markets_against_the_bare_loop_and_the_official_sdk(tmp_path: Path) -> None:
    with simulator("--markets", "100000", "--requests-per-second", "0") as address:
        hold_still(address)
        base = f"{address}/trade-api/v2"
        first = cycle(tmp_path / "data", address, start=HOUR_START, rate=100)
        print(f"\nfirst hour {first}")
        bare, later = [], []
        for number in range(_ROUNDS):  # in turn: a machine's speed drifts, and a kernel's share of the work more so
            target = tmp_path / f"bare{number}.sqlite"
            bare.append(measured([sys.executable, str(HERE / "bare_loop.py"), base, str(target)], environment()))
            later.append(cycle(tmp_path / "data", address, start=f"2026-11-23T{6 + number:02}:07:00+00:00", rate=100))
            print(f"bare loop  {bare[-1]}\nlater hour {later[-1]}  {later[-1].cpu_s / bare[-1].cpu_s:.2f} x its CPU")
        floor_s, later_s = (median(one.cpu_s for one in runs) for runs in (bare, later))
        print(f"medians: bare loop {floor_s:.2f} s CPU, first hour {first.cpu_s / floor_s:.2f} x", end="")
        print(f", a later hour {later_s / floor_s:.2f} x")
        walk = sdk_walk(base)
        if walk is None:
            print("official SDK: not measured, there is no Docker here to give it the Python 3.13 it needs")
            return
        python, cpu_s, peak_mib = walk.split()
        print(f"SDK's walk {float(cpu_s):6.2f} s CPU  {float(peak_mib):6.1f} MiB peak  fetches and parses only", end="")
        print(f"; {float(cpu_s) / floor_s:.2f} x the bare loop's CPU, on Python {python}")


@pytest.mark.parametrize("markets", [50_000, 100_000, 200_000])
def test_memory_stays_flat_as_the_exchange_grows(tmp_path: Path, markets: int) -> None:
    with simulator("--markets", str(markets), "--requests-per-second", "0") as address:
        hold_still(address)
        took = cycle(tmp_path / "data", address, start=HOUR_START, rate=100)
        print(f"\n{markets:7} markets: {took}")
        assert took.peak_mib < _MOST_MIB  # no timing: the same on every machine


def sdk_walk(base: str) -> str | None:
    """Run the official SDK's walk in the container of the contract tests; give what it tells, None without Docker."""
    if shutil.which("docker") is None:
        return None
    contract = HERE.parents[1] / "tests" / "contract" / "compose.yaml"
    subprocess.run(["docker", "compose", "-f", str(contract), "build", "--quiet"], check=True)
    command = ["docker", "run", "--rm", "--network=host", "--entrypoint=python", f"--volume={HERE}:/bench:ro"]
    done = subprocess.run(
        [*command, "kalshi-contract:local", "/bench/sdk_walk.py", base], capture_output=True, text=True, check=True
    )
    return done.stdout

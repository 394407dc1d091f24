"""How long 200 markets take at a second a call, ten at once: 20 s at least. Printed, never asserted: `make bench`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from support.analyzer_run import KEY, OPENAI
from support.processes import collector, get, macro_tickers, simulator

if TYPE_CHECKING:
    from pathlib import Path

MARKETS, CONCURRENCY, LATENCY_S = 200, 10, 1.0


def test_200_markets_at_a_second_a_call(tmp_path: Path) -> None:
    knobs = tmp_path / "knobs.json"
    wide = {
        "max_markets": MARKETS,
        "samples": 1,
        "max_spread_cents": 100,
        "min_volume": 0,
        "max_hours_to_close": 87_600,
    }
    asked = {"models": [OPENAI], "concurrency": CONCURRENCY, "api_cost_limit_per_cycle": 5, **wide}
    knobs.write_text(json.dumps({"exchange": {"requests_per_second": 100}, "analyze": asked}))
    environment = {"KALSHI_CONFIG": str(knobs), "OPENAI_API_KEY": KEY}
    with simulator("--requests-per-second", "0", "--model-latency-ms", str(LATENCY_S * 1000)) as address:
        macro_tickers(address)
        told = {}
        for mode in ("collect", "analyze"):
            process = collector(tmp_path / "data", address, mode=mode, **environment)
            out, log = process.communicate(timeout=300)
            assert process.returncode == 0, log
            told[mode] = dict(word.split("=") for word in out.split())
        models = json.loads(get(f"{address}/_sim/models"))
    floor = MARKETS * LATENCY_S / CONCURRENCY
    asking = json.loads(next((tmp_path / "data/reports").glob("*/*analyze*.json")).read_text())["details"]["asking_s"]
    assert told["analyze"]["answered"] == str(MARKETS)
    whole = told["analyze"]
    print(f"\n{models['calls']} calls, {models['busiest']} at once at most, ${whole['cost_usd']}", end="; ")
    print(f"asking and judging {asking:.2f} s = {asking / floor:.2f} x {floor:g} s", end="; ")
    print(f"the whole cycle, loading the SDK too, {whole['duration_s']} s")

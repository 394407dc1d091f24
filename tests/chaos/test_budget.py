"""Crashes, lost answers and races in any order: no limit is ever passed, and the ledger equals the providers' bill."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import random
import sqlite3
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from analyzer.ask import Asker, Model
from analyzer.budget import Budget
from analyzer.packet import canonical
from analyzer.prices import price_rows
from analyzer.prompt import prompt
from analyzer.providers import provider_of
from kalshi_common.cycle import CycleContext
from kalshi_common.domain.hour import utc_text
from kalshi_common.stop import Stop
from kalshi_common.storage.database import Database
from kalshi_common.storage.llm_calls import Charged
from kalshi_common.storage.packets import PacketRecord
from support.analyzer_run import ANTHROPIC, KEY, OPENAI, Analyzer
from support.data_dir import HOUR, NOW, migrated
from support.fast_clock import FastClock
from support.processes import collector, get, macro_tickers, simulator
from support.simulated_exchange import MOMENT, SimulatedExchange

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LEAST_RUNS_A_ROUND = 15
TOGETHER = 4
RUNS_A_DAY = 12
LIMITS = Charged(cycle=25_000_000, day=90_000_000, month=1_500_000_000)
"""In nano-dollars; a call costs at most about 9,500,000, so that every limit is met all the time."""
FAULTS = {"429": 0.05, "500": 0.1, "cut": 0.1, "reset": 0.05, "html": 0.05, "malformed": 0.05, "no_usage": 0.05}


class Row(NamedTuple):
    """A call as the ledger keeps it, in nano-dollars."""

    cycle: str
    day: str
    reserved: int
    actual: int | None
    outcome: str

    @property
    def charged(self) -> int:
        return self.reserved if self.actual is None else self.actual


def ledger(data_dir: Path) -> dict[str, Row]:
    with contextlib.closing(sqlite3.connect(f"file:{data_dir}/kalshi.sqlite?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            """SELECT call_id, cycle_id, substr(reserved_at_utc, 1, 10), reserved_nanodollars, actual_nanodollars,
                 outcome FROM llm_calls"""
        ).fetchall()
    return {row[0]: Row(*row[1:]) for row in rows}


def most(rows: Sequence[Row], key: str) -> int:
    """The most that is charged to any cycle, day or month."""
    sums: dict[str, int] = {}
    for row in rows:
        period = {"cycle": row.cycle, "day": row.day, "month": row.day[:7]}[key]
        sums[period] = sums.get(period, 0) + row.charged
    return max(sums.values(), default=0)


def assert_ledger_and_bill_agree(calls: dict[str, Row], billed: dict[str, Decimal], told: set[str]) -> None:
    for call_id, dollars in billed.items():
        assert call_id in calls, "a call left without a reservation"
        call = calls[call_id]
        assert dollars * 10**9 <= call.charged, (call_id, call)
        if call.actual is not None:
            assert call_id in told
            assert call.actual == dollars * 10**9
    free = [call for call_id, call in calls.items() if call_id not in billed and call.actual is not None]
    assert all((call.outcome, call.actual) == ("rejected", 0) for call in free)


def packet(chance: random.Random) -> PacketRecord:
    blind = {"market_id": f"M-{chance.getrandbits(60)}", "observed_at_utc": NOW, "rules": "x" * chance.randrange(3000)}
    text = canonical({"blind": blind})
    return PacketRecord(f"{chance.getrandbits(128):032x}", blind["market_id"], HOUR, NOW, text)


async def one_run(number: int, analyzer: Analyzer, chance: random.Random, models: Sequence[Model]) -> None:
    """A cycle of a process of its own, as far as the ledger sees; two in five are struck dead at some instant."""
    moment = MOMENT + dt.timedelta(days=number // RUNS_A_DAY)
    clock = FastClock(lambda: moment, speed=1000)
    with Database(analyzer.data_dir) as database:
        context = CycleContext(analyzer.settings(), clock, database, f"c{number}", utc_text(moment), Stop())
        asker = Asker(context, prompt(), Budget(database, LIMITS))
        asked = asyncio.gather(*(asker.samples(packet(chance), chance.choice(models)) for _ in range(3)))
        if chance.random() < 0.4:
            await asyncio.wait({asked}, timeout=chance.expovariate(1 / 0.02))
            asked.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asked


async def test_no_run_passes_a_limit_and_the_ledger_equals_the_bill(tmp_path: Path, rounds: int) -> None:
    chance = random.Random(7)  # noqa: S311  # a repeatable series of strikes
    runs = rounds * max(rounds, LEAST_RUNS_A_ROUND)
    migrated(tmp_path / "data").close()
    async with SimulatedExchange() as exchange:
        exchange.providers.faults.set_rates(FAULTS)
        exchange.providers.latency_s, exchange.providers.cached_share = 0.003, 0.3
        analyzer = Analyzer(tmp_path / "data", exchange)
        analyzer.knobs |= {"models": [OPENAI, ANTHROPIC], "samples": 2, "max_retries": 2, "concurrency": 4}
        settings = analyzer.settings()
        prices = price_rows(settings.analyze.models, MOMENT)
        models = [
            Model(knobs, price, provider_of(settings, knobs))
            for knobs, price in zip(settings.analyze.models, prices, strict=True)
        ]
        for first in range(0, runs, TOGETHER):
            await asyncio.gather(*(one_run(first + more, analyzer, chance, models) for more in range(TOGETHER)))
        for model in models:
            await model.provider.close()
        calls, bill = ledger(analyzer.data_dir), exchange.providers.bill
        billed = {one.client_id: one.dollars for one in bill.entries}
        assert_ledger_and_bill_agree(calls, billed, {one.client_id for one in bill.entries if one.told})
        assert len(billed) == len(bill.entries), "no call was billed twice under one reservation"
    for period, limit in LIMITS._asdict().items():
        assert 0 < most(list(calls.values()), period) <= limit
    assert {call.outcome for call in calls.values()} == {"ok", "malformed", "rejected", "unknown", "reserved"}
    print(f"\n{runs} runs, {len(calls)} calls, {len(billed)} billed, ${bill.total} of", end=" ")
    print(f"${Decimal(sum(call.charged for call in calls.values())) / 10**9} charged; $0 over any limit")


def until_calls(address: str, more_than: int) -> None:
    for _ in range(1200):
        if models(address)["calls"] > more_than:
            return
        time.sleep(0.05)
    raise TimeoutError("no call arrived within a minute")


def models(address: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(get(f"{address}/_sim/models"))
    return found


def test_processes_killed_with_calls_under_way_lose_no_cent_and_repeat_no_paid_answer(
    tmp_path: Path, rounds: int
) -> None:
    chance = random.Random(7)  # noqa: S311  # as above
    knobs = tmp_path / "knobs.json"
    asked = {"models": [OPENAI], "samples": 2, "max_markets": 15, "concurrency": 5, "api_cost_limit_per_cycle": 0.05}
    knobs.write_text(json.dumps({"exchange": {"requests_per_second": 100}, "analyze": asked}))
    environment = {"KALSHI_CONFIG": str(knobs), "OPENAI_API_KEY": KEY}
    data_dir = tmp_path / "data"
    with simulator("--requests-per-second", "0", "--model-latency-ms", "200") as address:
        macro_tickers(address)
        first = collector(data_dir, address, **environment)
        _, log = first.communicate(timeout=60)
        assert first.returncode == 0, log
        for _ in range(max(rounds // 5, 2)):
            before = models(address)["calls"]
            process = collector(data_dir, address, mode="analyze", **environment)
            until_calls(address, before)
            time.sleep(chance.uniform(0, 0.8))
            process.kill()
            process.communicate()
        last = collector(data_dir, address, mode="analyze", **environment)
        out, log = last.communicate(timeout=120)
        assert last.returncode == 0, log
        bill = json.loads(get(f"{address}/_sim/bill"))
    calls = ledger(data_dir)
    billed = {one["client_id"]: Decimal(one["usd"]) for one in bill["entries"]}
    assert_ledger_and_bill_agree(calls, billed, set(billed))
    assert most(list(calls.values()), "cycle") <= 50_000_000
    assert {"ok", "unknown"} <= {call.outcome for call in calls.values()}
    assert "reserved" not in {call.outcome for call in calls.values()}, "the last run closed what the killed ones left"
    assert "answered=15" in out
    assert sum(call.outcome == "ok" for call in calls.values()) == 30, "an answer that was paid for was asked again"

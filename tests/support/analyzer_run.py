"""Runs real analyze cycles in the test's own process against simulated providers, and reads what they stored."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from analyzer import analyze
from kalshi_common.config import Settings, load_settings
from kalshi_common.cycle import Outcome, run_cycle
from support.fast_clock import FastClock

if TYPE_CHECKING:
    from pathlib import Path

    from kalshi_common.clock import Clock
    from support.simulated_exchange import SimulatedExchange

KEY = "sk-a-made-up-key-0123456789abcdef"
OPENAI = {"provider": "openai", "model": "gpt-5-mini"}
SERIES = ["KXCPI", "KXU3"]
"""The series that the tests collect."""
ANTHROPIC = {"provider": "anthropic", "model": "claude-haiku-5-5"}


class Analyzer:
    """An analyzer on a data directory that a collector has filled."""

    def __init__(self, data_dir: Path, exchange: SimulatedExchange, *, clock: Clock | None = None) -> None:
        self.data_dir, self.exchange = data_dir, exchange
        self.clock = clock or FastClock(exchange.clock.now, speed=20)
        self.knobs: dict[str, Any] = {
            "models": [OPENAI],
            "samples": 1,
            "max_markets": 8,
            "timeout_s": 1,
        }
        self.environment = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": f"{KEY}-too"}

    def settings(self) -> Settings:
        path = self.data_dir.parent / "analyze.json"
        path.write_text(json.dumps({"analyze": self.knobs}), encoding="utf-8")
        own = {
            "KALSHI_DATA_DIR": str(self.data_dir),
            "OPENAI_BASE_URL": self.exchange.openai_url,
            "ANTHROPIC_BASE_URL": self.exchange.anthropic_url,
        }
        return load_settings(path, {**own, **self.environment})

    async def run(self, **knobs: object) -> Outcome:
        self.knobs |= knobs
        return await run_cycle("analyze", analyze.work, self.settings(), self.clock)

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.data_dir}/kalshi.sqlite?mode=ro", uri=True)) as connection:
            return connection.execute(sql, values).fetchall()

    def change(self, sql: str, *values: object) -> None:
        """Change what is stored, as only a test may."""
        with closing(sqlite3.connect(self.data_dir / "kalshi.sqlite")) as connection:
            connection.execute(sql, values)
            connection.commit()

    def report(self) -> dict[str, Any]:
        newest = max((self.data_dir / "reports").glob("*/*analyze*.json"), key=lambda path: path.stat().st_mtime_ns)
        found: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
        return found

    def outcomes(self) -> dict[str, int]:
        """How many calls ended in which way."""
        return dict(self.query("SELECT outcome, count(*) FROM llm_calls GROUP BY outcome"))

    def charged(self) -> int:
        """What all calls are charged, in nano-dollars."""
        [(nano,)] = self.query(
            "SELECT coalesce(sum(coalesce(actual_nanodollars, reserved_nanodollars)), 0) FROM llm_calls"
        )
        return int(nano)

    def estimated(self) -> dict[str, float]:
        return dict(self.query("SELECT market_id, probability FROM estimates ORDER BY market_id"))

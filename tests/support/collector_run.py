"""Runs real collect cycles in the test's own process against a simulated exchange, and reads what they stored."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from collector import collect
from kalshi_common.config import load_settings
from kalshi_common.cycle import Outcome, run_cycle
from support.fast_clock import FastClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kalshi_common.clock import Clock
    from kalshi_common.config import Settings
    from support.simulated_exchange import SimulatedExchange


class Collector:
    """A collector on a data directory of its own."""

    def __init__(self, data_dir: Path, exchange: SimulatedExchange, *, clock: Clock | None = None) -> None:
        self.data_dir, self.exchange = data_dir, exchange
        self.clock = clock or FastClock(exchange.clock.now)
        self.knobs: dict[str, dict[str, Any]] = {
            "exchange": {"requests_per_second": 100, "timeout_s": 1},
            "collect": {"round_pause_s": 1},
            "cycle": {},
        }
        self.environment: dict[str, str] = {}

    def set(self, section: str, **knobs: object) -> None:
        self.knobs[section].update(knobs)

    def settings(self, environment: Mapping[str, str] | None = None) -> Settings:
        path = self.data_dir.parent / "knobs.json"
        path.write_text(json.dumps(self.knobs), encoding="utf-8")
        own = {"KALSHI_API_BASE_URL": self.exchange.base_url, "KALSHI_DATA_DIR": str(self.data_dir)}
        return load_settings(path, {**own, **self.environment, **(environment or {})})

    async def run(self, environment: Mapping[str, str] | None = None) -> Outcome:
        return await run_cycle("collect", collect.work, self.settings(environment), self.clock)

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.data_dir}/kalshi.sqlite?mode=ro", uri=True)) as connection:
            return connection.execute(sql, values).fetchall()

    def stored(self, column: str = "market_id") -> list[Any]:
        return [row[0] for row in self.query(f"SELECT {column} FROM market_snapshots ORDER BY market_id")]

    def hours(self) -> list[tuple[Any, ...]]:
        return self.query("SELECT snapshot_hour_utc, status, reason FROM snapshot_hours ORDER BY 1")

    def report(self) -> dict[str, Any]:
        newest = max((self.data_dir / "reports").glob("*/*.json"), key=lambda path: path.stat().st_mtime_ns)
        found: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
        return found

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data_dir / "status.json").read_text(encoding="utf-8"))
        return found

"""Runs real trade cycles in the test's own process against a simulated exchange, on what a real collector stored."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

import kalshi_common
from kalshi_common.config import load_settings
from kalshi_common.cycle import Outcome, run_cycle
from kalshi_common.domain.hour import utc_text
from kalshi_common.storage import estimates, self_tests
from kalshi_common.storage.estimates import EstimateRecord
from support.collector_run import Collector
from support.data_dir import migrated
from support.trading_desk import KEY_ID, PRIVATE_PEM, PUBLIC_PEM
from trader import trade
from trader.limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kalshi_common.config import Settings
    from support.simulated_exchange import SimulatedExchange

MODEL, PROMPT = "test-model", "v1"
EVIDENCE = {
    "shape": 1,
    "forecasters": [
        {
            "model": MODEL,
            "prompt_version": PROMPT,
            "verdict": {"is_skilled": True, "sentence": "skill above the market, lower bound 0.01, n=50 events"},
            "score": {"skill": {"score": {"low": 0.01}}},
        }
    ],
}


class Trader(Collector):
    """A data directory that is collected into and traded on. `books` are the series whose order books are stored."""

    def __init__(self, data_dir: Path, exchange: SimulatedExchange, *, books: tuple[str, ...] = ("KXCPI",)) -> None:
        super().__init__(data_dir, exchange)
        exchange.keys.register(KEY_ID, PUBLIC_PEM)
        self.knobs["exchange"]["environment"] = "demo"
        self.knobs["trade"] = {}
        self.set("collect", orderbook_series=list(books), scope="series", series=list(books))
        self.flag = False

    async def collect(self) -> Outcome:
        return await self.run()

    async def collected(self, templates: Path) -> None:
        """Have the world's first hour collected: really by the first caller of a folder, by a copy for all others.

        A fresh simulated exchange is always the same world, so a copy is what collecting would store again.
        """
        template = templates / "-".join(self.knobs["collect"]["orderbook_series"])
        if not template.exists():
            await self.collect()
            shutil.copytree(self.data_dir, template)
        shutil.copytree(template, self.data_dir, dirs_exist_ok=True)

    def settings(self, environment: Mapping[str, str] | None = None) -> Settings:
        path = self.data_dir.parent / "knobs.json"
        path.write_text(json.dumps(self.knobs), encoding="utf-8")
        own = {"KALSHI_API_BASE_URL": self.exchange.base_url, "KALSHI_DATA_DIR": str(self.data_dir)}
        found = load_settings(path, {**own, **self.environment, **(environment or {})})
        return dataclasses.replace(found, enable_live_trading=self.flag)

    async def trade(self, environment: Mapping[str, str] | None = None) -> Outcome:
        return await run_cycle("trade", trade.work, self.settings(environment), self.clock)

    def estimate(self, market_id: str, probability: float, **changes: Any) -> None:
        """Store an estimate of the present moment."""
        now = utc_text(self.clock.now())
        record = EstimateRecord(
            market_id=market_id,
            snapshot_hour_utc=f"{now[:13]}:00:00Z",
            provider="test",
            model=MODEL,
            prompt_version=PROMPT,
            cycle_id="analyze-1",
            series_ticker=market_id.partition("-")[0],
            event_ticker=self.exchange.world.markets[market_id].event.ticker,
            macro_event_type="cpi",
            packet_hash="hash",
            observed_at_utc=now,
            estimated_at_utc=now,
            close_time_utc=None,
            samples_json="[]",
            sample_count=1,
            sample_spread=None,
            aggregated=probability,
            recalibration_json="{}",
            recalibrated=probability,
            market_mid=None,
            blend_weight=0.5,
            blended=probability,
            coherence_json="{}",
            probability=probability,
            cost_nanodollars=0,
        )
        with migrated(self.data_dir) as database, database.write() as connection:
            estimates.add(connection, [record._replace(**changes)])

    def consent_to_live(self) -> None:
        """Give every consent: flag, knob, keys, environment, self-test, evidence."""
        self.flag = True
        self.knobs["trade"]["live"] = True
        self.environment |= {"KALSHI_API_KEY": KEY_ID, "KALSHI_PRIVATE_KEY": PRIVATE_PEM}
        self.pass_self_test()
        self.show_evidence()

    def pass_self_test(self) -> None:
        now = utc_text(self.clock.now())
        with migrated(self.data_dir) as database, database.write() as connection:
            self_tests.keep(connection, kalshi_common.__version__, [limit.name for limit in LIMITS], now=now)

    def show_evidence(self) -> None:
        now = utc_text(self.clock.now())
        with migrated(self.data_dir) as database, database.write() as connection:
            connection.execute(
                "INSERT INTO score_reports (scored_at_utc, report_json) VALUES (?, ?)", (now, json.dumps(EVIDENCE))
            )

    def two_sided(self, *, low: float = 0.2, high: float = 0.8) -> list[tuple[Any, ...]]:
        """Markets with a spread that may be traded on, and their mids."""
        return self.query(
            """SELECT market_id, probability FROM market_snapshots WHERE probability BETWEEN ? AND ?
                 AND yes_bid_microdollars > 0 AND yes_ask_microdollars - yes_bid_microdollars <= 20000
               ORDER BY market_id""",
            low,
            high,
        )

    def writes(self) -> list[str]:
        """The requests that reached the exchange and could have changed anything there."""
        return [f"{each.method} {each.path}" for each in self.exchange.requests if each.method != "GET"]

    def intents(self) -> list[tuple[Any, ...]]:
        return self.query(
            """SELECT market_id, side, count_hundredths, price_microdollars, fee_microdollars, time_in_force
               FROM order_intents ORDER BY market_id, side"""
        )

    def reasons(self, market_id: str, side: str) -> list[str]:
        [(text,)] = self.query(
            """SELECT reasons_json FROM signals WHERE market_id = ? AND side = ?
               ORDER BY signal_id DESC LIMIT 1""",
            market_id,
            side,
        )
        return [each["check"] for each in json.loads(text)]

"""A page may show one market twice, before and after a change: what is kept of its facts is the later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from collector import collect
from kalshi_common.config import load_settings
from kalshi_common.cycle import run_cycle
from support.data_dir import migrated, rows
from support.fast_clock import FastClock
from support.scripted_server import ScriptedServer
from support.simulated_exchange import SimulatedExchange

if TYPE_CHECKING:
    from pathlib import Path


async def titles_after_a_page_of(markets: list[dict[str, Any]], folder: Path) -> list[tuple[str, int]]:
    """Collect one page; give the stored title, and how many rows the hour has."""
    knobs = folder / "knobs.json"
    collect_one = {"scope": "series", "series": ["KXCPI"], "max_rounds": 1}
    knobs.write_text(json.dumps({"collect": collect_one, "exchange": {"max_retries": 0}}))
    answers = {
        "/trade-api/v2/exchange/status": b'{"exchange_active": true, "trading_active": true}',
        "/trade-api/v2/markets": json.dumps({"markets": markets, "cursor": ""}).encode(),
    }
    async with SimulatedExchange() as exchange, ScriptedServer(answers) as server:
        settings = load_settings(knobs, {"KALSHI_API_BASE_URL": server.url, "KALSHI_DATA_DIR": str(folder / "data")})
        await run_cycle("collect", collect.work, settings, FastClock(exchange.clock.now))
    with migrated(folder / "data") as database:
        return rows(database, "SELECT title, (SELECT count(*) FROM market_snapshots) FROM markets")


async def test_the_later_facts_are_kept_and_stay_kept(tmp_path: Path) -> None:
    async with SimulatedExchange() as exchange:
        ticker = next(name for name in exchange.tickers("active") if name.startswith("KXCPI-"))
        before = json.loads(exchange.market_json(ticker))
    after = {**before, "title": "Renamed"}
    assert await titles_after_a_page_of([before, after], tmp_path) == [("Renamed", 1)]
    assert await titles_after_a_page_of([after, after], tmp_path) == [("Renamed", 1)]

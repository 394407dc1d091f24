"""Data directories for tests, the field's records to fill them with, and children that share them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.domain.market import MarketFacts, ObservedMarket
from kalshi_common.domain.snapshot import MarketRecord, MarketSnapshot, series_of, to_record, to_snapshot
from kalshi_common.storage.migrate import open_database
from support.processes import environment

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.storage.database import Database

HOUR = "2026-11-23T05:00:00Z"
NOW = "2026-11-23T05:07:09Z"
LATER = "2026-11-23T06:07:09Z"

_FACTS = MarketFacts(
    market_type="binary",
    title="Will CPI rise more than 0.3%?",
    yes_sub_title="Above 0.3%",
    no_sub_title="0.3% or less",
    rules_primary="If CPI rises more than 0.3%, Yes.",
    rules_secondary="",
    strike_type="greater",
    floor_strike="0.3",
    cap_strike=None,
    custom_strike=None,
    price_level_structure="linear_cent",
    price_ranges='[{"start":"0.0000","end":"1.0000","step":"0.0100"}]',
    created_time="2026-10-01T14:00:00Z",
    open_time="2026-10-01T14:00:00Z",
    can_close_early=True,
)
_MARKET = ObservedMarket(
    market_id="KXCPI-26NOV-T0.3",
    event_ticker="KXCPI-26NOV",
    market_type="binary",
    status="active",
    yes_bid=560_000,
    yes_bid_size=1_000,
    yes_ask=580_000,
    yes_ask_size=2_050,
    last_price=570_000,
    volume=123_400,
    volume_24h=5_600,
    open_interest=78_900,
    created_time="2026-10-01T14:00:00Z",
    close_time="2026-12-10T13:30:00Z",
    result="",
    settlement_value=None,
    settled_at=None,
    facts=_FACTS,
    payload_json='{"ticker":"KXCPI-26NOV-T0.3"}',
)


def market(
    market_id: str = _MARKET.market_id, *, facts: dict[str, Any] | None = None, **changes: Any
) -> ObservedMarket:
    """One observed market; its event is the id up to the last dash unless said otherwise."""
    changes.setdefault("event_ticker", market_id.rpartition("-")[0])
    known = _FACTS._replace(**(facts or {}))
    changes = {"market_type": known.market_type, "created_time": known.created_time, **changes}
    return _MARKET._replace(market_id=market_id, facts=known, **changes)


def snapshot(market_id: str = _MARKET.market_id, *, hour: str = HOUR, **changes: Any) -> MarketSnapshot:
    """Its row at an hour, five minutes after that hour's own beginning or as changed."""
    seen = market(market_id)
    row = to_snapshot(
        seen, hour=hour, series_ticker=series_of(seen.event_ticker), macro_event_type="cpi", created_at=NOW
    )
    return row._replace(**changes)


def record(market_id: str = _MARKET.market_id, **changes: Any) -> MarketRecord:
    """Its row of facts."""
    seen = market(market_id, **changes)
    return to_record(seen, series_ticker=series_of(seen.event_ticker), macro_event_type="cpi")


def migrated(data_dir: Path) -> Database:
    """Open the database of a data directory with its schema up to date; the caller closes it."""
    return open_database(data_dir)[0]


def rows(database: Database, sql: str, *values: Any) -> list[sqlite3.Row | tuple[Any, ...]]:
    """What a query finds now."""
    with database.read() as connection:
        return connection.execute(sql, values).fetchall()


def child(code: str, *arguments: object, **more: Any) -> subprocess.Popen[str]:
    """A Python of its own that runs `code` with `arguments`, begun and not awaited; its output is text."""
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    more.setdefault("env", environment())
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def ended(process: subprocess.Popen[str], *, within_s: float = 60) -> tuple[int, str, str]:
    """Wait for a child; give its exit code, stdout and stderr. One that takes longer is killed, and fails the test."""
    try:
        out, err = process.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, out, err


def kalshi(*arguments: object, told: str = "", **settings: object) -> tuple[int, str, str]:
    """Run the real command line to its end, with these settings in the environment; `told` is code run after it.

    Gives exit code, stdout and stderr; words are not wrapped.
    """
    code = f"""
import sys
from kalshi_common.cli import main

sys.argv[0] = "kalshi"
try:
    main()
finally:
    {told or "pass"}
"""
    env = environment(COLUMNS="500", **{f"KALSHI_{name.upper()}": str(value) for name, value in settings.items()})
    return ended(child(code, *arguments, env=env))


def open_files() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


# Root may become any user, without leave to write what is root's; the folders of pytest are closed to others.
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")

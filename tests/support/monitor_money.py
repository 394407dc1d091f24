"""What an analyzer and a trader leave behind in ten days, seeded: calls, estimates, signals, positions, equity."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from kalshi_common.domain.hour import snapshot_hour, utc_text
from kalshi_common.domain.snapshot import series_of

if TYPE_CHECKING:
    import random
    import sqlite3

REASONS = ("edge_below_minimum", "spread_too_wide", "stale_estimate", "event_limit")
HOUR = dt.timedelta(hours=1)


def insert(connection: sqlite3.Connection, table: str, **row: object) -> None:
    """Add a row by column names."""
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


def estimates(connection: sqlite3.Connection, end: dt.datetime, market_ids: list[str], chance: random.Random) -> None:
    """Ten days of calls and estimates, a few markets a day."""
    for day in range(10):
        at = end - dt.timedelta(days=9 - day)
        cycle = f"{at:%Y%m%dT%H%M%SZ}-analyze"
        insert(
            connection, "cycles", cycle_id=cycle, mode="analyze", version="0.1.0", host="host",
            snapshot_hour_utc=utc_text(snapshot_hour(at)), started_at_utc=utc_text(at - HOUR / 3),
            finished_at_utc=utc_text(at - HOUR / 4), duration_s=61.4, outcome="ok", scanned=72, inserted=6, errors=0,
        )  # fmt: skip
        for number, market_id in enumerate(chance.sample(market_ids, 6 + day % 4)):
            _estimate(connection, at, cycle, market_id, number, chance)
    insert(
        connection, "status", mode="analyze", last_success_at_utc=utc_text(end - HOUR / 4), last_cycle_id=cycle,
        last_duration_s=61.4,
    )  # fmt: skip


def _estimate(  # noqa: PLR0917  # a row of a made-up world
    connection: sqlite3.Connection, at: dt.datetime, cycle: str, market_id: str, number: int, chance: random.Random
) -> None:
    cost, mid = chance.randrange(4_000_000, 21_000_000), chance.uniform(0.1, 0.9)
    said = min(0.97, max(0.03, mid + chance.gauss(0, 0.08)))
    hour, now = utc_text(snapshot_hour(at)), utc_text(at)
    insert(
        connection, "llm_calls", call_id=f"{cycle}-{number}", cycle_id=cycle, packet_hash="p", market_id=market_id,
        snapshot_hour_utc=hour, provider="openai", model="gpt-5-mini", prompt_version="1", prompt_hash="h",
        price_row="openai/gpt-5-mini", sample=1, attempt=1, reserved_at_utc=now, reserved_nanodollars=2 * cost,
        settled_at_utc=now, actual_nanodollars=cost, input_tokens=2100, cached_input_tokens=0, output_tokens=640,
        outcome="ok", probability=said,
    )  # fmt: skip
    insert(
        connection, "estimates", market_id=market_id, snapshot_hour_utc=hour, provider="openai", model="gpt-5-mini",
        prompt_version="1", cycle_id=cycle, series_ticker=series_of(market_id),
        event_ticker=market_id.rpartition("-")[0], packet_hash="p", observed_at_utc=now, estimated_at_utc=now,
        samples_json="[]", sample_count=3, aggregated=said, recalibration_json="{}", recalibrated=said, market_mid=mid,
        blend_weight=0.25, blended=said, coherence_json="{}", probability=said, cost_nanodollars=cost,
    )  # fmt: skip


def trades(connection: sqlite3.Connection, end: dt.datetime, market_ids: list[str], chance: random.Random) -> None:
    """A funnel, some paper positions, and an equity curve of ten days."""
    now = utc_text(end)
    for number, market_id in enumerate(market_ids[:40]):
        reasons = [] if number < 5 else chance.sample(REASONS, chance.choice([1, 1, 2]))
        insert(
            connection, "signals", cycle_id="c-trade", venue="paper", market_id=market_id,
            snapshot_hour_utc=utc_text(snapshot_hour(end)), series_ticker=series_of(market_id),
            event_ticker=market_id.rpartition("-")[0], side="yes" if number % 2 else "no", probability=0.61,
            decision="refused" if reasons else "taken", created_at_utc=now,
            reasons_json=json.dumps([{"check": name, "why": "0.0100 is below 0.0200"} for name in reasons]),
        )  # fmt: skip
    for number, market_id in enumerate(market_ids[:5]):
        insert(
            connection, "positions", venue="paper", market_id=market_id, event_ticker=market_id.rpartition("-")[0],
            series_ticker=series_of(market_id), position_hundredths=(-1) ** number * (1200 + 350 * number),
            cost_microdollars=6_480_000 + 2_115_000 * number, realized_microdollars=(number - 2) * 1_230_000,
            fees_microdollars=184_200, updated_at_utc=now,
        )  # fmt: skip
    equity = peak = 1_000_000_000
    for back in range(239, -1, -1):
        equity += chance.randrange(-3_000_000, 3_200_000)
        peak = max(peak, equity)
        insert(
            connection, "equity", venue="paper", snapshot_hour_utc=utc_text(snapshot_hour(end) - HOUR * back),
            cash_microdollars=equity - 55_000_000, exposure_microdollars=55_000_000, marked_microdollars=54_000_000,
            equity_microdollars=equity, peak_microdollars=peak,
        )  # fmt: skip

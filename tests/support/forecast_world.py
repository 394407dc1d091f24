"""A simulated world of events whose true chances are known, planted into a real database: forecasts, mids, results."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kalshi_common.domain.hour import utc_text
from kalshi_common.storage import markets, outcomes, snapshots
from support.data_dir import market, record, snapshot

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.domain.snapshot import MarketSnapshot
    from kalshi_common.storage.database import Database

# Long past, so that commands that read the real clock find every result known.
START = dt.datetime(2025, 6, 1, 5, tzinfo=dt.UTC)
TYPES = ("cpi", "fed", "gdp", "nfp")
MODEL, PROMPT = "gpt-5-mini", "v1"


class World(NamedTuple):
    """How many there are of what, and how far (in log odds) model and market are off the truth."""

    events: int = 40
    markets: int = 3
    hours: int = 4
    model_noise: float = 0.3
    market_noise: float = 0.6
    seed: int = 1


def at(hours: float) -> str:
    """An instant so many hours after the world's beginning."""
    return utc_text(START + dt.timedelta(hours=hours))


def estimate_row(**changes: Any) -> dict[str, Any]:
    """A row of `estimates` by column name."""
    row = {
        "market_id": "KXCPI-26JUN-T0.3", "snapshot_hour_utc": at(0), "provider": "openai", "model": MODEL,
        "prompt_version": PROMPT, "cycle_id": "c1", "series_ticker": "KXCPI", "event_ticker": "KXCPI-26JUN",
        "macro_event_type": "cpi", "packet_hash": "h1", "observed_at_utc": at(0.1), "estimated_at_utc": at(0.2),
        "close_time_utc": at(60), "samples_json": "[0.6]", "sample_count": 1, "sample_spread": None,
        "aggregated": 0.6, "recalibration_json": "{}", "recalibrated": 0.6, "market_mid": 0.5, "blend_weight": 0.25,
        "blended": 0.55, "coherence_json": "{}", "probability": 0.55, "cost_nanodollars": 1_000_000,
    }  # fmt: skip
    return row | changes


def add_estimates(connection: sqlite3.Connection, *rows: dict[str, Any]) -> None:
    names = list(rows[0])
    marks = ", ".join(f":{name}" for name in names)
    connection.executemany(f"INSERT INTO estimates ({', '.join(names)}) VALUES ({marks})", rows)


def add_result(connection: sqlite3.Connection, market_id: str, result: str, *, known_at: str, **facts: Any) -> None:
    value = {"yes": 1_000_000, "no": 0}.get(result, 400_000)
    found = market(market_id, result=result, status="finalized", settlement_value=value, settled_at=known_at, **facts)
    outcomes.keep(connection, [found], source="live", now=known_at)


def plant(database: Database, world: World, *, model: str = MODEL, with_model: bool = True) -> None:
    """Fill the database: an event a day, its markets seen at hours spread over the days before they close."""
    random = np.random.default_rng(world.seed)
    with database.write() as connection:
        for event in range(world.events):
            _plant_event(connection, world, random, event, model if with_model else None)


def _plant_event(
    connection: sqlite3.Connection, world: World, random: np.random.Generator, event: int, model: str | None
) -> None:
    kind = TYPES[event % len(TYPES)]
    ticker = f"KX{kind.upper()}-E{event}"
    luck = random.random()
    closes = event * 24 + 200
    hours = [closes - round(left) for left in np.geomspace(2, 190, world.hours)]
    for number in range(world.markets):
        market_id = f"{ticker}-T{number}"
        truth = random.normal(0, 1.5)
        mids = np.clip(np.round(_chance(truth + random.normal(0, world.market_noise, world.hours)), 2), 0.02, 0.98)
        owns = _chance(truth + random.normal(0, world.model_noise, world.hours))
        known = {"market_id": market_id, "close_time": at(closes)}
        markets.keep(connection, [record(**known)._replace(macro_event_type=kind)], now=at(hours[-1]))
        snapshots.add(
            connection,
            [_seen(market_id, kind, float(mid), hour, closes) for mid, hour in zip(mids, hours, strict=True)],
        )
        if model is not None:
            facts = {
                "market_id": market_id, "event_ticker": ticker, "series_ticker": ticker.partition("-")[0],
                "macro_event_type": kind, "model": model, "close_time_utc": at(closes),
            }  # fmt: skip
            seen = zip(owns.tolist(), mids.tolist(), hours, strict=True)
            add_estimates(connection, *(_estimated(own, mid, hour, facts) for own, mid, hour in seen))
        add_result(connection, market_id, "yes" if luck < _chance(truth) else "no", known_at=at(closes + 1))


def _seen(market_id: str, kind: str, mid: float, hour: int, closes: int) -> MarketSnapshot:
    quote = round(mid * 1e6)
    return snapshot(
        market_id, hour=at(hour), created_at_utc=at(hour + 0.1), close_time_utc=at(closes), macro_event_type=kind,
        yes_bid_microdollars=quote - 10_000, yes_ask_microdollars=quote + 10_000, probability=mid,
    )  # fmt: skip


def _estimated(own: float, mid: float, hour: int, facts: dict[str, Any]) -> dict[str, Any]:
    steps = dict.fromkeys(("aggregated", "recalibrated", "blended", "probability"), own)
    return estimate_row(
        **facts, **steps, market_mid=mid, snapshot_hour_utc=at(hour), observed_at_utc=at(hour + 0.1),
        estimated_at_utc=at(hour + 0.2),
    )  # fmt: skip


def _chance(log_odds: Any) -> Any:
    return 1 / (1 + np.exp(-log_odds))

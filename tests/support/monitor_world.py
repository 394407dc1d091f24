"""A stack's database as it looks after ten days, seeded: series, gaps, partial hours, outcomes, money. For the monitor.

    with migrated(tmp_path) as database:
        fill(database)

Its last instant is `END`. What each hour and series went through is in `OUTAGE`, `FILLED`, `PARTIAL` and `LATE_SERIES`.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.hour import snapshot_hour, utc_text
from kalshi_common.domain.snapshot import series_of, to_record
from kalshi_common.report import CycleEnding, CycleReport
from kalshi_common.storage import cycles, ledger, maintenance, markets, outcomes, snapshots
from support.data_dir import market, snapshot
from support.monitor_money import estimates, trades

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.storage.database import Database

END = dt.datetime(2026, 11, 23, 5, 42, 9, tzinfo=dt.UTC)
DAYS = 10
SCOPE = "macro"
SERIES = {
    "KXFED": "fed", "KXFEDDECISION": "fed", "KXRATECUT": "fed", "KXCPI": "cpi", "KXCPIYOY": "cpi",
    "KXCPICORE": "core_cpi", "KXPAYROLLS": "nfp", "KXU3": "unemployment", "KXJOBLESSCLAIMS": "jobless_claims",
    "KXPCECORE": "pce", "KXGDP": "gdp", "KXRECSSNBER": "recession",
}  # fmt: skip
LATE_SERIES = "KXRECSSNBER"
"""Collected only from the fifth day on."""
OUTAGE = range(70, 76)
"""Hours before the last one in which nothing ran: the newest half of them filled in later from candlesticks."""
FILLED = range(70, 73)
PARTIAL = {4: "KXGDP", 31: "KXCPI", 32: "KXCPI", 101: "KXGDP"}
"""Hours before the last one in which a series' walk failed."""
STRIKES = 6
HOUR = dt.timedelta(hours=1)


class Path(NamedTuple):
    """A market with the probabilities it goes through."""

    market_id: str
    start: float
    phase: float


def fill(database: Database, *, end: dt.datetime = END, days: int = DAYS, money: bool = True, seed: int = 7) -> None:
    """Write it all in one transaction; `end` is the instant it ends at."""
    chance = random.Random(seed)  # noqa: S311  # a seeded world
    last = snapshot_hour(end)
    paths = [
        Path(f"{series}-26NOV-T{strike / 10:.1f}", 0.92 - 0.16 * strike, chance.uniform(0, 6))
        for series in SERIES
        for strike in range(STRIKES)
    ]
    with database.write() as connection:
        _facts(connection, paths, utc_text(last - HOUR * (days * 24 - 1)))
        for back in range(days * 24 - 1, -1, -1):
            _hour(connection, paths, last - HOUR * back, back, chance)
        _outcomes(connection, last)
        _maintenance(connection, end)
        if money:
            estimates(connection, end, [path.market_id for path in paths], chance)
            trades(connection, end, [path.market_id for path in paths], chance)


def _facts(connection: sqlite3.Connection, paths: list[Path], now: str) -> None:
    records = [
        to_record(
            market(path.market_id, facts={"title": f"Will {series_of(path.market_id)} come in above the strike?"}),
            series_ticker=series_of(path.market_id),
            macro_event_type=SERIES[series_of(path.market_id)],
        )
        for path in paths
    ]
    markets.keep(connection, records, now=now)


def _hour(
    connection: sqlite3.Connection, paths: list[Path], hour: dt.datetime, back: int, chance: random.Random
) -> None:
    if back in OUTAGE and back not in FILLED:
        return
    source = "candle_60" if back in FILLED else "observed"
    failed = PARTIAL.get(back)
    series = [name for name in SERIES if name != LATE_SERIES or back < 5 * 24]
    rows = [
        _row(path, hour, back, chance, source)
        for path in paths
        if series_of(path.market_id) in series and series_of(path.market_id) != failed
    ]
    snapshots.add(connection, rows)
    if source == "candle_60":
        connection.execute(
            "INSERT INTO snapshot_hours (snapshot_hour_utc, scope, status, cycle_id, reason)"
            " VALUES (?, ?, ?, 'none', ?)",
            (utc_text(hour), SCOPE, "backfilled", "nothing ran in this hour"),
        )
    else:
        _observed(connection, hour, series, failed, chance)


def _row(path: Path, hour: dt.datetime, back: int, chance: random.Random, source: str) -> object:
    mid = path.start + 0.08 * math.sin(path.phase + back / 17) + 0.01 * chance.gauss(0, 1)
    cents = min(98, max(1, round(mid * 100)))
    bid, ask = max(1, cents - chance.choice([1, 1, 2])) * 10_000, min(99, cents + chance.choice([1, 2, 3])) * 10_000
    hours_old = 400 - back
    return snapshot(
        path.market_id,
        hour=utc_text(hour),
        macro_event_type=SERIES[series_of(path.market_id)],
        yes_bid_microdollars=bid,
        yes_ask_microdollars=ask,
        last_price_microdollars=cents * 10_000,
        probability=(bid + ask) / 2_000_000,
        probability_bucket=(bid + ask) // 200_000,
        volume_hundredths=hours_old * 31_400,
        open_interest_hundredths=hours_old * 12_100,
        created_at_utc=utc_text(hour + dt.timedelta(minutes=6)),
        source=source,
    )


def _observed(
    connection: sqlite3.Connection, hour: dt.datetime, series: list[str], failed: str | None, chance: random.Random
) -> None:
    started = utc_text(hour + dt.timedelta(minutes=5))
    start = cycles.CycleStart(f"{hour:%Y%m%dT%H}0500Z-collect", "collect", "0.1.0", "host", utc_text(hour), started)
    key = ledger.HourKey(utc_text(hour), SCOPE)
    cycles.begin(connection, start)
    ledger.begin(connection, key, cycle_id=start.cycle_id)
    for name in series:
        ended = "failed" if name == failed else "empty_cursor"
        rows = 0 if name == failed else STRIKES
        reason = "gave up after 6 attempts: HTTP 503" if name == failed else None
        walk = ledger.WalkRecord(name, ended, 1, rows, rows, rows * 2048, started, started, reason)
        ledger.keep_walk(connection, key, cycle_id=start.cycle_id, walk=walk)
    ledger.finish(connection, key, cycle_id=start.cycle_id, planned=series, reason=None)
    count = STRIKES * (len(series) - bool(failed))
    report = CycleReport(scanned=count, inserted=count)
    if failed:
        report.errors.append(f"1 of {len(series)} walks did not end: {failed}: gave up after 6 attempts: HTTP 503")
    took = round(chance.uniform(7, 14), 1)
    finished = utc_text(hour + dt.timedelta(minutes=5, seconds=took))
    outcome = "incomplete" if failed else "ok"
    ending = CycleEnding(start.cycle_id, "collect", utc_text(hour), started, finished, took, outcome, report)
    cycles.finish(connection, start, ending)


def _outcomes(connection: sqlite3.Connection, last: dt.datetime) -> None:
    settled = [
        ("KXJOBLESSCLAIMS-26NOV20-T220", "yes", 1_000_000),
        ("KXJOBLESSCLAIMS-26NOV20-T230", "no", 0),
        ("KXGDP-26Q3-S", "scalar", 427_500),
        ("KXU3-26OCT-T4.1", "yes", 1_000_000),
        ("KXCPI-26OCT-T0.3", "no", 0),
    ]
    for number, (market_id, result, value) in enumerate(settled):
        seen = market(
            market_id, result=result, settlement_value=value, status="finalized", settled_at=utc_text(last),
            facts={"title": f"Will {series_of(market_id)} come in above the strike?"},
        )  # fmt: skip
        now = utc_text(last - HOUR * 7 * number)
        record = to_record(seen, series_ticker=series_of(market_id), macro_event_type=SERIES[series_of(market_id)])
        markets.keep(connection, [record], now=now)
        outcomes.keep(connection, [seen], source="live", now=now)


def _maintenance(connection: sqlite3.Connection, end: dt.datetime) -> None:
    for kind, hours in (("backup", 27), ("backup", 3), ("drill", 52)):
        at = utc_text(end - HOUR * hours)
        maintenance.record(connection, maintenance.MaintenanceRun(kind, at, at, "ok"))

"""How long the calibration report takes over a year of forecasts; printed, not asserted."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from figures import measured

from kalshi_common.domain.hour import utc_text
from support.data_dir import migrated, snapshot
from support.forecast_world import START, TYPES, estimate_row
from support.processes import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

EVENTS, MARKETS, HOURS = 3000, 2, 84
_REPORT = "import sys; sys.argv[0] = 'kalshi'; from kalshi_common.cli import main; main()"


def at(hours: float) -> str:
    return utc_text(START - dt.timedelta(days=365) + dt.timedelta(hours=hours))


def _forecasts() -> Iterator[tuple[dict[str, Any], int]]:
    """Each forecast's row and its market's result; events close through the year, each seen for 84 hours."""
    random = np.random.default_rng(1)
    for event in range(EVENTS):
        closes = 100 + event * 8760 // EVENTS
        kind = TYPES[event % len(TYPES)]
        for number in range(MARKETS):
            truth = random.random()
            result = int(random.random() < truth)
            said = np.clip(truth + random.normal(0, 0.1, (HOURS, 2)), 0.02, 0.98).tolist()
            market = {
                "market_id": f"KX{kind.upper()}-E{event}-T{number}", "event_ticker": f"KX{kind.upper()}-E{event}",
                "macro_event_type": kind, "close_time_utc": at(closes),
            }  # fmt: skip
            for left, (own, mid) in enumerate(said, 1):
                hour = closes - left
                row = estimate_row(
                    **market, snapshot_hour_utc=at(hour), observed_at_utc=at(hour + 0.1),
                    estimated_at_utc=at(hour + 0.2), market_mid=mid, probability=own,
                )  # fmt: skip
                yield row, result


def plant(folder: str) -> None:
    made, results, seen = [], {}, []
    for row, result in _forecasts():
        made.append(row)
        results[row["market_id"]] = (row, result)
        quote = round(row["market_mid"] * 1e6)
        at_hour = {"hour": row["snapshot_hour_utc"], "created_at_utc": row["observed_at_utc"]}
        seen.append((row["market_id"], quote, at_hour))
    names = list(made[0])
    with migrated(Path(folder)) as database, database.write() as connection:
        marks = ", ".join(f":{name}" for name in names)
        connection.executemany(f"INSERT INTO estimates ({', '.join(names)}) VALUES ({marks})", made)
        template = snapshot()
        columns = ", ".join(template._fields)
        connection.executemany(
            f"INSERT INTO market_snapshots ({columns}) VALUES ({', '.join('?' * len(template))})",
            (
                template._replace(
                    market_id=market_id,
                    snapshot_hour_utc=when["hour"],
                    created_at_utc=when["created_at_utc"],
                    yes_bid_microdollars=quote - 5000,
                    yes_ask_microdollars=quote + 5000,
                )
                for market_id, quote, when in seen
            ),
        )
        connection.executemany(
            """INSERT INTO markets (market_id, series_ticker, event_ticker, macro_event_type, market_type,
                 close_time_utc, facts_digest, first_seen_at_utc, changed_at_utc)
               VALUES (:market_id, :series_ticker, :event_ticker, :macro_event_type, 'binary', :close_time_utc, x'00',
                 :observed_at_utc, :observed_at_utc)""",
            [row for row, _ in results.values()],
        )
        connection.executemany(
            "INSERT INTO outcomes VALUES (?, ?, ?, 'finalized', ?, 'live', ?, '{}')",
            [
                (name, "yes" if result else "no", result * 1_000_000, row["close_time_utc"], row["close_time_utc"])
                for name, (row, result) in results.items()
            ],
        )


def test_a_year_of_hourly_forecasts(tmp_path: Path) -> None:
    # In a process of its own: a child's peak memory counts from its parent's.
    command = [sys.executable, "-c", "import sys, test_scoring; test_scoring.plant(sys.argv[1])", str(tmp_path)]
    subprocess.run(command, env=environment(), cwd=Path(__file__).parent, check=True)
    print(f"\n{EVENTS * MARKETS * HOURS:,} forecasts of {EVENTS:,} events, as many snapshots")
    for what, options in (("whole report", ()), ("market baseline", ("--market-baseline",))):
        command = [sys.executable, "-c", _REPORT, "report", "calibration", *options]
        found = measured(command, environment(KALSHI_DATA_DIR=str(tmp_path)))
        assert f"n={EVENTS} events" in found.out
        print(f"{what:16} {found}")

"""`kalshi estimates`, and what `kalshi status` tells of the money."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.storage import cycles, estimates, llm_calls
from kalshi_common.storage.estimates import EstimateRecord
from kalshi_common.storage.llm_calls import Reservation
from support.data_dir import HOUR, NOW, kalshi, migrated

if TYPE_CHECKING:
    from pathlib import Path


def estimate(market_id: str = "KXCPI-26NOV-T0.3", **changes: Any) -> EstimateRecord:
    return EstimateRecord(
        market_id=market_id,
        snapshot_hour_utc=HOUR,
        provider="openai",
        model="gpt-5-mini",
        prompt_version="blind_v1",
        cycle_id="c1",
        series_ticker="KXCPI",
        event_ticker="KXCPI-26NOV",
        macro_event_type="cpi",
        packet_hash="hash",
        observed_at_utc=NOW,
        estimated_at_utc=NOW,
        close_time_utc=None,
        samples_json="[0.6,0.64]",
        sample_count=2,
        sample_spread=0.12,
        aggregated=0.62,
        recalibration_json="{}",
        recalibrated=0.62,
        market_mid=0.57,
        blend_weight=0.25,
        blended=0.5826,
        coherence_json="{}",
        probability=0.58261234,
        cost_nanodollars=1_234_500,
    )._replace(**changes)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    with migrated(tmp_path) as database, database.write() as connection:
        estimates.add(connection, [estimate(), estimate("KXU3-26NOV-T4", estimated_at_utc="2026-11-23T05:09:00Z")])
    return tmp_path


def test_the_table_shows_each_step_newest_first(filled: Path) -> None:
    code, out, err = kalshi("estimates", data_dir=filled)
    assert (code, err) == (0, "")
    head, *rows = out.splitlines()
    assert [name in head for name in ("aggregated", "recalibrated", "market_mid", "blended", "probability")] == [
        True
    ] * 5
    assert [row.split()[1] for row in rows] == ["KXU3-26NOV-T4", "KXCPI-26NOV-T0.3"]
    assert "0.5826" in rows[0]


def test_json_gives_one_markets_rows_with_every_column_as_stored(filled: Path) -> None:
    code, out, _ = kalshi("estimates", "--market", "KXCPI-26NOV-T0.3", "--format", "json", data_dir=filled)
    [row] = json.loads(out)
    assert code == 0
    assert row == {"estimate_id": 1, **estimate()._asdict()}


def test_the_same_market_hour_model_and_prompt_is_kept_once(filled: Path) -> None:
    with migrated(filled) as database, database.write() as connection:
        assert estimates.add(connection, [estimate(probability=0.1), estimate(model="another")]) == 1


def test_status_tells_what_the_models_cost_this_month(filled: Path) -> None:
    from kalshi_common.clock import SystemClock  # noqa: PLC0415  # the command reads the real month
    from kalshi_common.domain.hour import utc_text  # noqa: PLC0415  # likewise

    now = utc_text(SystemClock().now())
    with migrated(filled) as database, database.write() as connection:
        call = Reservation("a", "c1", "h", "M", HOUR, "openai", "m", "v", "d", "{}", 0, 1, now, 1_500_000_000)
        assert llm_calls.reserve(connection, call, llm_calls.Charged(10**10, 10**10, 10**10)) is None
        cycles.begin(connection, cycles.CycleStart("c1", "analyze", "0", "h", HOUR, NOW))
    code, out, _ = kalshi("status", data_dir=filled)
    assert code == 0
    assert "model calls: $1.50 today, $1.50 this month" in out

"""Rows into columns: each forecaster by itself, each horizon and period by its edges, the rest counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analyzer.periods import periods_for
from analyzer.score_arrays import HORIZONS
from analyzer.score_table import Forecaster, tables
from kalshi_common.storage.forecasts import ScoredForecast

HOUR_S = 3600
NOW_S = 1_780_000_000


def row(**changes: Any) -> ScoredForecast:
    made = ScoredForecast(
        "m", "v1", "A-T1", "A", 0, "cpi", NOW_S, NOW_S + 50 * HOUR_S, 0.1, 0.2, 0.3, 0.4, 0.5, "yes", 0
    )
    return made._replace(**changes)


def only(*rows: ScoredForecast) -> Any:
    [table] = tables([list(rows)]).values()
    return table


def test_each_model_and_prompt_is_a_forecaster_of_its_own() -> None:
    found = tables([[row(), row(prompt_version="v2")], [row(model="n"), row()]])
    assert {forecaster: len(table.forecasts) for forecaster, table in found.items()} == {
        Forecaster("m", "v1"): 2,
        Forecaster("m", "v2"): 1,
        Forecaster("n", "v1"): 1,
    }


def test_what_cannot_be_scored_is_counted_and_left_out() -> None:
    table = only(row(), row(result="scalar"), row(looks_ahead=1), row(looks_ahead=1, result="scalar"))
    assert (len(table.forecasts), table.scalars, table.looking_ahead) == (1, 1, 2)
    assert only(row(result="scalar")).scalars == 1


def test_every_step_keeps_its_own_value() -> None:
    found = only(row()).forecasts
    steps = [
        float(found.at_stage(step).probability[0]) for step in ("aggregated", "recalibrated", "blended", "probability")
    ]
    assert steps == [0.1, 0.2, 0.3, 0.4]


def test_a_missing_mid_is_no_number() -> None:
    found = only(row(market_mid=None), row()).forecasts
    assert (len(found), len(found.beside_a_mid())) == (2, 1)


@pytest.mark.parametrize(
    ("left_s", "label"),
    [
        (-5, "under 1 h"),
        (HOUR_S - 1, "under 1 h"),
        (HOUR_S, "1 to 6 h"),
        (6 * HOUR_S, "6 to 24 h"),
        (24 * HOUR_S - 1, "6 to 24 h"),
        (24 * HOUR_S, "1 to 3 days"),
        (720 * HOUR_S, "over 30 days"),
    ],
)
def test_a_horizon_begins_exactly_at_its_edge(left_s: int, label: str) -> None:
    assert HORIZONS[only(row(close_s=NOW_S + left_s)).forecasts.horizon[0]][0] == label


def test_an_unknown_close_is_a_horizon_of_its_own() -> None:
    assert only(row(close_s=None)).forecasts.horizon.tolist() == [-1]


def test_markets_of_an_event_share_their_luck_unless_they_exclude_each_other() -> None:
    found = only(
        row(), row(market_id="A-T2"), row(market_id="B-1", event_ticker="B", is_exclusive=1),
        row(market_id="B-2", event_ticker="B", is_exclusive=1), row(market_id="B-2", event_ticker="B", is_exclusive=1),
    ).forecasts.draw.tolist()  # fmt: skip
    assert found[0] == found[1]
    assert found[3] == found[4]
    assert len(set(found)) == 3


def test_a_type_that_is_none_is_told_as_other() -> None:
    table = only(row(), row(macro_event_type=None))
    assert [table.type_names[code] for code in table.forecasts.macro_type] == ["cpi", "other"]


def starts(*days: str, by_months_of: str | None = None) -> list[str]:
    seconds = np.array([*days, *([by_months_of] if by_months_of else [])], dtype="datetime64[s]").astype(np.int64)
    return [str(day) for day in periods_for(seconds).starts(seconds)]


def test_weeks_are_named_by_their_monday() -> None:
    assert starts("2026-11-23T00:00:00", "2026-11-29T23:59:59", "2026-11-30T00:00:00", "2026-11-22T23:59:59") == [
        "2026-11-23", "2026-11-23", "2026-11-30", "2026-11-16",
    ]  # fmt: skip


def test_more_than_half_a_year_is_told_by_month() -> None:
    assert starts("2026-01-31T23:59:59", "2026-02-01T00:00:00", by_months_of="2026-12-05T00:00:00") == [
        "2026-01-01", "2026-02-01", "2026-12-01",
    ]  # fmt: skip

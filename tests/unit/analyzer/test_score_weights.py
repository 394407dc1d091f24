"""How much each forecast counts, and the headline figures, against arena-evaluation to 1e-12."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from arena_evaluation import Cell, Resolution, evaluate_cells
from hypothesis import given
from hypothesis import strategies as st

from analyzer.score import brief, score, skill_of
from analyzer.score_arrays import Forecasts, weighed
from support.forecast_columns import columns

EXACT = 1e-12


def drawn(seed: int) -> Forecasts:
    """Events of unequal sizes, seen at unequal hours; some forecasts without a mid."""
    random = np.random.default_rng(seed)
    rows = [
        (event, hour, market)
        for event in range(int(random.integers(1, 12)))
        for hour in range(int(random.integers(1, 6)))
        for market in range(int(random.integers(1, 5)))
    ]
    event, hour, _ = np.array(rows).T
    said, mid = random.random(len(rows)), random.random(len(rows))
    mid[random.random(len(rows)) < 0.2] = np.nan
    return columns(said, random.random(len(rows)) < said, mid=mid, event=event * 7, hour=hour)


def as_cells(forecasts: Forecasts) -> list[Cell]:
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row, key in enumerate(zip(forecasts.event.tolist(), forecasts.observed_s.tolist(), strict=True)):
        cells[key].append(row)
    return [
        Cell(
            "a",
            f"event {event}",
            hour,
            {f"m{row}": float(forecasts.probability[row]) for row in rows},
            {f"m{row}": Resolution.YES if forecasts.is_yes[row] else Resolution.NO for row in rows},
            crowd={f"m{row}": float(forecasts.mid[row]) for row in rows if not np.isnan(forecasts.mid[row])},
        )
        for (event, hour), rows in cells.items()
    ]


@given(st.integers(0, 2**32 - 1))
def test_brier_skill_and_ece_are_arenas(seed: int) -> None:
    forecasts = drawn(seed)
    theirs = evaluate_cells(as_cells(forecasts)).score_for("a")
    assert theirs is not None
    ours = score(forecasts)
    assert ours.brier.value == pytest.approx(theirs.brier, abs=EXACT)
    assert ours.per_forecast.ece == pytest.approx(theirs.ece, abs=EXACT)
    assert ours.events == theirs.n_events
    skill = skill_of(forecasts)
    assert ((skill and skill.events) or 0) == theirs.n_skill_events
    assert ((skill and skill.forecasts) or 0) == theirs.n_pairs
    assert (skill and skill.points.value) == pytest.approx(theirs.skill, abs=EXACT)


@given(st.integers(0, 2**32 - 1))
def test_the_weights_sum_to_one_and_each_event_has_the_same(seed: int) -> None:
    forecasts = drawn(seed)
    found = weighed(forecasts)
    assert found.weights.sum() == pytest.approx(1, abs=EXACT)
    assert np.bincount(found.event, found.weights) == pytest.approx(np.full(found.events, 1 / found.events), abs=EXACT)


def test_an_event_open_for_a_year_does_not_outvote_one_that_lived_an_hour() -> None:
    long, short = 8760, 1
    forecasts = columns(
        [0.9] * long + [0.1] * short, [0] * long + [0] * short, event=[0] * long + [1] * short, hour=[*range(long), 5]
    )
    assert brief(forecasts).brier.value == pytest.approx((0.81 + 0.01) / 2)


def test_skill_is_over_forecasts_beside_a_mid_alone() -> None:
    forecasts = columns([0.9, 0.5], [1, 1], mid=[0.8, np.nan])
    found = skill_of(forecasts)
    assert found is not None
    assert (found.events, found.forecasts) == (1, 1)
    assert found.brier == pytest.approx(0.01)
    assert found.score is not None
    assert found.score.value == pytest.approx(1 - 0.01 / 0.04)
    assert skill_of(columns([0.9], [1])) is None


def test_against_a_mid_that_was_never_wrong_there_is_no_ratio() -> None:
    found = skill_of(columns([0.9], [1], mid=[1.0]))
    assert found is not None
    assert (found.score, found.points.value) == (None, pytest.approx(-0.01))


def test_few_events_have_no_interval() -> None:
    few, enough = (brief(columns([0.5] * n, [1] * n)).brier for n in (9, 10))
    assert (np.isnan(few.low), np.isnan(few.high), few.value) == (True, True, 0.25)
    assert enough == (0.25, 0.25, 0.25)

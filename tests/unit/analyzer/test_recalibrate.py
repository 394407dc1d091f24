"""Lines fitted on what was known before, held near each other where little is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from analyzer.judgement import Platt
from analyzer.logits import expit
from analyzer.recalibrate import POOLED_SPREAD, fit, recalibrated
from kalshi_common.errors import LookAheadError
from kalshi_common.storage.forecasts import KnownResult, KnownResults

AS_OF = "2026-11-23T05:07:00Z"


def known(event: str, aggregated: float, *, is_yes: bool, kind: str | None = "cpi", **more: Any) -> KnownResult:
    row = KnownResult(f"{event}-T1", event, kind, aggregated, is_yes, "2026-11-01T05:00:00Z", "2026-11-02T05:00:00Z")
    return row._replace(**more)


def history(
    events: int, *, slope: float, intercept: float = 0.0, kind: str = "cpi", seed: int = 1
) -> list[KnownResult]:
    """Events whose true log odds are slope x the forecast's + intercept."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(0, 1.5, events)
    is_yes = random.random(events) < 1 / (1 + np.exp(-(slope * log_odds + intercept)))
    return [
        known(f"{kind}{number}", expit(each), is_yes=bool(yes), kind=kind)
        for number, (each, yes) in enumerate(zip(log_odds.tolist(), is_yes, strict=True))
    ]


def fitted(rows: list[KnownResult], *, min_events: int = 1) -> Any:
    return fit(KnownResults(rows, 0), as_of=AS_OF, min_events=min_events)


def test_it_finds_the_line_that_made_the_results() -> None:
    found = fitted(history(20_000, slope=0.6, intercept=0.3))
    assert found.pooled.slope == pytest.approx(0.6, abs=0.05)
    assert found.pooled.intercept == pytest.approx(0.3, abs=0.05)


def test_it_is_the_most_probable_line_under_its_prior() -> None:
    rows = history(60, slope=0.5)
    x = np.array([np.log(row.aggregated / (1 - row.aggregated)) for row in rows])
    y = np.array([row.is_yes for row in rows], dtype=float)

    def loss(line: Any) -> float:
        scores = line[0] * x + line[1]
        prior = ((line[0] - 1) ** 2 + line[1] ** 2) / (2 * POOLED_SPREAD**2)
        return float(np.sum(np.logaddexp(0, scores) - y * scores) + prior)

    expected = minimize(loss, [1.0, 0.0], tol=1e-12).x
    assert fitted(rows).pooled[:2] == pytest.approx(tuple(expected), abs=1e-5)


def test_below_the_stated_number_of_events_nothing_changes() -> None:
    rows = history(49, slope=0.3)
    found = fitted(rows, min_events=50)
    assert (found.pooled, found.by_type, found.events) == (Platt(), {}, 49)
    assert fitted(history(50, slope=0.3), min_events=50).pooled.slope < 1
    assert fitted([], min_events=1).line("cpi") == Platt()


def test_many_markets_and_hours_of_few_events_do_not_make_up_the_number() -> None:
    rows = [row._replace(market_id=f"{row.market_id}-{n}") for row in history(10, slope=0.3) for n in range(100)]
    assert fitted(rows, min_events=11).pooled == Platt()


def test_an_event_weighs_the_same_however_many_rows_it_has() -> None:
    rows = history(40, slope=0.5)
    often = [row for row in rows for _ in range(7)]
    assert fitted(often).pooled[:2] == pytest.approx(fitted(rows).pooled[:2], abs=1e-9)


def test_a_type_with_few_events_stays_near_the_line_of_all_and_one_with_many_goes_its_own_way() -> None:
    rows = (
        history(2000, slope=1.0, kind="cpi") + history(8, slope=0.2, kind="fed") + history(2000, slope=0.2, kind="gdp")
    )
    found = fitted(rows)
    assert found.by_type["cpi"].slope > 0.9
    assert found.by_type["gdp"].slope < 0.35
    assert abs(found.by_type["fed"].slope - found.pooled.slope) < 0.15
    assert [found.by_type[kind].events for kind in ("cpi", "fed", "gdp")] == [2000, 8, 2000]


def test_results_that_a_threshold_separates_still_give_a_finite_line() -> None:
    rows = [known(f"E{n}", p, is_yes=p > 0.5) for n, p in enumerate(np.linspace(0.02, 0.98, 60).tolist())]
    found = fitted(rows)
    assert 1 < found.pooled.slope < 3


def test_the_identity_gives_back_the_very_same_number() -> None:
    for value in (0.0, 0.005, 0.1 + 0.2, 1.0):
        assert recalibrated(value, Platt()) == value
    assert recalibrated(0.8, Platt(0.5, 0.0)) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "planted",
    [
        {"known_at_utc": "2026-11-23T05:07:01Z"},
        {"estimated_at_utc": "2026-11-02T05:00:00Z"},
        {"estimated_at_utc": "2026-11-22T05:00:00Z"},
    ],
)
def test_a_planted_row_that_was_not_known_or_no_forecast_is_refused(planted: dict[str, str]) -> None:
    rows = history(60, slope=0.5)
    with pytest.raises(LookAheadError, match="planted-T1: estimated at"):
        fitted([*rows, known("planted", 0.5, is_yes=True, **planted)])


def test_a_result_known_at_the_very_second_counts() -> None:
    assert fitted([known("E1", 0.5, is_yes=True, known_at_utc=AS_OF)]).events == 1

"""Our estimate beside the mid of the same instant."""

from __future__ import annotations

import math

import pytest

from analyzer.blend import blended
from analyzer.judgement import JudgeRules
from support.moments import moment

RULES = JudgeRules(blend_weight=0.25, market_only_hours=24)
FAR, NEAR, OBSERVED = "2026-11-25T05:07:00Z", "2026-11-23T06:00:00Z", "2026-11-23T05:07:00Z"


def test_the_weight_is_ours_and_the_mid_has_the_rest() -> None:
    found = blended(0.8, moment(market_mid=0.4, close_time_utc=FAR, observed_at_utc=OBSERVED), RULES)
    expected = 0.25 * math.log(0.8 / 0.2) + 0.75 * math.log(0.4 / 0.6)
    assert found.weight == 0.25
    assert math.log(found.probability / (1 - found.probability)) == pytest.approx(expected, abs=1e-12)
    assert abs(found.probability - 0.4) < abs(found.probability - 0.8)


def test_in_the_last_hours_it_is_the_mid_itself() -> None:
    found = blended(0.8, moment(market_mid=0.37, close_time_utc=NEAR, observed_at_utc=OBSERVED), RULES)
    assert found == (0.0, 0.37)


@pytest.mark.parametrize(
    ("close", "weight"),
    [("2026-11-24T05:06:59Z", 0.0), ("2026-11-24T05:07:00Z", 0.25), (None, 0.0), (NEAR[:11] + "00:00:00Z", 0.0)],
)
def test_the_last_hours_begin_exactly_where_the_knob_says(close: str | None, weight: float) -> None:
    """A close that is unknown or has passed counts as near: then the market knows best."""
    assert blended(0.8, moment(market_mid=0.4, close_time_utc=close, observed_at_utc=OBSERVED), RULES).weight == weight


@pytest.mark.parametrize("close", [FAR, NEAR, None])
def test_without_a_mid_nothing_is_blended(close: str | None) -> None:
    assert blended(0.81, moment(market_mid=None, close_time_utc=close, observed_at_utc=OBSERVED), RULES) == (1.0, 0.81)


@pytest.mark.parametrize(("weight", "expected"), [(1.0, 0.81), (0.0, 0.4)])
def test_a_weight_of_all_or_nothing_changes_no_bit(weight: float, expected: float) -> None:
    rules = RULES._replace(blend_weight=weight)
    assert (
        blended(0.81, moment(market_mid=0.4, close_time_utc=FAR, observed_at_utc=OBSERVED), rules).probability
        == expected
    )


@pytest.mark.parametrize("mid", [0.000001, 0.999999])
def test_the_finest_prices_can_be_blended_with_certainty(mid: float) -> None:
    for own in (0.0, 1.0):
        found = blended(own, moment(market_mid=mid, close_time_utc=FAR, observed_at_utc=OBSERVED), RULES)
        assert 0 < found.probability < 1

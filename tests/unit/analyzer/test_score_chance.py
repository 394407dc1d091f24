"""Intervals, the band of a perfect forecaster, the chance of luck: seeded, and right about what luck does."""

from __future__ import annotations

import numpy as np
import pytest

from analyzer.score import Skill, skill_of, verdict
from analyzer.score_arrays import weighed
from analyzer.score_chance import Interval, chance_of_luck, interval, perfect_ece, resampled
from analyzer.score_line import calibration_line
from analyzer.score_measures import bins, expected_calibration_error
from support.forecast_columns import Shape, chance, columns, world


def test_the_same_numbers_give_the_same_interval() -> None:
    values = np.random.default_rng(3).random((40, 2))
    assert np.array_equal(resampled(values), resampled(values))


def test_the_bootstrap_spreads_as_the_mean_of_events_does() -> None:
    values = np.random.default_rng(3).normal(0, 1, (400, 1))
    found = interval(0.0, resampled(values)[:, 0], events=400)
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.08)


def test_repeating_an_events_hours_narrows_nothing() -> None:
    random = np.random.default_rng(5)
    said, mid = random.random(50), random.random(50)
    came = random.random(50) < said
    once = skill_of(columns(said, came, mid=mid))
    often = [np.repeat(each, 24) for each in (said, came, mid, np.arange(50))]
    hourly = skill_of(columns(*often[:2], mid=often[2], event=often[3], hour=np.tile(np.arange(24), 50)))
    assert once is not None
    assert hourly is not None
    assert hourly.points == pytest.approx(once.points, abs=1e-12)


def test_a_large_sample_is_split_into_portions_without_a_difference_in_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(3).normal(0, 1, (300, 1))
    whole = interval(0.0, resampled(values)[:, 0], events=300)
    monkeypatch.setattr("analyzer.score_chance._AT_ONCE", 1000)
    parts = resampled(values)
    assert parts.shape == (2000, 1)
    assert interval(0.0, parts[:, 0], events=300) == pytest.approx(whole, abs=0.02)


def test_the_ece_of_perfect_forecasters_lies_in_their_band_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    inside = 0
    for _ in range(200):
        said = random.random(60)
        made = columns(said, random.random(60) < said)
        weights = weighed(made).weights
        band = perfect_ece(made, weights, repetitions=300)
        inside += band.low <= expected_calibration_error(bins(made.probability, made.is_yes, weights)) <= band.high
    assert 0.90 <= inside / 200 <= 0.99


def test_a_forecaster_who_exaggerates_lies_above_the_band() -> None:
    random = np.random.default_rng(7)
    log_odds = random.normal(0, 1, 2000)
    made = columns(chance(3 * log_odds), random.random(2000) < chance(log_odds))
    weights = weighed(made).weights
    assert expected_calibration_error(bins(made.probability, made.is_yes, weights)) > perfect_ece(made, weights).high


def test_hours_of_one_market_share_their_luck_so_the_band_does_not_narrow() -> None:
    said = np.random.default_rng(7).random(40)
    once = perfect_ece(columns(said, said > 0.5), np.full(40, 1 / 40))
    often = columns(np.repeat(said, 24), np.repeat(said > 0.5, 24), event=np.repeat(np.arange(40), 24))
    assert perfect_ece(often, np.full(960, 1 / 960)) == pytest.approx(once, abs=1e-12)


def test_markets_with_luck_of_their_own_average_out() -> None:
    said, event = np.full(400, 0.3), np.repeat(np.arange(20), 20)
    shared = perfect_ece(columns(said, said > 1, event=event), np.full(400, 1 / 400))
    own = perfect_ece(columns(said, said > 1, event=event, draw=np.arange(400)), np.full(400, 1 / 400))
    assert own.high < shared.high / 2


def test_longshots_that_all_lost_prove_nothing_against_the_market() -> None:
    """Every resample of them shows skill, since none of them won; a market that is right would show it often too."""
    made = columns(np.full(40, 0.01), np.zeros(40), mid=np.full(40, 0.03))
    skill = skill_of(made)
    luck = chance_of_luck(made, weighed(made).weights)
    assert skill is not None
    assert skill.score is not None
    assert skill.score.low > 0
    assert luck == pytest.approx(0.97**40, abs=0.05)
    found = verdict(skill, luck)
    assert (found.is_skilled, found.sentence[:33]) == (False, "insufficient evidence, n=40 event")


def test_whoever_says_what_the_market_says_is_no_luckier_than_it() -> None:
    said = np.random.default_rng(1).random(50)
    made = columns(said, said > 0.5, mid=said)
    assert chance_of_luck(made, weighed(made).weights) == 1.0


_THIN = "insufficient evidence"


def skill(events: int, low: float) -> Skill:
    return Skill(events, events, 0.1, 0.2, Interval(0.1, low, 0.2), Interval(0.5, low, 0.6))


@pytest.mark.parametrize(
    ("found", "luck", "sentence"),
    [
        (None, None, "insufficient evidence, n=0 events: no forecast with a mid beside it has its result"),
        (skill(29, 0.3), 0.001, "insufficient evidence, n=29 events: 30 are needed"),
        (skill(30, 0.0), 0.001, "insufficient evidence, n=30 events: the lower bound of skill is 0.0000"),
        (
            skill(30, 0.1),
            0.025,
            f"{_THIN}, n=30 events: a market exactly right would let it look this good with a chance of 0.025",
        ),
        (skill(30, 0.1), 0.024, "skill above the market, lower bound 0.1000, n=30 events"),
    ],
)
def test_the_verdict_says_what_is_lacking(found: Skill | None, luck: float | None, sentence: str) -> None:
    assert verdict(found, luck).sentence == sentence
    assert verdict(found, luck).is_skilled == sentence.startswith("skill")


def test_the_calibration_line_of_honest_forecasts_covers_the_perfect_one_as_often_as_it_says() -> None:
    random = np.random.default_rng(11)
    covered = 0
    for _ in range(200):
        made = world(random, Shape(events=80, markets=3), model_noise=0, market_noise=0).forecasts
        line = calibration_line(made.probability, made.is_yes, weighed(made))
        assert line is not None
        covered += line.slope.low <= 1 <= line.slope.high
    assert 0.88 <= covered / 200 <= 0.99


def test_the_calibration_line_sees_exaggeration_and_a_lean() -> None:
    random = np.random.default_rng(11)
    log_odds = random.normal(0, 1, 5000)
    made = columns(chance(2 * log_odds + 1), random.random(5000) < chance(log_odds))
    line = calibration_line(made.probability, made.is_yes, weighed(made))
    assert line is not None
    assert line.slope.value == pytest.approx(0.5, abs=0.05)
    assert line.intercept.value == pytest.approx(-0.5, abs=0.08)


@pytest.mark.parametrize("came", [[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1]])
def test_where_no_finite_line_fits_there_is_none(came: list[int]) -> None:
    made = columns([0.1, 0.3, 0.6, 0.9], came)
    assert calibration_line(made.probability, made.is_yes, weighed(made)) is None


def test_forecasts_that_are_all_the_same_have_no_line() -> None:
    made = columns([0.5, 0.5], [0, 1])
    assert calibration_line(made.probability, made.is_yes, weighed(made)) is None

"""How good a set of forecasts was: every figure of it, with how far chance may have moved it. It reads no table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer import score_measures as measures
from analyzer.score_arrays import weighed
from analyzer.score_chance import Band, Interval, chance_of_luck, interval, perfect_ece, resampled
from analyzer.score_line import Line, calibration_line

if TYPE_CHECKING:
    from analyzer.score_arrays import Forecasts

MIN_EVENTS = 30
"""Below so many events no verdict is given: percentile intervals of a few events are too narrow."""
LUCK_LIMIT = 0.025


class Skill(NamedTuple):
    """Forecasts against the mid of the same instant, over those that have one.

    `score` is 1 - Brier / Brier of the mid (None where the mid was never wrong); `points` is the plain difference,
    Brier of the mid - Brier, which is what arena-evaluation calls skill.
    """

    events: int
    forecasts: int
    brier: float
    mid_brier: float
    points: Interval
    score: Interval | None


class Brief(NamedTuple):
    """The score of a part: one type, one bucket, one span of the horizon, one step of judging."""

    events: int
    forecasts: int
    brier: Interval
    skill: Skill | None


class PerForecast(NamedTuple):
    """Scores with every forecast counting the same, as other tools take them; long-lived events outvote others here."""

    brier: float
    log_score: float
    ece: float


class Score(NamedTuple):
    """All figures of one forecaster. Lower is better for the Brier, log score and ECE."""

    events: int
    forecasts: int
    base_rate: float
    brier: Interval
    log_score: Interval
    skill: Skill | None
    luck: float | None
    """The chance to look at least this skilled if the mid were exactly right."""
    ece: float
    ece_perfect: Band
    """Where 95% of the ECEs of a perfect forecaster of this very sample lie."""
    murphy: measures.Murphy
    line: Line | None
    bins: list[measures.Bin]
    per_forecast: PerForecast


class Verdict(NamedTuple):
    """Whether there is evidence of skill, in a sentence."""

    is_skilled: bool
    sentence: str


def skill_of(forecasts: Forecasts) -> Skill | None:
    """Score forecasts against the mid of the same instant; None where no forecast has one."""
    paired = forecasts.beside_a_mid()
    if not len(paired):
        return None
    weighing = weighed(paired)
    ours = measures.squared_error(paired.probability, paired.is_yes)
    mids = measures.squared_error(paired.mid, paired.is_yes)
    by_event = np.stack([weighing.by_event(ours), weighing.by_event(mids)], axis=1)
    brier, mid_brier = map(float, by_event.mean(axis=0))
    drawn = resampled(by_event)
    points = interval(mid_brier - brier, drawn[:, 1] - drawn[:, 0], events=weighing.events)
    score = None
    if mid_brier > 0:
        with np.errstate(divide="ignore", invalid="ignore"):  # a resample in which the mid was never wrong
            ratios = 1 - drawn[:, 0] / drawn[:, 1]
        score = interval(1 - brier / mid_brier, np.nan_to_num(ratios, nan=0.0), events=weighing.events)
    return Skill(weighing.events, len(paired), brier, mid_brier, points, score)


def brief(forecasts: Forecasts) -> Brief:
    """Score a part of the forecasts."""
    weighing = weighed(forecasts)
    by_event = weighing.by_event(measures.squared_error(forecasts.probability, forecasts.is_yes))
    brier = interval(float(by_event.mean()), resampled(by_event[:, None])[:, 0], events=weighing.events)
    return Brief(weighing.events, len(forecasts), brier, skill_of(forecasts))


def score(forecasts: Forecasts) -> Score:
    """Score all forecasts of one forecaster; there must be at least one."""
    weighing = weighed(forecasts)
    columns = (forecasts.probability, forecasts.is_yes)
    losses = (measures.squared_error(*columns), measures.log_loss(*columns))
    by_event = np.stack([weighing.by_event(loss) for loss in losses], axis=1)
    brier, log_score = by_event.mean(axis=0)
    drawn = resampled(by_event)
    found = measures.bins(*columns, weighing.weights)
    paired = forecasts.beside_a_mid()
    return Score(
        events=weighing.events,
        forecasts=len(forecasts),
        base_rate=float(weighing.weights @ forecasts.is_yes),
        brier=interval(float(brier), drawn[:, 0], events=weighing.events),
        log_score=interval(float(log_score), drawn[:, 1], events=weighing.events),
        skill=skill_of(forecasts),
        luck=chance_of_luck(paired, weighed(paired).weights) if len(paired) else None,
        ece=measures.expected_calibration_error(found),
        ece_perfect=perfect_ece(forecasts, weighing.weights),
        murphy=measures.murphy(*columns, weighing.weights),
        line=calibration_line(*columns, weighing),
        bins=found,
        per_forecast=PerForecast(
            brier=float(losses[0].mean()),
            log_score=float(losses[1].mean()),
            ece=measures.expected_calibration_error(
                measures.bins(*columns, np.full(len(forecasts), 1 / len(forecasts)))
            ),
        ),
    )


def verdict(skill: Skill | None, luck: float | None) -> Verdict:
    """Say whether the forecasts beat the market: only with enough events, a lower bound above 0, and hardly by luck."""
    events = skill.events if skill else 0
    doubt = _doubt(skill, luck)
    if doubt is not None:
        return Verdict(is_skilled=False, sentence=f"insufficient evidence, n={events} events: {doubt}")
    low = skill.score.low if skill and skill.score else 0.0
    return Verdict(is_skilled=True, sentence=f"skill above the market, lower bound {low:.4f}, n={events} events")


def _doubt(skill: Skill | None, luck: float | None) -> str | None:
    if skill is None or skill.score is None or luck is None:
        return "no forecast with a mid beside it has its result"
    if skill.events < MIN_EVENTS:
        return f"{MIN_EVENTS} are needed"
    if skill.score.low <= 0:
        return f"the lower bound of skill is {skill.score.low:.4f}"
    if luck >= LUCK_LIMIT:
        return f"a market exactly right would let it look this good with a chance of {luck:.3f}"
    return None

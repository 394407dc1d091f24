"""The newest score report for people: each forecaster's line and the reliability diagram. It scores nothing itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from kalshi_common.storage import estimate_pages
from monitor.figures.reliability import reliability_figure

if TYPE_CHECKING:
    from kalshi_common.storage.readers import Connection
    from monitor.figures.base import Figure

SHAPE = 1
"""The shape of the stored report that is understood here, as the analyzer numbers it."""
_DRAWN = 3


class Interval(NamedTuple):
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float


class Band(NamedTuple):
    """Where 95% of the ECEs of a perfect forecaster of the same sample lie."""

    low: float
    high: float


class Forecaster(NamedTuple):
    """One line of the table. `skill` is against the mid of the same instant; None where there is nothing to score."""

    name: str
    verdict: str
    events: int
    forecasts: int
    awaiting: int
    brier: Interval | None
    skill: Interval | None
    log_score: Interval | None
    ece: float | None
    ece_perfect: Band | None
    cost_nanodollars: int


class Calibration(NamedTuple):
    """What the panel shows. `bins` are the filled ones, by forecaster, of the figure.

    `trouble` says why a stored report cannot be shown.
    """

    scored_at_utc: str | None
    forecasters: list[Forecaster]
    bins: list[tuple[str, list[dict[str, Any]]]]
    figure: Figure | None
    trouble: str | None


def calibration(connection: Connection) -> Calibration:
    """Read the newest report and shape it."""
    stored = estimate_pages.newest_score(connection)
    if stored is None:
        return Calibration(None, [], [], None, None)
    try:
        return _shaped(stored.scored_at_utc, json.loads(stored.report_json))
    except (ValueError, LookupError, TypeError):
        told = "The newest score report has a shape that this version does not know: run the images of one version."
        return Calibration(stored.scored_at_utc, [], [], None, told)


def _shaped(at_utc: str, report: dict[str, Any]) -> Calibration:
    if report["shape"] != SHAPE:
        raise LookupError("shape")
    parts = report["forecasters"]
    # The market is what all others are compared with, so it stands first.
    parts = sorted(parts, key=lambda part: (not part["is_market"], -part["forecasts"]["scored"]))
    scored = [part for part in parts if part["score"]][:_DRAWN]
    bins = [(_name(part), [each for each in part["score"]["bins"] if each["forecasts"]]) for part in scored]
    figure = reliability_figure(bins) if bins else None
    return Calibration(at_utc, [_forecaster(part) for part in parts], bins, figure, None)


def _name(part: dict[str, Any]) -> str:
    return "the market's mid" if part["is_market"] else f"{part['model']}, prompt {part['prompt_version']}"


def _forecaster(part: dict[str, Any]) -> Forecaster:
    score = part["score"] or {}
    # The market's skill against itself is 0 by definition and says nothing.
    skill = None if part["is_market"] else (score.get("skill") or {}).get("score")
    return Forecaster(
        _name(part),
        part["verdict"]["sentence"],
        score.get("events", 0),
        part["forecasts"]["scored"],
        part["forecasts"]["awaiting_result"],
        _interval(score.get("brier")),
        _interval(skill),
        _interval(score.get("log_score")),
        score.get("ece"),
        _band(score.get("ece_perfect")),
        part["cost"]["nanodollars"],
    )


def _interval(found: dict[str, float] | None) -> Interval | None:
    return None if found is None else Interval(found["value"], found["low"], found["high"])


def _band(found: dict[str, float] | None) -> Band | None:
    return None if found is None else Band(found["low"], found["high"])

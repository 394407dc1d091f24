"""One forecaster's part of the calibration report, as plain values for JSON. It computes nothing of its own."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from analyzer import score_chance, score_measures
from analyzer.periods import periods_for
from analyzer.score import LUCK_LIMIT, MIN_EVENTS, Verdict, brief, score, verdict
from analyzer.score_arrays import HORIZONS, UNKNOWN_HORIZON
from kalshi_common.storage.forecasts import MARKET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.score import Score
    from analyzer.score_arrays import Forecasts, Ints
    from analyzer.score_table import Forecaster, Table
    from kalshi_common.storage.forecasts import Spending

STEPS = ("aggregated", "recalibrated", "blended", "probability")
_HORIZON_NAMES = dict(enumerate(label for label, _ in HORIZONS)) | {UNKNOWN_HORIZON: "unknown"}


def rules() -> dict[str, Any]:
    """Give the constants behind the figures, so that a stored report explains itself."""
    return {
        "bins": score_measures.BINS,
        "log_clip": score_measures.LOG_CLIP,
        "bootstrap_resamples": score_chance.RESAMPLES,
        "luck_repetitions": score_chance.REPETITIONS,
        "ece_band_repetitions": score_chance.BAND_REPETITIONS,
        "seed": score_chance.SEED,
        "min_events": MIN_EVENTS,
        "min_events_of_an_interval": score_chance.FEWEST_EVENTS,
        "luck_limit": LUCK_LIMIT,
        "weights": "every event the same; within it every hour; within that every market",
    }


def forecaster_part(forecaster: Forecaster, table: Table, costs: Sequence[Spending]) -> dict[str, Any]:
    """Say everything about one forecaster; without any scored forecast, the score is None and the lists are empty."""
    forecasts, is_market = table.forecasts, forecaster.model == MARKET
    found = score(forecasts) if len(forecasts) else None
    return {
        **forecaster._asdict(),
        "is_market": is_market,
        "verdict": _verdict(found, is_market=is_market)._asdict(),
        "forecasts": _counts(table, costs, is_market=is_market),
        "cost": _cost(costs),
        "score": plain(found),
        "steps": [] if is_market or not found else _steps(forecasts),
        "by_type": _grouped(forecasts, forecasts.macro_type, dict(enumerate(table.type_names))),
        "by_bucket": _by_bucket(forecasts, found),
        "by_horizon": _grouped(forecasts, forecasts.horizon, _HORIZON_NAMES),
        "over_time": _over_time(forecasts, costs),
    }


def plain(value: Any) -> Any:
    """Turn named tuples, and what is in them, into dictionaries; JSON has no nan, so it becomes None."""
    if hasattr(value, "_asdict"):
        return {name: plain(each) for name, each in value._asdict().items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _verdict(found: Score | None, *, is_market: bool) -> Verdict:
    if is_market:
        events = found.events if found else 0
        return Verdict(
            is_skilled=False, sentence=f"the market itself, what others are compared with, n={events} events"
        )
    return verdict(found.skill if found else None, found.luck if found else None)


def _counts(table: Table, costs: Sequence[Spending], *, is_market: bool) -> dict[str, int]:
    scored, left_out = len(table.forecasts), table.scalars + table.looking_ahead
    made = scored + left_out if is_market else sum(row.estimates for row in costs)
    return {
        "made": made,
        "scored": scored,
        "scalar_left_out": table.scalars,
        "look_ahead_left_out": table.looking_ahead,
        "awaiting_result": made - scored - left_out,
    }


def _cost(costs: Sequence[Spending]) -> dict[str, Any]:
    nanodollars, estimates = sum(row.nanodollars for row in costs), sum(row.estimates for row in costs)
    return {
        "nanodollars": nanodollars,
        "nanodollars_per_estimate": round(nanodollars / estimates) if estimates else None,
    }


def _steps(forecasts: Forecasts) -> list[dict[str, Any]]:
    return [{"name": step, **plain(brief(forecasts.at_stage(step)))} for step in STEPS]


def _grouped(forecasts: Forecasts, codes: Ints, names: Mapping[int, str]) -> list[dict[str, Any]]:
    return [{"name": names[code], **plain(brief(forecasts.where(codes == code)))} for code in np.unique(codes).tolist()]


def _by_bucket(forecasts: Forecasts, found: Score | None) -> list[dict[str, Any]]:
    """Give the reliability bins, the filled ones with their own score; the mean forecasts and results are as in ECE."""
    buckets = score_measures.bucket_of(forecasts.probability)
    names = (
        {each.bucket: f"{each.bucket / 10:.1f} to {(each.bucket + 1) / 10:.1f}" for each in found.bins} if found else {}
    )
    scored = {row["name"]: row for row in _grouped(forecasts, buckets, names)}
    return [{**plain(each), **scored[names[each.bucket]]} for each in (found.bins if found else []) if each.forecasts]


def _over_time(forecasts: Forecasts, costs: Sequence[Spending]) -> list[dict[str, Any]]:
    """Tell each week or month by when forecasts were made, with what its estimates cost, scored yet or not."""
    days = np.array([row.day_s for row in costs], dtype=np.int64)
    periods = periods_for(np.concatenate([forecasts.observed_s, days]))
    spent: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for period, row in zip(periods.starts(days), costs, strict=True):
        spent[str(period)][0] += row.estimates
        spent[str(period)][1] += row.nanodollars
    starts = periods.starts(forecasts.observed_s)
    scores = {str(period): plain(brief(forecasts.where(starts == period))) for period in np.unique(starts)}
    return [
        {"name": name, "made": spent[name][0], "nanodollars": spent[name][1], "score": scores.get(name)}
        for name in sorted({*scores, *spent})
    ]

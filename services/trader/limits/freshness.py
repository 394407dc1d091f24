"""Limits on time: nothing is traded on what was seen too long ago, or too near to the close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trader.limits.facts import Facts, Limit

if TYPE_CHECKING:
    from kalshi_common.knobs_trade import TradeKnobs

_MINUTE = 60


def _snapshot(facts: Facts, knobs: TradeKnobs) -> str | None:
    return _age(facts.snapshot_age_s, knobs.max_snapshot_age_minutes, "its prices were", "max_snapshot_age_minutes")


def _estimate(facts: Facts, knobs: TradeKnobs) -> str | None:
    most = knobs.max_estimate_age_minutes
    return _age(facts.estimate_age_s, most, "what its estimate rests on was", "max_estimate_age_minutes")


def _age(age_s: float, most: int, what: str, knob: str) -> str | None:
    if 0 <= age_s <= most * _MINUTE:
        return None
    if age_s < 0:
        return f"{what} seen {-age_s / _MINUTE:.1f} minutes in the future; check this machine's clock"
    return f"{what} seen {age_s / _MINUTE:.1f} minutes ago; {most} are the most (trade.{knob})"


def _close(facts: Facts, knobs: TradeKnobs) -> str | None:
    least = knobs.min_minutes_to_close
    if facts.seconds_to_close is None:
        return "its close time is not known (trade.min_minutes_to_close)"
    if facts.seconds_to_close >= least * _MINUTE and facts.seconds_to_close > 0:
        return None
    left = facts.seconds_to_close / _MINUTE
    return f"it closes in {left:.1f} minutes; {least} are the least (trade.min_minutes_to_close)"


FRESHNESS = (
    Limit("snapshot_age", "max_snapshot_age_minutes", "the age of the book or quote", _snapshot),
    Limit("estimate_age", "max_estimate_age_minutes", "the age of the prices the estimate was made on", _estimate),
    Limit("time_to_close", "min_minutes_to_close", "the time left to the market's close", _close),
)

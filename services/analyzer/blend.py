"""Our estimate and the market's mid of the same instant into one probability. It decides the weights, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyzer.logits import expit, logit
from kalshi_common.domain.hour import parse_utc

if TYPE_CHECKING:
    from analyzer.judgement import JudgeRules, MarketMoment

_SECONDS_PER_HOUR = 3600


class Blend(NamedTuple):
    """The weight our own estimate had (the mid had the rest), and the blended probability."""

    weight: float
    probability: float


def blended(own: float, moment: MarketMoment, rules: JudgeRules) -> Blend:
    """Average our estimate and the mid in log odds; `rules.blend_weight` is OUR weight, the mid has the rest.

    Without a mid nothing is blended: our weight is 1. Near the close it is 0, so that we say what the market says:
    it hears the news, the model does not. A close that is unknown or has passed counts as near.
    """
    mid = moment.market_mid
    if mid is None:
        return Blend(1.0, own)
    weight = 0.0 if hours_to_close(moment) < rules.market_only_hours else rules.blend_weight
    if weight in {0.0, 1.0}:
        return Blend(weight, own if weight else mid)  # exactly, not by way of log odds
    return Blend(weight, expit(weight * logit(own) + (1 - weight) * logit(mid)))


def hours_to_close(moment: MarketMoment) -> float:
    """Give the hours from the snapshot to the close; negative where that is unknown."""
    if moment.close_time_utc is None:
        return -1.0
    left = parse_utc(moment.close_time_utc) - parse_utc(moment.observed_at_utc)
    return left.total_seconds() / _SECONDS_PER_HOUR

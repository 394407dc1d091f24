"""Forecasts as columns, made up: random ones, and a simulated world whose true chances are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analyzer.score_arrays import Forecasts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HOUR_S = 3600


def columns(
    probability: Any, is_yes: Any, *, mid: Any = None, event: Any = None, hour: Any = None, draw: Any = None
) -> Forecasts:
    """Columns from what is given; without events each row is one of its own."""
    said = np.asarray(probability, dtype=np.float64)
    own = np.arange(len(said)) if event is None else np.asarray(event, dtype=np.int64)
    zeros = np.zeros(len(said), dtype=np.int64)
    return Forecasts(
        event=own,
        draw=own if draw is None else np.asarray(draw, dtype=np.int64),
        observed_s=zeros if hour is None else np.asarray(hour, dtype=np.int64) * HOUR_S,
        horizon=zeros,
        macro_type=zeros,
        is_yes=np.asarray(is_yes, dtype=np.float64),
        mid=np.full(len(said), np.nan) if mid is None else np.asarray(mid, dtype=np.float64),
        aggregated=said,
        recalibrated=said,
        blended=said,
        probability=said,
    )


class Shape(NamedTuple):
    """How many events, markets of each, hours of each; where their true log odds lie, and how far apart."""

    events: int
    markets: int = 1
    hours: int = 1
    centre: float = 0.0
    spread: float = 1.5


class World(NamedTuple):
    """Forecasts and, beside each, the true chance that made its result."""

    forecasts: Forecasts
    truth: Floats


def world(
    random: np.random.Generator, shape: Shape, *, model_noise: float, market_noise: float, shaded: float = 1.0
) -> World:
    """Draw a world: model and market both see the truth through noise in log odds; `shaded` scales the model's odds.

    One stroke of luck decides all markets of an event, as one figure decides all rungs of a ladder.
    """
    per_event, per_market = shape.markets * shape.hours, shape.hours
    markets = shape.events * shape.markets
    event = np.repeat(np.arange(shape.events), per_event)

    def each_market(spread: float) -> Floats:
        return np.repeat(random.normal(0, spread, markets), per_market)

    log_odds = shape.centre + each_market(shape.spread)
    truth = chance(log_odds)
    is_yes = np.repeat(random.random(shape.events), per_event) < truth
    mid = chance(log_odds + each_market(market_noise))
    own = chance(log_odds + each_market(model_noise) + np.log(shaded))
    hour = np.tile(np.arange(shape.hours), markets)
    return World(columns(own, is_yes, mid=mid, event=event, hour=hour), truth)


def chance(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-log_odds))

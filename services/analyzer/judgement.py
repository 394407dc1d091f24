"""The seam between asking and judging: what is known of a market at one moment, and what is made of its samples.

Types only. The asking half fills a `JudgeContext` and calls `judge.judge`; a `Judgement` is columns of `estimates`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLE_CLIP = 0.005
"""Samples are held within [0.005, 0.995]: one sample of 0 or 1 must not outweigh all others in logits."""


class MarketMoment(NamedTuple):
    """A market as one snapshot showed it. Instants are UTC text, strikes the decimal text the exchange wrote.

    `market_mid` is the mid of a two-sided book (never a last trade), or None. `observed_at_utc` is the snapshot's.
    """

    market_id: str
    event_ticker: str
    series_ticker: str
    macro_event_type: str | None
    market_mid: float | None
    close_time_utc: str | None
    observed_at_utc: str
    strike_type: str | None
    floor_strike: str | None
    cap_strike: str | None
    mutually_exclusive: bool


class Platt(NamedTuple):
    """A straight line on logits: slope x logit(p) + intercept; (1, 0) changes nothing. `events` were behind it."""

    slope: float = 1.0
    intercept: float = 0.0
    events: int = 0


@dataclass(frozen=True)
class Recalibration:
    """Lines fitted on what was known at `as_of_utc`: one for all, and one for each macro event type."""

    as_of_utc: str
    pooled: Platt
    by_type: Mapping[str, Platt]
    events: int
    scalars_left_out: int

    def line(self, macro_event_type: str | None) -> Platt:
        """Give the line of a type; a type without settled forecasts of its own has the pooled one."""
        return self.by_type.get(macro_event_type or "", self.pooled)


class JudgeRules(NamedTuple):
    """The knobs of judging. `blend_weight` belongs to OUR estimate: the mid has 1 - blend_weight."""

    blend_weight: float = 0.25
    market_only_hours: float = 24.0
    """Within this long of the close our weight is 0: the mid alone counts where there is one."""
    sample_clip: float = SAMPLE_CLIP


@dataclass(frozen=True)
class JudgeContext:
    """What judging needs beside the samples: a moment for each sampled market, the fitted lines, the rules."""

    moments: Mapping[str, MarketMoment]
    recalibration: Recalibration
    rules: JudgeRules


@dataclass(frozen=True)
class Judgement:
    """What was made of one market's samples, step by step; each field is the column of `estimates` of that name."""

    sample_count: int
    sample_spread: float | None
    """Standard deviation of the clipped samples in logits (n - 1); None for a single sample."""
    aggregated: float
    recalibration_json: str
    recalibrated: float
    blend_weight: float
    """The weight our recalibrated estimate had beside the mid: 1 where there was no mid, 0 near the close."""
    blended: float
    coherence_json: str
    probability: float

"""What is made of the samples of an hour's markets: aggregate, recalibrate, blend, make coherent. It reads no table.

Each step's value is kept in the judgement, so that every one of them can be scored afterwards.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from analyzer.aggregate import Aggregate, aggregated
from analyzer.blend import Blend, blended
from analyzer.coherence import made_coherent
from analyzer.judgement import Judgement, JudgeRules
from analyzer.recalibrate import recalibrated
from kalshi_common.errors import LookAheadError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.judgement import JudgeContext, MarketMoment, Recalibration
    from kalshi_common.knobs_analyze import AnalyzeKnobs


class _Steps(NamedTuple):
    aggregate: Aggregate
    recalibrated: float
    blend: Blend


def rules_of(knobs: AnalyzeKnobs) -> JudgeRules:
    """Take the rules of judging from the knobs."""
    return JudgeRules(blend_weight=knobs.blend_weight, market_only_hours=knobs.market_only_hours)


def judge(samples: Mapping[str, Sequence[float]], context: JudgeContext) -> dict[str, Judgement]:
    """Judge one model's samples (market id -> probabilities) of one moment. Coherence spans the markets given.

    Raises:
        LookAheadError: the recalibration was fitted later than a market was observed.
        ValueError: a market has no sample, or one outside [0, 1].
    """
    moments = {market_id: context.moments[market_id] for market_id in samples}
    _refuse_look_ahead(moments, context.recalibration)
    steps = {market_id: _steps(values, moments[market_id], context) for market_id, values in samples.items()}
    coherent = made_coherent({market_id: step.blend.probability for market_id, step in steps.items()}, moments)
    return {
        market_id: Judgement(
            sample_count=step.aggregate.samples,
            sample_spread=step.aggregate.spread,
            aggregated=step.aggregate.probability,
            recalibration_json=_line_as_json(context.recalibration, moments[market_id]),
            recalibrated=step.recalibrated,
            blend_weight=step.blend.weight,
            blended=step.blend.probability,
            coherence_json=json.dumps(coherent[market_id].note),
            probability=coherent[market_id].probability,
        )
        for market_id, step in steps.items()
    }


def _steps(values: Sequence[float], moment: MarketMoment, context: JudgeContext) -> _Steps:
    aggregate = aggregated(values, clip=context.rules.sample_clip)
    own = recalibrated(aggregate.probability, context.recalibration.line(moment.macro_event_type))
    return _Steps(aggregate, own, blended(own, moment, context.rules))


def _refuse_look_ahead(moments: Mapping[str, MarketMoment], recalibration: Recalibration) -> None:
    for moment in moments.values():
        if recalibration.as_of_utc > moment.observed_at_utc:
            raise LookAheadError(
                f"{moment.market_id}: seen at {moment.observed_at_utc}, but the recalibration knows outcomes up to "
                f"{recalibration.as_of_utc}; fit it as of the snapshot"
            )


def _line_as_json(recalibration: Recalibration, moment: MarketMoment) -> str:
    line = recalibration.line(moment.macro_event_type)
    return json.dumps(
        {
            "as_of_utc": recalibration.as_of_utc,
            "slope": line.slope,
            "intercept": line.intercept,
            "type_events": line.events,
            "events": recalibration.events,
            "scalars_left_out": recalibration.scalars_left_out,
        }
    )

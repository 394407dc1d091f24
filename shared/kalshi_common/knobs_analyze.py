"""The knobs of analyzing: which markets, which models, how much money at most."""

from __future__ import annotations

from pydantic import Field

from kalshi_common.knobs_base import Section


class AnalyzeKnobs(Section):
    """What an analyze cycle asks, and what it may cost."""

    api_cost_limit_per_cycle: float = Field(
        default=1.0, ge=0, le=10_000, description="Most US dollars one cycle may spend on model calls."
    )

"""The knobs of trading: paper unless said otherwise, sizes, limits."""

from __future__ import annotations

from pydantic import Field

from kalshi_common.knobs_base import Section


class TradeKnobs(Section):
    """What a trade cycle may do."""

    live: bool = Field(default=False, description="One of the consents that live orders need; false trades on paper.")

"""The knobs of trading: paper unless said otherwise, sizes, limits. Amounts are US dollars."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kalshi_common.knobs_base import Allowed, Section

ModelName = Annotated[str, Field(pattern=r"^[!-~]{1,100}$")]


class TradeKnobs(Section):
    """What a trade cycle may do."""

    live: bool = Field(default=False, description="One of the consents that live orders need; false trades on paper.")
    model: Annotated[ModelName | None, Allowed("a model's name as `estimates` has it, or null")] = Field(
        default=None, description="Whose estimates to trade on; null takes the newest of each market."
    )
    paper_bankroll: float = Field(
        default=1000.0, ge=1, le=10_000_000, description="US dollars the paper account began with."
    )
    kelly_multiplier: float = Field(
        default=0.25, ge=0.01, le=1, description="The part of the full Kelly size that is wanted."
    )
    lot_hundredths: int = Field(
        default=100, ge=1, le=100_000, description="Orders are whole multiples of this many hundredths of a contract."
    )
    fee_rounding: Literal["direct", "other"] = Field(
        default="other", description="How balances round: to $0.0001 for direct members of the exchange, else to $0.01."
    )
    time_in_force: Literal["immediate_or_cancel", "good_till_canceled"] = Field(
        default="immediate_or_cancel", description="Whether the rest of an order is canceled at once, or rests."
    )
    order_minutes: int = Field(
        default=50, ge=1, le=1440, description="Minutes after which a resting order expires; for good_till_canceled."
    )
    max_contracts_at_once: int = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="Most contracts that may fill within 15 s; the exchange stops what passes it.",
    )
    max_per_order: float = Field(default=25.0, ge=0, le=1_000_000, description="Most one order may cost, fees in it.")
    max_per_market: float = Field(default=50.0, ge=0, le=1_000_000, description="Most at risk in one market.")
    max_per_event: float = Field(default=100.0, ge=0, le=1_000_000, description="Most at risk in one event.")
    max_per_macro_type: float = Field(
        default=200.0, ge=0, le=1_000_000, description="Most at risk in one macro_event_type."
    )
    max_open_orders: int = Field(
        default=20, ge=0, le=1000, description="Most orders that rest or whose outcome is not known yet."
    )
    max_spend_per_day: float = Field(
        default=200.0, ge=0, le=1_000_000, description="Most that the orders of one UTC day may cost together."
    )
    max_loss_per_day: float = Field(
        default=50.0,
        ge=0,
        le=1_000_000,
        description="Equity lost since the UTC day began, at which nothing more is bought.",
    )
    max_drawdown: float = Field(
        default=0.2, ge=0.001, le=1, description="Part of the highest equity lost, at which nothing more is bought."
    )
    price_collar: float = Field(
        default=0.05, ge=0.0001, le=1, description="Most a price may lie above the mid of its side."
    )
    min_edge: float = Field(
        default=0.03, ge=0, le=1, description="Least expected profit a contract, after price and exact fee."
    )
    max_spread: float = Field(
        default=0.06, ge=0.0001, le=1, description="Widest distance from best bid to best offer that is traded on."
    )
    min_depth: int = Field(
        default=10, ge=0, le=1_000_000, description="Fewest contracts offered at the price or cheaper."
    )
    max_snapshot_age_minutes: int = Field(
        default=60, ge=1, le=1440, description="Minutes since the book or quote was seen, beyond which it is stale."
    )
    max_estimate_age_minutes: int = Field(
        default=120,
        ge=1,
        le=10_080,
        description="Minutes since the estimate's prices were seen, beyond which it is stale.",
    )
    min_minutes_to_close: int = Field(
        default=60, ge=0, le=100_000, description="Least minutes between an order and the close of its market."
    )
    max_score_age_days: int = Field(
        default=7,
        ge=1,
        le=365,
        description="Days since the last score, beyond which it is no evidence for live orders.",
    )

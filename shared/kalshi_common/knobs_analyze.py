"""The knobs of analyzing: which markets, which models, how much money at most."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from kalshi_common.knobs_base import Allowed, MacroEventType, Section, SeriesTickers, reachable

URL = r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"
"""An address of a model provider; one with a user name could hold a secret."""
_DollarsPerMillion = Annotated[float, Field(ge=0, le=10_000)]
ModelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$")]


class ModelKnobs(Section):
    """One model to ask. Its price comes from the price table, or from the two rates given here."""

    provider: Literal["openai", "anthropic", "compatible"]
    model: ModelName
    base_url: Annotated[str | None, Field(pattern=URL), AfterValidator(lambda url: url and reachable(url))] = None
    """The address of a `compatible` endpoint, as far as `/v1`."""
    keyed: bool = False
    """Whether a `compatible` endpoint is sent OPENAI_API_KEY; no key leaves for another address by accident."""
    input_usd_per_million: _DollarsPerMillion | None = None
    output_usd_per_million: _DollarsPerMillion | None = None
    price_as: ModelName | None = None
    """The price table's own name of the model, where it differs from the provider's."""
    max_output_tokens: Annotated[int, Field(ge=64, le=64_000)] = 4000

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        priced = {self.input_usd_per_million is not None, self.output_usd_per_million is not None}
        compatible = self.provider == "compatible"
        if len(priced) > 1 or (compatible and priced != {True}) or (self.price_as and priced == {True}):
            raise ValueError("both rates, or none")
        if compatible != (self.base_url is not None) or (self.keyed and not compatible):
            raise ValueError("an address and a key's leave belong to a compatible endpoint")
        return self


def _once(models: tuple[ModelKnobs, ...]) -> tuple[ModelKnobs, ...]:
    if len({(each.provider, each.model) for each in models}) < len(models):
        raise ValueError("a model stands twice")
    return models


Models = Annotated[tuple[ModelKnobs, ...], Field(strict=False, min_length=1, max_length=10), AfterValidator(_once)]
_MODELS_IN_WORDS = (
    "a list of 1 to 10 models, each once: `provider` (openai, anthropic or compatible) and `model`; optional"
    " `max_output_tokens` (64 to 64000), `price_as`, or both `input_usd_per_million` and `output_usd_per_million`;"
    " a compatible one needs `base_url` and both rates, and takes `keyed`"
)


class AnalyzeKnobs(Section):
    """What an analyze cycle asks, and what it may cost."""

    models: Annotated[Models, Allowed(_MODELS_IN_WORDS)] = Field(
        default=(ModelKnobs(provider="openai", model="gpt-5-mini"),), description="The models to ask, in this order."
    )
    api_cost_limit_per_cycle: float = Field(
        default=1.0, ge=0, le=10_000, description="Most US dollars one cycle may spend on model calls."
    )
    cost_limit_per_day: float = Field(
        default=5.0, ge=0, le=100_000, description="Most US dollars in a UTC day, all processes together."
    )
    cost_limit_per_month: float = Field(
        default=50.0, ge=0, le=1_000_000, description="Most US dollars in a UTC month, all processes together."
    )
    samples: int = Field(default=3, ge=1, le=50, description="How often each model is asked about each market.")
    concurrency: int = Field(default=10, ge=1, le=64, description="Most model calls under way at once.")
    timeout_s: float = Field(default=60.0, ge=1, le=600, description="Seconds to wait for a model's answer.")
    max_retries: int = Field(
        default=3, ge=0, le=10, description="Most times one question is asked again after a failure; each is paid for."
    )
    max_markets: int = Field(default=50, ge=1, le=10_000, description="Most markets one cycle asks about.")
    batch_size: int = Field(
        default=10, ge=1, le=1000, description="Markets that are judged and stored together; an event is never cut."
    )
    macro_types: Annotated[
        tuple[MacroEventType, ...],
        Field(strict=False, max_length=100),
        Allowed("a list of up to 100 macro event types; empty takes every market"),
    ] = Field(default=(), description="Ask only about markets of these types.")
    series: Annotated[SeriesTickers, Allowed("a list of up to 1000 upper-case series tickers; empty takes all")] = (
        Field(default=(), description="Ask only about markets of these series.")
    )
    max_spread_cents: int = Field(
        default=20, ge=0, le=100, description="Leave out a market whose bid and ask lie further apart."
    )
    min_volume: int = Field(
        default=100, ge=0, le=1_000_000_000, description="Leave out a market with fewer contracts traded."
    )
    min_open_interest: int = Field(
        default=0, ge=0, le=1_000_000_000, description="Leave out a market with fewer contracts open."
    )
    min_hours_to_close: float = Field(default=1.0, ge=0, le=8760, description="Leave out a market that closes sooner.")
    max_hours_to_close: float = Field(
        default=2160.0, ge=0, le=87_600, description="Leave out a market that closes later."
    )
    repeat_after_hours: float = Field(
        default=24.0, ge=0, le=8760, description="Leave out a market estimated within so many hours, unless it moved."
    )
    repeat_if_moved_cents: int = Field(
        default=5, ge=0, le=100, description="Ask again sooner when the mid has moved by so much; 0 asks every time."
    )
    max_snapshot_age_minutes: int = Field(
        default=90, ge=1, le=525_600, description="Refuse to ask when the newest complete hour began longer ago."
    )
    blend_weight: float = Field(
        default=0.25, ge=0, le=1, description="The weight of our own estimate beside the mid, which has the rest."
    )
    market_only_hours: float = Field(
        default=24.0, ge=0, le=8760, description="Within so many hours of the close the mid alone counts."
    )
    recalibrate_min_events: int = Field(
        default=50, ge=1, le=1_000_000, description="Recalibrate only with so many determined events behind it."
    )

"""What a model's tokens cost: the row of the price table that is meant and no other, and exact sums in nano-dollars.

An unknown price is refused, never guessed: a call whose cost cannot be bounded is not made.
"""

from __future__ import annotations

import json
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from kalshi_common.errors import ConfigError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kalshi_common.knobs_analyze import ModelKnobs

_NANO_PER_MICRO = 1000  # a dollar for a million tokens is a thousand nano-dollars for one
_NANO = 1_000_000_000


class TokenUsage(NamedTuple):
    """What a call used. `input` counts all of it, the cached and cache-written parts too; reasoning is output."""

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0


class Rates(NamedTuple):
    """Dollars for a million tokens, for prompts of more than `above` tokens."""

    above: int
    input: Decimal
    cached: Decimal
    cache_write: Decimal
    output: Decimal


class PriceRow(NamedTuple):
    """The price of one model: which row of which table it is, and its rates, smallest prompts first."""

    provider: str
    model: str
    priced_as: str
    source: str
    rates: tuple[Rates, ...]

    def cost(self, usage: TokenUsage) -> int:
        """Give what a call cost, in nano-dollars, rounded up."""
        rates = [each for each in self.rates if each.above == 0 or usage.input > each.above][-1]
        plain = max(usage.input - usage.cached - usage.cache_write, 0)
        return _rounded_up(
            plain * rates.input
            + usage.cached * rates.cached
            + usage.cache_write * rates.cache_write
            + usage.output * rates.output
        )

    def worst(self, *, most_input: int, most_output: int) -> int:
        """Give the most a call can cost, in nano-dollars: every token at its dearest, in any tier it can reach."""
        reachable = [each for each in self.rates if each.above == 0 or most_input > each.above]
        return max(_rounded_up(most_input * max(each[1:4]) + most_output * each.output) for each in reachable)

    def as_json(self) -> str:
        """Write the row as the ledger keeps it."""
        rates = [{name: str(value) for name, value in each._asdict().items()} for each in self.rates]
        return json.dumps({**self._asdict(), "rates": rates}, sort_keys=True)


def nanodollars(dollars: float) -> int:
    """Turn a knob's dollars into whole nano-dollars, rounded down: a limit is never widened."""
    return int(Decimal(str(dollars)) * _NANO)


def dollars_text(nano: int) -> str:
    """Write nano-dollars as dollars, exactly: `0.001234`; at least six decimals."""
    text = f"{Decimal(nano) / _NANO:.9f}"
    return text[:-3] + text[-3:].rstrip("0")


def price_rows(models: Sequence[ModelKnobs], now: dt.datetime) -> list[PriceRow]:
    """Find the price of each model.

    Raises:
        ConfigError: the price of one is not known, or only that of another model with a similar name; all at once.
    """
    rows: list[PriceRow] = []
    problems: list[str] = []
    for model in models:
        try:
            rows.append(_price_row(model, now))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return rows


def _price_row(model: ModelKnobs, now: dt.datetime) -> PriceRow:
    if model.input_usd_per_million is not None and model.output_usd_per_million is not None:
        paid, made = (Decimal(str(rate)) for rate in (model.input_usd_per_million, model.output_usd_per_million))
        rates = (Rates(0, paid, paid, paid, made),)
        return PriceRow(model.provider, model.model, model.model, "configuration", rates)
    return _from_table(model, now)


def _from_table(model: ModelKnobs, now: dt.datetime) -> PriceRow:
    import genai_prices  # noqa: PLC0415  # 2,000 prices that only a cycle needs

    asked = model.price_as or model.model
    where = f"analyze.models: {model.provider} {model.model}"
    advice = "give input_usd_per_million and output_usd_per_million"
    try:
        found = genai_prices.calc_price(
            genai_prices.Usage(input_tokens=0, output_tokens=0),
            asked,
            provider_id=model.provider,
            genai_request_timestamp=now,
        )
    except LookupError:
        raise ConfigError(f"{where}: the price of {asked} is not known, so it is not asked; {advice}.") from None
    # The table matches loosely, and a price of a namesake would make every limit meaningless.
    if found.model.id != asked:
        raise ConfigError(
            f"{where}: the price table takes {asked} for {found.model.id}; if that is its price, "
            f'set "price_as": "{found.model.id}", else {advice}.'
        )
    price: Any = found.model_price
    if price.input_mtok is None or price.output_mtok is None:
        raise ConfigError(f"{where}: the price table has no price per token of {asked}; {advice}.")
    return PriceRow(model.provider, model.model, asked, f"genai-prices {genai_prices.__version__}", _rates(price))


def _rates(price: Any) -> tuple[Rates, ...]:
    paid = price.input_mtok
    cached, written = (paid if each is None else each for each in (price.cache_read_mtok, price.cache_write_mtok))
    columns = (paid, cached, written, price.output_mtok)
    steps = sorted({0, *(tier.start for column in columns for tier in getattr(column, "tiers", ()))})
    return tuple(Rates(step, *(_at(column, step) for column in columns)) for step in steps)


def _at(price: Any, step: int) -> Decimal:
    """Give the price that holds just above a tier's start."""
    if isinstance(price, Decimal):
        return price
    found: Decimal = price.base
    for tier in price.tiers:
        found = tier.price if tier.start <= step else found
    return found


def _rounded_up(dollars_per_million: Decimal) -> int:
    return int((dollars_per_million * _NANO_PER_MICRO).to_integral_value(ROUND_CEILING))

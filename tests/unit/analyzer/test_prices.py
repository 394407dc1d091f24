from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import genai_prices
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.prices import PriceRow, Rates, TokenUsage, dollars_text, nanodollars, price_rows
from kalshi_common.errors import ConfigError
from kalshi_common.knobs_analyze import ModelKnobs

NOW = dt.datetime(2026, 11, 23, 5, 7, tzinfo=dt.UTC)
LISTED = [
    ("openai", "gpt-5-mini"),
    ("openai", "gpt-5"),
    ("anthropic", "claude-haiku-5-5"),
    ("anthropic", "claude-sonnet-5-5"),
    ("anthropic", "claude-opus-5-5"),
]


def model(provider: str = "openai", name: str = "gpt-5-mini", **more: object) -> ModelKnobs:
    return ModelKnobs.model_validate({"provider": provider, "model": name, **more})


def row(provider: str = "openai", name: str = "gpt-5-mini", **more: object) -> PriceRow:
    [found] = price_rows([model(provider, name, **more)], NOW)
    return found


@pytest.mark.parametrize(("provider", "name"), LISTED)
@given(st.tuples(st.integers(0, 300_000), st.integers(0, 50_000), st.integers(0, 50_000), st.integers(0, 9999)))
def test_a_cost_is_the_price_tables_own_to_the_nano_dollar(
    provider: str, name: str, counts: tuple[int, int, int, int]
) -> None:
    plain, cached, written, made = counts
    price = row(provider, name)
    if price.rates[0].cache_write == price.rates[0].input:  # the table prices no cache writes of this model
        written = 0
    usage = TokenUsage(plain + cached + written, made, cached, written)
    theirs = genai_prices.calc_price(
        genai_prices.Usage(
            input_tokens=usage.input, output_tokens=made, cache_read_tokens=cached, cache_write_tokens=written or None
        ),
        name,
        provider_id=provider,
        genai_request_timestamp=NOW,
    )
    exact = theirs.total_price * 10**9
    assert exact <= price.cost(usage) < exact + 1


@pytest.mark.parametrize(("provider", "name"), LISTED)
@given(data=st.data(), most_input=st.integers(1, 400_000), most_output=st.integers(1, 10_000))
def test_no_usage_within_its_bounds_costs_more_than_the_worst(
    provider: str, name: str, data: st.DataObject, most_input: int, most_output: int
) -> None:
    price = row(provider, name)
    read = data.draw(st.integers(0, most_input))
    cached = data.draw(st.integers(0, read))
    written = data.draw(st.integers(0, read - cached))
    usage = TokenUsage(read, data.draw(st.integers(0, most_output)), cached, written)
    assert price.cost(usage) <= price.worst(most_input=most_input, most_output=most_output)


def test_a_fraction_of_a_nano_dollar_is_rounded_up() -> None:
    third = PriceRow("openai", "m", "m", "test", (Rates(0, *[Decimal("0.0375")] * 4),))
    assert third.cost(TokenUsage(1, 0)) == 38
    assert third.cost(TokenUsage(0, 0)) == 0


def test_an_unknown_model_is_refused_by_its_name_and_every_one_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        price_rows([model(name="gpt-99-nope"), model("anthropic", "claude-nope"), model()], NOW)
    assert len(caught.value.problems) == 2
    assert "gpt-99-nope is not known" in str(caught.value)


def test_the_price_of_a_namesake_is_refused_and_the_way_out_told() -> None:
    with pytest.raises(ConfigError, match='set "price_as": "gpt-5-mini"'):
        row(name="gpt-5-mini-2025-08-07")
    found = row(name="gpt-5-mini-2025-08-07", price_as="gpt-5-mini")
    assert (found.model, found.priced_as, found.rates) == ("gpt-5-mini-2025-08-07", "gpt-5-mini", row().rates)


def test_a_given_price_goes_before_the_table() -> None:
    found = row(name="gpt-99-nope", input_usd_per_million=1, output_usd_per_million=0.1)
    assert found.source == "configuration"
    assert found.cost(TokenUsage(1_000_000, 1_000_000, cached=500_000)) == nanodollars(1.1)


def test_the_row_kept_in_the_ledger_says_which_table_and_which_rates() -> None:
    kept = json.loads(row().as_json())
    assert kept["source"] == f"genai-prices {genai_prices.__version__}"
    assert kept["priced_as"] == "gpt-5-mini"
    assert Decimal(kept["rates"][0]["output"]) == 2


@pytest.mark.parametrize(("dollars", "nano"), [(0.29, 290_000_000), (1.0, 10**9), (0.0, 0), (1e-9, 1), (1.5e-9, 1)])
def test_a_limit_in_dollars_is_taken_digit_by_digit_and_never_widened(dollars: float, nano: int) -> None:
    assert nanodollars(dollars) == nano


@given(st.integers(0, 10**15))
def test_dollars_are_written_exactly(nano: int) -> None:
    text = dollars_text(nano)
    assert Decimal(text) * 10**9 == nano
    assert len(text.partition(".")[2]) >= 6

"""Money and counts never lose or gain a micro-dollar."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.money import dollars, hundredths, micro_dollars


@pytest.mark.parametrize("cents", range(101))
def test_every_cent_is_exact_those_that_binary_float_breaks_too(cents: int) -> None:
    assert micro_dollars(f"{cents // 100}.{cents % 100:02d}") == cents * 10_000


@pytest.mark.parametrize("text", ["0.29", "0.57", "0.58"])
def test_the_cents_that_float_arithmetic_gets_wrong_are_right(text: str) -> None:
    assert int(float(text) * 100) * 10_000 != micro_dollars(text)
    assert micro_dollars(text) == int(text[2:]) * 10_000


@pytest.mark.parametrize(
    ("text", "micro"),
    [("0", 0), ("1", 1_000_000), ("0.000001", 1), ("-0.5", -500_000), ("0.5600", 560_000), ("0.1230000000", 123_000)],
)
def test_a_decimal_text_in_dollars_becomes_micro_dollars(text: str, micro: int) -> None:
    assert micro_dollars(text) == micro


@pytest.mark.parametrize(("text", "count"), [("10.00", 1000), ("0.01", 1), ("1000000000000.00", 10**14), ("7", 700)])
def test_a_decimal_count_becomes_hundredths(text: str, count: int) -> None:
    assert hundredths(text) == count


@given(st.integers(-(10**15), 10**15))
def test_dollars_and_back_is_the_same_amount(micro: int) -> None:
    assert micro_dollars(f"{dollars(micro):f}") == micro


@given(st.decimals(-(10**9), 10**9, places=6))
def test_any_amount_of_six_decimals_is_exact(amount: Decimal) -> None:
    assert Decimal(micro_dollars(f"{amount:f}")) == amount * 1_000_000


@pytest.mark.parametrize("text", ["0.1234567", "0.0000001", "-1.0000009"])
def test_finer_than_a_micro_dollar_is_refused_not_rounded(text: str) -> None:
    with pytest.raises(ValueError, match="more than 6 decimals"):
        micro_dollars(text)


def test_finer_than_a_hundredth_of_a_contract_is_refused_not_rounded() -> None:
    with pytest.raises(ValueError, match="more than 2 decimals"):
        hundredths("1.005")


@pytest.mark.parametrize(
    "text", ["", ".", "-", ".5", "5.", "--1", "1e3", "+1", " 1", "1_0", "1,000", "NaN", "٣", "½", "1.2.3"]
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    for convert in (micro_dollars, hundredths):
        with pytest.raises(ValueError, match="not a decimal number"):
            convert(text)

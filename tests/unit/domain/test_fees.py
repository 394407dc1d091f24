"""Fees against published figures, against the formula as fractions, and against the simulator's own reckoning."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.fees import (
    BALANCE_STEPS,
    REBATE_STEP,
    TRADE_FEE_STEP,
    Execution,
    cost,
    fee_terms,
    marginal_fee,
    order_fees,
    total_fee,
    trade_fee,
)
from kalshi_common.domain.money import DOLLAR, hundredths, micro_dollars
from simulator.orders_fees import OTHER, charged
from simulator.orders_fees import trade_fee as judged_trade_fee

SCHEDULE = "https://kalshi.com/docs/kalshi-fee-schedule.pdf, general and maker tables, 100 contracts"
ROUNDING = "https://docs.kalshi.com/getting_started/fee_rounding"
SERIES = "OpenAPI 3.34.0, Series.fee_type and Series.fee_multiplier"
TAKER_MAKER = "https://agentbets.ai/guides/kalshi-fees-guide, fee per contract at key price points"
NEWS = "https://usigaminghub.com/?p=10734, the example of the schedule of July 2025"

# fee_type, multiplier, price, count, role; the trade fee and, rounded to whole cents of balance, what is charged.
CASES = [
    ("quadratic", "1", "0.01", "100", "taker", "0.0693", "0.07", SCHEDULE),
    ("quadratic", "1", "0.05", "100", "taker", "0.3325", "0.34", SCHEDULE),
    ("quadratic", "1", "0.10", "100", "taker", "0.6300", "0.63", SCHEDULE),
    ("quadratic", "1", "0.15", "100", "taker", "0.8925", "0.90", SCHEDULE),
    ("quadratic", "1", "0.20", "100", "taker", "1.1200", "1.12", SCHEDULE),
    ("quadratic", "1", "0.25", "100", "taker", "1.3125", "1.32", SCHEDULE),
    ("quadratic", "1", "0.30", "100", "taker", "1.4700", "1.47", SCHEDULE),
    ("quadratic", "1", "0.35", "100", "taker", "1.5925", "1.60", SCHEDULE),
    ("quadratic", "1", "0.40", "100", "taker", "1.6800", "1.68", SCHEDULE),
    ("quadratic", "1", "0.45", "100", "taker", "1.7325", "1.74", SCHEDULE),
    ("quadratic", "1", "0.50", "100", "taker", "1.7500", "1.75", SCHEDULE),
    ("quadratic", "1", "0.99", "100", "taker", "0.0693", "0.07", SCHEDULE),
    ("quadratic_with_maker_fees", "1", "0.05", "100", "maker", "0.0832", "0.09", TAKER_MAKER),
    ("quadratic_with_maker_fees", "1", "0.10", "100", "maker", "0.1575", "0.16", TAKER_MAKER),
    ("quadratic_with_maker_fees", "1", "0.25", "100", "maker", "0.3282", "0.33", TAKER_MAKER),
    ("quadratic_with_maker_fees", "1", "0.50", "100", "maker", "0.4375", "0.44", TAKER_MAKER),
    ("quadratic_with_maker_fees", "1", "0.50", "100", "taker", "1.7500", "1.75", TAKER_MAKER),
    ("quadratic", "1", "0.50", "1", "taker", "0.0175", "0.02", TAKER_MAKER),
    ("quadratic", "1", "0.05", "1", "taker", "0.0034", "0.01", TAKER_MAKER),
    ("quadratic", "1", "0.50", "10", "taker", "0.1750", "0.18", NEWS),
    ("quadratic", "1", "0.50", "100", "maker", "0", "0", f"{SERIES}: makers pay nothing"),
    ("quadratic_with_combo_maker_fees", "1", "0.50", "100", "maker", "0.8750", "0.88", f"{SERIES}: half for makers"),
    ("quadratic_with_combo_maker_fees", "1", "0.50", "100", "taker", "1.7500", "1.75", SERIES),
    ("quadratic", "0.5", "0.50", "100", "taker", "0.8750", "0.88", SERIES),
    ("quadratic", "2", "0.30", "100", "taker", "2.9400", "2.94", SERIES),
    ("quadratic", "0", "0.50", "100", "taker", "0", "0", SERIES),
    (
        "quadratic",
        "1",
        "0.055",
        "1",
        "taker",
        "0.0037",
        "0.005",
        f"{ROUNDING}: revenue -0.055 moves the balance by -0.06",
    ),
    ("quadratic", "1", "0.001", "0.01", "taker", "0.0001", "0.00999", f"{ROUNDING}: the least fill moves a whole cent"),
]


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_fees_equal_the_published_ones_to_a_hundredth_of_a_cent(case: tuple[str, ...]) -> None:
    fee_type, multiplier, price, count, role, schedule, net, source = case
    terms = fee_terms(fee_type, multiplier)
    fill = Execution(micro_dollars(price), hundredths(count), role == "taker")
    assert trade_fee(terms, fill) == micro_dollars(schedule), source
    assert total_fee(terms, [fill], balance_step=BALANCE_STEPS["other"]) == micro_dollars(net), source


PRICES = st.integers(1, 9_999).map(lambda ten_thousandths: ten_thousandths * 100)
FILLS = st.lists(st.tuples(PRICES, st.integers(1, 500_000), st.booleans()), min_size=1, max_size=6)


@given(price=PRICES, count=st.integers(1, 10**7), multiplier=st.integers(0, 300))
def test_the_trade_fee_is_the_formula_in_fractions_rounded_up(price: int, count: int, multiplier: int) -> None:
    terms = fee_terms("quadratic", str(Decimal(multiplier) / 100))
    dollars = Fraction(7 * multiplier, 10_000) * Fraction(count, 100) * Fraction(price, DOLLAR)
    exact = dollars * (1 - Fraction(price, DOLLAR)) * DOLLAR
    assert trade_fee(terms, Execution(price, count)) == ceil(exact / TRADE_FEE_STEP) * TRADE_FEE_STEP
    assert marginal_fee(terms, price) == ceil(exact * 100 / count)


@given(fills=FILLS)
def test_an_orders_fills_are_charged_as_the_simulator_reckons_on_its_own(fills: list[tuple[int, int, bool]]) -> None:
    terms = fee_terms("quadratic_with_maker_fees", "1")
    rounded, judged = 0, []
    for price, count, taker in fills:
        fee = judged_trade_fee("quadratic_with_maker_fees", price // 100, count, is_taker=taker)
        net, rounded = charged(fee, cost(price, count), rounded, OTHER)
        judged.append(net)
    fees = order_fees(terms, [Execution(*fill) for fill in fills], balance_step=BALANCE_STEPS["other"])
    assert [fee.net for fee in fees] == judged


@given(fills=FILLS, member=st.sampled_from(sorted(BALANCE_STEPS)))
def test_the_balance_moves_in_whole_steps_and_rounding_keeps_a_cent_only_where_a_fill_costs_less(
    fills: list[tuple[int, int, bool]], member: str
) -> None:
    terms = fee_terms("quadratic_with_maker_fees", "1")
    executions = [Execution(*fill) for fill in fills]
    fees = order_fees(terms, executions, balance_step=BALANCE_STEPS[member])
    kept = 0
    for one, fee in zip(executions, fees, strict=True):
        assert (cost(one.price, one.size) + fee.net) % BALANCE_STEPS[member] == 0
        kept += fee.rounding_fee - fee.rebate
        assert fee.net >= 0
        assert 0 <= kept < REBATE_STEP or fee.net < REBATE_STEP


def test_later_fills_of_an_order_go_on_from_what_earlier_ones_left_to_give_back() -> None:
    terms = fee_terms("quadratic", "1")
    fills = [Execution(micro_dollars("0.55"), 100)] * 7
    whole = order_fees(terms, fills, balance_step=10_000)
    left = sum(fee.rounding_fee - fee.rebate for fee in whole[:3])
    assert order_fees(terms, fills[3:], balance_step=10_000, rounded_before=left) == whole[3:]
    assert any(fee.rebate for fee in whole)


def test_an_event_goes_before_its_series() -> None:
    terms = fee_terms("quadratic", "1", type_override="quadratic_with_maker_fees", multiplier_override="0.5")
    assert terms == (Decimal("0.035"), Decimal("0.00875"))
    assert fee_terms("flat", "1", type_override="quadratic") == fee_terms("quadratic", "1")
    assert fee_terms("quadratic", "1", multiplier_override="0") == fee_terms("quadratic", "0")


@pytest.mark.parametrize(
    ("fee_type", "multiplier", "said"),
    [
        ("flat", "1", "fee type flat has no published formula"),
        ("cubic", "1", "fee type cubic has no published formula"),
        (None, "1", "fee type unknown has no published formula"),
        ("quadratic", None, "fee multiplier unknown is not a number"),
        ("quadratic", "free", "fee multiplier free is not a number"),
        ("quadratic", "NaN", "fee multiplier NaN is not a number from 0"),
        ("quadratic", "-1", "fee multiplier -1 is not a number from 0"),
    ],
)
def test_terms_that_are_not_known_are_refused_and_never_guessed(
    fee_type: str | None, multiplier: str | None, said: str
) -> None:
    with pytest.raises(ValueError, match=f"^{said}$"):
        fee_terms(fee_type, multiplier)


@pytest.mark.parametrize("fill", [Execution(0, 100), Execution(DOLLAR, 100), Execution(500_000, 0)])
def test_what_is_no_fill_has_no_fee(fill: Execution) -> None:
    with pytest.raises(ValueError, match="is no fill"):
        trade_fee(fee_terms("quadratic", "1"), fill)

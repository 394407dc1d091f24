"""What a quote implies, and when it implies nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.money import DOLLAR, MicroDollars
from kalshi_common.domain.probability import ImpliedProbability, implied_probability


def implied(
    bid: MicroDollars | None, ask: MicroDollars | None, last: MicroDollars | None = None, kind: str = "binary"
) -> ImpliedProbability | None:
    return implied_probability(market_type=kind, yes_bid=bid, yes_ask=ask, last_price=last)


def test_a_two_sided_book_implies_its_mid_whatever_traded_last() -> None:
    assert implied(290_000, 310_000, 900_000) == (0.3, 3)


@pytest.mark.parametrize(
    ("bid", "ask"),
    [(0, DOLLAR), (0, 100_000), (900_000, DOLLAR), (None, 500_000), (500_000, None), (None, None), (600_000, 500_000)],
)
def test_an_empty_one_sided_or_crossed_book_falls_back_to_the_last_trade(bid: int | None, ask: int | None) -> None:
    assert implied(bid, ask, 250_000) == (0.25, 2)


@pytest.mark.parametrize("last", [None, 0, DOLLAR])
def test_no_book_and_no_trade_imply_nothing(last: int | None) -> None:
    assert implied(0, DOLLAR, last) is None


def test_a_scalar_market_implies_no_probability() -> None:
    assert implied(400_000, 420_000, 410_000, kind="scalar") is None


def test_a_locked_book_implies_its_price() -> None:
    assert implied(420_000, 420_000) == (0.42, 4)


@pytest.mark.parametrize("tenth", range(10))
def test_a_bucket_begins_at_its_tenth_and_ends_before_the_next(tenth: int) -> None:
    edge = tenth * 100_000
    at_edge, below_next = implied(None, None, edge or 1), implied(None, None, edge + 99_999)
    assert at_edge is not None
    assert below_next is not None
    assert (at_edge.bucket, below_next.bucket) == (tenth, tenth)


@given(st.integers(1, DOLLAR - 1), st.integers(1, DOLLAR - 1))
def test_the_mid_lies_between_bid_and_ask_and_in_its_bucket(one: int, other: int) -> None:
    bid, ask = sorted((one, other))
    found = implied(bid, ask)
    assert found is not None
    assert bid / DOLLAR <= found.probability <= ask / DOLLAR
    assert found.bucket == (bid + ask) * 10 // (2 * DOLLAR)

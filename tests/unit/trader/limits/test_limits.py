"""Each limit refuses what it is for, by the least step; without it the same order would pass."""

from __future__ import annotations

import re

import pytest

from kalshi_common.knobs import TradeKnobs
from support.processes import ROOT
from trader.limits import LIMITS, Evidence, Limit, refusals, room
from trader.limits.facts import usd
from trader.selftest import CASES, PASSING

KNOBS = TradeKnobs()
BY_NAME = {limit.name: limit for limit in LIMITS}


def without(name: str) -> tuple[Limit, ...]:
    return tuple(limit for limit in LIMITS if limit.name != name)


def checks(case: dict[str, object], limits: tuple[Limit, ...] = LIMITS) -> list[str]:
    return [refusal.check for refusal in refusals(PASSING._replace(**case), KNOBS, limits)]


def test_every_limit_has_a_case_and_every_case_a_limit() -> None:
    assert sorted(CASES) == sorted(BY_NAME)
    assert len(BY_NAME) == len(LIMITS)


def test_an_order_that_keeps_every_limit_passes() -> None:
    assert refusals(PASSING, KNOBS) == []


@pytest.mark.parametrize("name", BY_NAME)
def test_a_limit_alone_refuses_its_case_and_without_it_the_order_would_pass(name: str) -> None:
    assert checks(CASES[name]) == [name]
    assert checks(CASES[name], without(name)) == []


@pytest.mark.parametrize(
    ("name", "just_inside"),
    [
        ("max_open_orders", {"open_orders": 19}),
        ("snapshot_age", {"snapshot_age_s": 3_600.0}),
        ("estimate_age", {"estimate_age_s": 7_200.0}),
        ("time_to_close", {"seconds_to_close": 3_600.0}),
        ("min_edge", {"edge": 30_000}),
        ("price_collar", {"mid": 450_000}),
        ("max_spread", {"spread": 60_000}),
        ("min_depth", {"depth": 1_000}),
        ("max_per_order", {"cost": 25_000_000}),
        ("max_per_market", {"at_risk_market": 44_820_000}),
        ("max_per_event", {"at_risk_event": 94_820_000}),
        ("max_per_macro_type", {"at_risk_macro_type": 194_820_000}),
        ("max_spend_per_day", {"spent_today": 194_820_000}),
        ("cash", {"cash": 5_180_000}),
        ("max_loss_per_day", {"lost_today": 49_999_999}),
        ("max_drawdown", {"drawdown": 0.1999}),
        ("evidence", {"evidence": Evidence(6.9, 1e-9, "")}),
    ],
)
def test_the_step_before_a_limit_still_passes(name: str, just_inside: dict[str, object]) -> None:
    assert name in BY_NAME
    assert checks(just_inside) == []


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("price_collar", {"mid": None}),
        ("max_spread", {"spread": None}),
        ("max_spread", {"spread": 0}),
        ("max_spread", {"spread": -10_000}),
        ("time_to_close", {"seconds_to_close": None}),
        ("snapshot_age", {"snapshot_age_s": -1.0}),
        ("estimate_age", {"estimate_age_s": -1.0}),
        ("evidence", {"evidence": None}),
        ("evidence", {"evidence": Evidence(7.1, 0.01, "")}),
        ("evidence", {"evidence": Evidence(-0.1, 0.01, "")}),
        ("evidence", {"evidence": Evidence(0.1, 0.0, "")}),
        ("market_status", {"market_status": "closed"}),
    ],
)
def test_what_is_not_known_or_makes_no_sense_is_refused(name: str, case: dict[str, object]) -> None:
    assert checks(case) == [name]


def test_paper_needs_no_evidence() -> None:
    assert checks({"venue": "paper", "evidence": None}) == []


def test_every_reason_is_given_and_not_only_the_first() -> None:
    everything = {name: value for case in CASES.values() for name, value in case.items()}
    assert sorted(checks(everything)) == sorted(BY_NAME)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_refusal_tells_its_numbers_and_names_the_knob_that_sets_it(name: str) -> None:
    [refusal] = refusals(PASSING._replace(**CASES[name]), KNOBS)
    assert len(refusal.why) > 15
    if BY_NAME[name].knob and name != "evidence":
        assert f"(trade.{BY_NAME[name].knob})" in refusal.why


def test_the_room_is_that_of_the_tightest_amount_and_never_below_nothing() -> None:
    assert room(PASSING, KNOBS) == (25_000_000, "max_per_order")
    assert room(PASSING._replace(at_risk_event=90_000_000), KNOBS) == (10_000_000, "max_per_event")
    assert room(PASSING._replace(cash=-5), KNOBS) == (0, "cash")


def test_the_document_tells_every_limit_as_it_is_and_no_other() -> None:
    text = (ROOT / "docs" / "trading.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| ([^|]+) \| (?:`trade\.(\w+)`|none) \|$", text, re.MULTILINE)
    assert told == [(limit.name, limit.meaning, limit.knob or "") for limit in LIMITS]


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "$0.00"), (1_500_000, "$1.50"), (123_456, "$0.123456"), (-5_000, "$-0.005")]
)
def test_amounts_are_written_with_as_many_decimals_as_they_need(amount: int, text: str) -> None:
    assert usd(amount) == text

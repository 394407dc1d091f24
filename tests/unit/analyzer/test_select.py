from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.select import RULES, batches, mid, select
from kalshi_common.knobs_analyze import AnalyzeKnobs
from kalshi_common.storage.candidates import Candidate

NOW = dt.datetime(2026, 11, 23, 5, 7, 9, tzinfo=dt.UTC)
GOOD = Candidate(
    market_id="KXCPI-26NOV-T0.3",
    series_ticker="KXCPI",
    event_ticker="KXCPI-26NOV",
    macro_event_type="cpi",
    market_type="binary",
    status="active",
    yes_bid_microdollars=560_000,
    yes_ask_microdollars=580_000,
    volume_hundredths=123_400,
    open_interest_hundredths=78_900,
    close_time_utc="2026-12-10T13:30:00Z",
    observed_at_utc="2026-11-23T05:07:00Z",
    mutually_exclusive=False,
    estimated_at_utc=None,
    estimated_mid=None,
)
KNOBS = {"min_open_interest": 10, "series": ["KXCPI"], "macro_types": ["cpi"]}


def knobs(**changes: Any) -> AnalyzeKnobs:
    return AnalyzeKnobs.model_validate(changes)


def test_a_market_that_breaks_no_rule_is_chosen() -> None:
    assert select([GOOD], knobs(**KNOBS), NOW) == ([GOOD], {})


BROKEN = [
    ("not_active", {"status": "closed"}),
    ("not_binary", {"market_type": "scalar"}),
    ("not_binary", {"market_type": None}),
    ("macro_types", {"macro_event_type": None}),
    ("series", {"series_ticker": "KXFED"}),
    ("one_sided_book", {"yes_bid_microdollars": 0}),
    ("one_sided_book", {"yes_ask_microdollars": 1_000_000}),
    ("one_sided_book", {"yes_ask_microdollars": None}),
    ("one_sided_book", {"yes_bid_microdollars": 590_000}),
    ("max_spread_cents", {"yes_bid_microdollars": 379_999}),
    ("min_volume", {"volume_hundredths": 9_999}),
    ("min_volume", {"volume_hundredths": None}),
    ("min_open_interest", {"open_interest_hundredths": 999}),
    ("min_hours_to_close", {"close_time_utc": "2026-11-23T06:07:08Z"}),
    ("min_hours_to_close", {"close_time_utc": None}),
    ("max_hours_to_close", {"close_time_utc": "2027-02-21T05:07:10Z"}),
    ("estimated_recently", {"estimated_at_utc": "2026-11-22T05:07:10Z", "estimated_mid": 0.55}),
    ("estimated_recently", {"estimated_at_utc": "2026-11-22T05:07:10Z", "estimated_mid": None}),
]


@pytest.mark.parametrize(("rule", "change"), BROKEN)
def test_a_market_that_breaks_one_rule_is_counted_under_it(rule: str, change: dict[str, Any]) -> None:
    assert select([GOOD._replace(**change)], knobs(**KNOBS), NOW) == ([], {rule: 1})


def test_every_rule_is_tried_above() -> None:
    assert {rule for rule, _ in BROKEN} == set(RULES)


@pytest.mark.parametrize(
    "change",
    [
        {"yes_bid_microdollars": 380_000},
        {"volume_hundredths": 10_000},
        {"close_time_utc": "2026-11-23T06:07:09Z"},
        {"close_time_utc": "2027-02-21T05:07:09Z"},
        {"estimated_at_utc": "2026-11-22T05:07:09Z", "estimated_mid": 0.57},
        {"estimated_at_utc": "2026-11-23T05:00:00Z", "estimated_mid": 0.52},
        {"estimated_at_utc": "2026-11-23T05:00:00Z", "estimated_mid": 0.62},
    ],
)
def test_a_market_just_within_every_bound_is_chosen(change: dict[str, Any]) -> None:
    market = GOOD._replace(**change)
    assert select([market], knobs(), NOW).chosen == [market]


@given(
    st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 50), st.integers(0, 5)), unique=True), st.integers(1, 9)
)
def test_the_soonest_close_comes_first_and_every_market_is_accounted_for(
    made: list[tuple[str, int, int]], most: int
) -> None:
    rows = [
        GOOD._replace(
            market_id=f"{event}-{number}", event_ticker=event, close_time_utc=f"2026-12-{day + 1:02}T00:00:00Z"
        )
        for event, number, day in made
    ]
    chosen, left_out = select(rows, knobs(max_markets=most), NOW)
    assert len(chosen) + sum(left_out.values()) == len(rows)
    assert len(chosen) <= most
    order = [(row.close_time_utc, row.event_ticker, row.market_id) for row in rows]
    assert [(row.close_time_utc, row.event_ticker, row.market_id) for row in chosen] == sorted(order)[:most]


@given(st.lists(st.sampled_from("ABCDE"), max_size=40), st.integers(1, 10))
def test_batches_hold_every_market_once_and_never_cut_an_event(events: list[str], size: int) -> None:
    rows = [GOOD._replace(market_id=f"{event}-{place}", event_ticker=event) for place, event in enumerate(events)]
    cut = batches(rows, size)
    assert sorted(row.market_id for batch in cut for row in batch) == sorted(row.market_id for row in rows)
    homes = [{row.event_ticker for row in batch} for batch in cut]
    assert sum(map(len, homes)) == len(set(events))
    assert all(len(batch) <= size or len(home) == 1 for batch, home in zip(cut, homes, strict=True))


def test_the_mid_is_that_of_a_two_sided_book() -> None:
    assert mid(GOOD) == 0.57
    assert mid(GOOD._replace(yes_bid_microdollars=0)) is None

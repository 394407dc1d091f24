"""What back-fill would ask: every missing row once, never more than the exchange allows in a call."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.backfill_plan import Search, calls, searches, unsearched_hours, wanted_rows
from kalshi_common.domain.coverage import Gaps, MarketHoles
from kalshi_common.domain.gap import LedgerHour, Life, Span, spans

COMPLETE = LedgerHour("complete", None, None, None)
HOLES = st.frozensets(st.integers(0, 12_000), min_size=1, max_size=12).map(lambda hours: spans(sorted(hours)))


@st.composite
def wanted_of_many(draw: st.DrawFn) -> dict[str, list[Span]]:
    """Up to 250 markets that share a few patterns of holes."""
    patterns = draw(st.lists(HOLES, min_size=1, max_size=5))
    count = draw(st.integers(0, 250))
    return {f"KXCPI-26NOV-T{number}": patterns[number % len(patterns)] for number in range(count)}


def gaps(length: int, known: dict[int, str], holes: dict[str, list[Span]] | None = None) -> Gaps:
    window = Span(1000, 1000 + length - 1)
    ledger = {1000 + hour: COMPLETE._replace(status=status) for hour, status in known.items()}
    markets = [MarketHoles(Life(name, "KXCPI", "cpi", None, None), window, own) for name, own in (holes or {}).items()]
    return Gaps("macro", window, ledger, markets, {"KXCPI-26NOV-T0": {1001}})


@given(wanted_of_many(), st.integers(1, 7))
def test_every_wanted_hour_is_in_one_call_and_no_call_asks_too_much(wanted: dict[str, list[Span]], each: int) -> None:
    archived = set(sorted(wanted)[::each])
    planned = calls(wanted, archived=archived)
    asked: dict[str, list[Span]] = {}
    for call in planned:
        assert call.archived == (call.market_ids[0] in archived)
        assert len(call.market_ids) <= (1 if call.archived else 100)
        assert len(call.market_ids) * (call.span.hours + 1) <= 10_000
        for market in call.market_ids:
            asked.setdefault(market, []).append(call.span)
    assert asked.keys() == wanted.keys()
    for market, holes in wanted.items():
        hours = [hour for hole in holes for hour in range(hole.first, hole.last + 1)]
        within = [sum(span.first <= hour <= span.last for span in asked[market]) for hour in hours]
        assert set(within) == {1}


def test_three_days_of_723_markets_are_eight_calls() -> None:
    wanted = {f"KXCPI-26NOV-T{number}": [Span(500, 571)] for number in range(723)}
    assert len(calls(wanted, archived=())) == 8


def test_only_what_a_candlestick_reaches_is_wanted() -> None:
    found = gaps(3, {0: "complete"}, {"KXCPI-26NOV-T0": [Span(1001, 1002)]})
    assert wanted_rows(found) == {"KXCPI-26NOV-T0": [Span(1002, 1002)]}


def test_an_hour_is_searched_until_it_was_collected_or_closed_by_a_back_fill() -> None:
    known = {0: "complete", 1: "partial", 3: "backfilled", 4: "missed"}
    assert unsearched_hours(gaps(6, known)) == [1001, 1002, 1005]


def test_unseen_markets_closed_between_the_gaps_first_hour_and_the_next_complete_one() -> None:
    known = dict.fromkeys(range(20), "complete")
    for hour in (5, 6, 12):
        del known[hour]
    assert searches(gaps(20, known), by_series=False) == [Search(1005, 1007), Search(1012, 1013)]
    assert searches(gaps(20, known), by_series=True) == [Search(1005, 1013)]


def test_after_a_gap_that_no_complete_hour_has_followed_what_is_still_open_counts_too() -> None:
    assert searches(gaps(4, {0: "complete"}), by_series=True) == [Search(1001, None)]

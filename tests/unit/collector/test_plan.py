"""Which walks show every open market of a scope, once or twice but never not at all."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.plan import UNSPLIT, WINDOWS, Walk, macro_types, walks_of
from kalshi_common.domain.hour import utc_text
from kalshi_common.exchange.query import MarketQuery
from kalshi_common.knobs import MACRO_SERIES, CollectKnobs
from support.data_dir import market
from support.fake_clock import START

ALL = CollectKnobs(scope="all")
_INSTANTS = st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC)).map(  # noqa: DTZ001  # hypothesis adds the zone
    lambda instant: instant.replace(microsecond=0)
)
_CUTS = st.lists(_INSTANTS, max_size=30, unique=True).map(sorted)


def windows(cuts: list[dt.datetime]) -> list[Walk]:
    return walks_of(ALL, created_cuts=[utc_text(cut) for cut in cuts], now=START)


def asks_for(walk: Walk, created: dt.datetime, *, ends_count: bool) -> bool:
    """Whether the exchange would list a market created then, were a window's ends in it or not."""
    second = created.timestamp()
    low, high = walk.query.min_created_ts, walk.query.max_created_ts
    if ends_count:
        return (low is None or low <= second) and (high is None or second <= high)
    return (low is None or low < second) and (high is None or second < high)


def born(created: dt.datetime | None) -> dict[str, str | None]:
    return {"created_time": None if created is None else utc_text(created)}


def test_the_macro_scope_walks_every_series_of_the_table_on_its_own() -> None:
    walks = walks_of(CollectKnobs(), created_cuts=[], now=START)
    assert [walk.name for walk in walks] == [series for listed in MACRO_SERIES.values() for series in listed]
    assert walks[0] == Walk("KXFEDDECISION", MarketQuery(series_ticker="KXFEDDECISION"), "KXFEDDECISION")
    assert macro_types(CollectKnobs())["KXCPICORE"] == "core_cpi"


def test_the_series_scope_walks_the_listed_series() -> None:
    walks = walks_of(CollectKnobs(scope="series", series=("KXA", "KXB")), created_cuts=[utc_text(START)], now=START)
    assert [(walk.name, walk.series_ticker, walk.query.series_ticker) for walk in walks] == [
        ("KXA", "KXA", "KXA"), ("KXB", "KXB", "KXB")
    ]  # fmt: skip
    assert not any(walk.is_window for walk in walks)


@pytest.mark.parametrize("knobs", [CollectKnobs(), CollectKnobs(scope="series", series=("KXA",)), ALL])
def test_every_walk_asks_for_full_pages_of_open_markets_without_combos(knobs: CollectKnobs) -> None:
    for walk in (*walks_of(knobs, created_cuts=[], now=START), UNSPLIT):
        assert (walk.query.status, walk.query.limit, walk.query.exclude_combos) == ("open", 1000, True)


def test_the_whole_exchange_is_cut_into_windows_also_when_no_market_is_known_yet() -> None:
    walks = walks_of(ALL, created_cuts=[], now=START)
    assert len(walks) == WINDOWS
    assert all(walk.is_window for walk in walks)
    assert len({walk.name for walk in walks}) == WINDOWS


def test_a_windows_name_tells_its_ends_so_that_no_other_windows_proof_counts_for_it() -> None:
    assert [walk.name for walk in windows([START])] == [
        "created ..2026-11-23T05:07:09Z",
        "created 2026-11-23T05:07:09Z..",
    ]


def test_neighbouring_windows_overlap() -> None:
    first, second = windows([START])
    assert first.query.max_created_ts == int(START.timestamp()) + 2
    assert second.query.min_created_ts == int(START.timestamp()) - 2


@given(cuts=_CUTS, created=_INSTANTS, offset=st.integers(-3, 3), ends_count=st.booleans(), near=st.integers(0, 29))
@example(cuts=[], created=START, offset=0, ends_count=False, near=0)
def test_the_windows_together_hold_all_of_time_whether_the_exchange_counts_their_ends_or_not(
    *, cuts: list[dt.datetime], created: dt.datetime, offset: int, ends_count: bool, near: int
) -> None:
    if near < len(cuts):  # the ends are where it could go wrong
        created = cuts[near] + dt.timedelta(seconds=offset)
    walks = windows(cuts)
    assert any(asks_for(walk, created, ends_count=ends_count) for walk in walks)
    assert (walks[0].query.min_created_ts, walks[-1].query.max_created_ts) == (None, None)


@given(
    cuts=_CUTS,
    created=_INSTANTS,
    offset=st.integers(-3, 3),
    fraction=st.integers(0, 999_999),
    near=st.integers(0, 29),
)
def test_a_market_inside_its_window_is_never_taken_for_a_filter_that_was_ignored(
    cuts: list[dt.datetime], created: dt.datetime, offset: int, fraction: int, near: int
) -> None:
    exact = (cuts[near] if near < len(cuts) else created) + dt.timedelta(seconds=offset, microseconds=fraction)
    for walk in windows(cuts):
        if asks_for(walk, exact, ends_count=True):
            assert not walk.filter_was_ignored([market(facts=born(exact))])


@given(_INSTANTS)
def test_windows_of_a_first_run_hold_all_of_time_at_any_hour(now: dt.datetime) -> None:
    walks = walks_of(ALL, created_cuts=[], now=now)
    for moment in (now, now - dt.timedelta(days=3), now - dt.timedelta(days=4000), now + dt.timedelta(days=1)):
        assert any(asks_for(walk, moment, ends_count=False) for walk in walks)


@pytest.mark.parametrize("days", [-400, 400])
def test_a_market_far_outside_its_window_shows_that_the_filter_was_ignored(days: int) -> None:
    (middle,) = windows([START - dt.timedelta(days=1), START])[1:2]
    assert middle.filter_was_ignored([market(), market(facts=born(START + dt.timedelta(days=days)))])
    assert not middle.filter_was_ignored([])
    assert not middle.filter_was_ignored([market(facts=born(None))]), "an unknown creation time proves nothing"


def test_a_series_walk_that_shows_mostly_other_series_shows_that_the_filter_was_ignored() -> None:
    walk = walks_of(CollectKnobs(scope="series", series=("KXCPI",)), created_cuts=[], now=START)[0]
    assert walk.filter_was_ignored([market("KXCPIYOY-26NOV-T2"), market("KXFED-26DEC-T4")])
    assert walk.filter_was_ignored([market("KXCPI-26NOV-T0.3"), market("KXODD-26NOV-1"), market("KXFED-26DEC-T4")])
    assert not walk.filter_was_ignored([market("KXCPI-26NOV-T0.3"), market("KXODD-26NOV-1")])
    assert not walk.filter_was_ignored([])


def test_the_unsplit_walk_takes_whatever_comes() -> None:
    assert not UNSPLIT.is_window
    assert not UNSPLIT.filter_was_ignored([market(facts=born(START)), market("KXA-1-1")])

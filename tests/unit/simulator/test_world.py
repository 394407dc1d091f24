"""The world: the same for the same seed and time, moving, closing and settling with time."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from simulator.clock import SimClock
from simulator.market import Status
from simulator.world import World
from support.simulated_exchange import MOMENT


def world(seed: int = 7, markets: int = 723, at: dt.datetime = MOMENT) -> World:
    clock = SimClock()
    clock.set(at, frozen=True)
    return World(seed, clock, markets)


def everything(of: World) -> dict[str, bytes]:
    return {ticker: of.market_json(ticker) for ticker in of.tickers()}


def test_the_same_seed_and_time_show_the_same_bytes() -> None:
    assert everything(world()) == everything(world())


def test_another_seed_shows_other_prices() -> None:
    assert everything(world(seed=7)) != everything(world(seed=8))


def test_a_world_restarted_later_shows_the_series_the_first_one_shows_by_then() -> None:
    first = world()
    first.clock.advance(3 * 86_400)
    again = world(at=MOMENT + dt.timedelta(days=3))
    combos = "KXMVE"
    assert {name: text for name, text in everything(first).items() if not name.startswith(combos)} == {
        name: text for name, text in everything(again).items() if not name.startswith(combos)
    }


def test_going_back_in_time_shows_the_earlier_prices_again() -> None:
    moving = world()
    before = everything(moving)
    moving.clock.advance(7200)
    after = everything(moving)
    moving.clock.advance(-7200)
    assert everything(moving) == before
    assert after != before


def test_the_macro_group_has_about_723_open_markets_in_22_series_at_any_time() -> None:
    for days in (0, 30, 90, 180):
        at = world(at=MOMENT + dt.timedelta(days=days))
        tickers = at.tickers(Status.ACTIVE, Status.INACTIVE)
        series = {at.markets[ticker].event.series.ticker for ticker in tickers}
        macro = series - {"KXPPI", "KXAAAGASM", "KXHIGHNY", "KXMVESPORTS"}
        assert len(macro) == 22
        assert 700 <= sum(at.markets[ticker].event.series.ticker in macro for ticker in tickers) <= 745


@pytest.mark.parametrize("asked", [2_000, 10_000])
def test_a_larger_world_has_about_as_many_open_markets_as_asked(asked: int) -> None:
    assert len(world(markets=asked).tickers(Status.ACTIVE, Status.INACTIVE)) == pytest.approx(asked, rel=0.05)


def test_most_of_a_large_world_was_created_lately() -> None:
    large = world(markets=10_000)
    ages = [large.moment() - large.markets[name].created for name in large.tickers(Status.ACTIVE)]
    assert sum(age < 40 * 86_400 for age in ages) > len(ages) / 2
    assert max(ages) > 100 * 86_400


def test_a_market_goes_through_its_life_in_order() -> None:
    moving = world()
    market = moving.markets["KXJOBLESSCLAIMS-26DEC03-T200000"]
    times = [market.created, market.event.opens, market.closes, market.determined, market.finalized]
    assert market.status(market.created - 1) is None
    seen = [market.status(at) for at in times]
    assert seen == ["initialized", "active", "closed", "determined", "finalized"]
    span = market.finalized - market.determined
    assert market.status(market.determined + span // 2) is Status.DISPUTED
    assert market.status(market.finalized - 1) is Status.AMENDED


def test_a_status_changes_at_its_second_even_within_a_price_tick() -> None:
    moving = world()
    market = next(
        market
        for market in moving.markets.values()
        if market.determined > moving.moment() and market.determined % market.event.tick_seconds
    )
    moving.clock.advance(market.determined - 1 - moving.moment())
    before = json.loads(moving.market_json(market.ticker))
    moving.clock.advance(1)
    after = json.loads(moving.market_json(market.ticker))
    assert (before["status"], before["result"]) == ("closed", "")
    assert after["status"] == "determined"
    assert after["result"] in {"yes", "no", "scalar"}


def test_every_settled_market_has_a_result_and_the_value_that_goes_with_it() -> None:
    later = world(at=MOMENT + dt.timedelta(days=80))
    results = set()
    for ticker in later.tickers(Status.FINALIZED):
        row = json.loads(later.market_json(ticker))
        results.add(row["result"])
        assert row["settlement_ts"] <= "2027-02-11T05:07:00Z"
        if row["result"] != "scalar":
            assert row["settlement_value_dollars"] == ("1.0000" if row["result"] == "yes" else "0.0000")
    assert results == {"yes", "no", "scalar"}


def test_an_exclusive_event_has_exactly_one_yes_and_a_ladder_is_yes_up_to_the_value() -> None:
    some = world()
    for event in some.events.values():
        binary = [market.result for market in event.markets if not market.traits.scalar]
        if event.exclusive:
            assert binary.count("yes") == 1
        else:
            assert sorted(binary, reverse=True) == binary


def test_some_markets_close_early_and_then_show_that_time() -> None:
    moving = world()
    early = next(
        market
        for market in moving.markets.values()
        if market.early and market.status(moving.moment()) is Status.ACTIVE and not market.traits.pauses
    )
    scheduled = json.loads(moving.market_json(early.ticker))["close_time"]
    moving.clock.advance(early.closes - moving.moment() + 1)
    assert json.loads(moving.market_json(early.ticker))["close_time"] < scheduled


def test_volume_never_falls() -> None:
    moving = world()
    tickers = moving.tickers(Status.ACTIVE)
    before = [float(json.loads(moving.market_json(name))["volume_fp"]) for name in tickers]
    moving.clock.advance(86_400)
    after = [float(json.loads(moving.market_json(name))["volume_fp"]) for name in tickers]
    assert all(late >= early for early, late in zip(before, after, strict=True))
    assert after != before


def test_a_world_shows_its_rows_from_parts_it_keeps() -> None:
    """The structure that makes pages cheap: head and tail are made once, the middle once a tick."""
    kept = world()
    market = kept.markets[kept.tickers(Status.ACTIVE)[0]]
    kept.warm()
    head, live = market.head, market.live
    kept.market_json(market.ticker)
    assert market.head is head
    assert market.live is live
    assert market.tail is market.event.tail
    kept.clock.advance(market.event.tick_seconds)
    kept.market_json(market.ticker)
    assert market.head is head
    assert market.live is not live

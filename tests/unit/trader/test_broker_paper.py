"""Paper fills walk the stored book; what rests fills only when it is traded through."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.domain.book import Level
from kalshi_common.domain.hour import parse_utc, utc_text
from kalshi_common.storage.trade_inputs import Taken
from support.data_dir import rows
from support.fake_clock import FakeClock
from support.stored_markets import BOUGHT_AT, intent, store
from trader.broker_paper import PaperBroker, left_of
from trader.paper_account import bring_up_to_date
from trader.place import PlaceContext, place

if TYPE_CHECKING:
    from kalshi_common.domain.order import OrderIntent, Placement
    from kalshi_common.storage.database import Database

NO_BIDS = [("0.40", "5.00"), ("0.42", "20.00"), ("0.43", "10.00")]  # yes is offered at 0.57, 0.58 and 0.60


async def bought(database: Database, wanted: OrderIntent, *, fee_rounding: str = "other") -> Placement:
    clock = FakeClock(BOUGHT_AT)
    broker = PaperBroker(database, clock, fee_rounding=fee_rounding)
    return await place(wanted, broker, PlaceContext(database, clock, lambda _: None))


def fills(placement: Placement) -> list[tuple[int, int, int]]:
    return [(fill.price_microdollars, fill.count_hundredths, fill.fee_microdollars) for fill in placement.fills]


async def test_an_order_takes_the_cheapest_levels_first_and_pays_each_its_price_and_exact_fee(
    database: Database,
) -> None:
    store(database, yes=[("0.56", "10.00")], no=NO_BIDS)
    placement = await bought(database, intent(count_hundredths=2_500))
    # 0.07 x 10 x 0.57 x 0.43 -> 0.1716, and 5.70 + 0.1716 rounds to 5.88. 15 at 0.58: 0.2558, to 0.26, a cent back.
    assert fills(placement) == [(570_000, 1_000, 180_000), (580_000, 1_500, 250_000)]
    assert (placement.status, placement.filled_hundredths, placement.remaining_hundredths) == ("executed", 2_500, 0)


async def test_the_rest_of_an_immediate_order_is_canceled(database: Database) -> None:
    store(database, yes=[("0.56", "10.00")], no=NO_BIDS)
    placement = await bought(database, intent(count_hundredths=9_000))
    assert (placement.status, placement.filled_hundredths, placement.remaining_hundredths) == ("canceled", 3_000, 0)


async def test_an_order_below_every_offer_gets_nothing(database: Database) -> None:
    store(database, yes=[("0.56", "10.00")], no=NO_BIDS)
    placement = await bought(database, intent(price_microdollars=560_000))
    assert (placement.status, placement.fills) == ("canceled", ())


async def test_buying_no_takes_the_yes_bids(database: Database) -> None:
    store(database, yes=[("0.55", "10.00"), ("0.56", "10.00")], no=NO_BIDS)
    placement = await bought(database, intent(side="no", price_microdollars=450_000, count_hundredths=1_500))
    assert [fill[:2] for fill in fills(placement)] == [(440_000, 1_000), (450_000, 500)]


async def test_all_or_nothing_is_nothing_where_the_book_is_too_thin(database: Database) -> None:
    store(database, yes=[("0.56", "10.00")], no=NO_BIDS)
    thin = await bought(database, intent(time_in_force="fill_or_kill", count_hundredths=3_001))
    assert (thin.status, thin.filled_hundredths, thin.fills) == ("canceled", 0, ())
    whole = await bought(database, intent(cycle="cycle-2", time_in_force="fill_or_kill", count_hundredths=3_000))
    assert whole.status == "executed"


async def test_what_an_order_took_is_not_offered_to_the_next_one_until_a_newer_book_is_seen(
    database: Database,
) -> None:
    store(database, yes=[("0.56", "10.00")], no=NO_BIDS)
    await bought(database, intent(price_microdollars=570_000, count_hundredths=800))
    second = await bought(database, intent(cycle="cycle-2", price_microdollars=570_000, count_hundredths=800))
    assert [fill[:2] for fill in fills(second)] == [(570_000, 200)]
    store(database, hour="2026-11-23T06:00:00Z", seen_at="2026-11-23T06:05:00Z", yes=[("0.56", "10.00")], no=NO_BIDS)
    third = await bought(database, intent(cycle="cycle-3", price_microdollars=570_000, count_hundredths=800))
    assert [fill[:2] for fill in fills(third)] == [(570_000, 800)]


async def test_without_a_book_the_quotes_own_size_is_all_there_is(database: Database) -> None:
    store(database)
    placement = await bought(database, intent(count_hundredths=9_000))
    assert [fill[:2] for fill in fills(placement)] == [(580_000, 2_050)]


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ({"status": "inactive"}, "the market is inactive"),
        ({"fee_type": "flat"}, "fee type flat has no published formula"),
        ({"event": {"fee_type_override": "cubic"}}, "fee type cubic has no published formula"),
    ],
)
async def test_what_cannot_be_filled_exactly_is_rejected(database: Database, stored: dict[str, Any], said: str) -> None:
    store(database, yes=[("0.56", "10.00")], no=NO_BIDS, **stored)
    placement = await bought(database, intent())
    assert placement.state == "rejected"
    assert said in (placement.reason or "")


async def test_a_market_never_seen_is_rejected(database: Database) -> None:
    placement = await bought(database, intent())
    assert (placement.state, placement.reason) == ("rejected", "the market is not known, not active")


RESTING = {"time_in_force": "good_till_canceled", "count_hundredths": 4_000, "price_microdollars": 570_000}


async def resting(database: Database) -> None:
    """An order that got 10 contracts at once and rests at 0.57 for the 30 others."""
    store(database, yes=[("0.56", "10.00")], no=NO_BIDS, fee_type="quadratic_with_maker_fees")
    placement = await bought(database, intent(**RESTING))
    assert (placement.status, placement.filled_hundredths, placement.remaining_hundredths) == ("resting", 1_000, 3_000)


def later(database: Database, no_bids: list[tuple[str, str]], *, at: str = "2026-11-23T06:05:00Z", **more: Any) -> None:
    store(database, hour=f"{at[:13]}:00:00Z", seen_at=at, yes=[("0.40", "10.00")], no=no_bids,
          fee_type="quadratic_with_maker_fees", **more)  # fmt: skip
    now = utc_text(parse_utc(at) + dt.timedelta(minutes=1))
    bring_up_to_date(database, fee_rounding="other", now=now)


def order(database: Database) -> tuple[Any, ...]:
    [found] = rows(database, "SELECT status, filled_hundredths, remaining_hundredths FROM orders")
    return tuple(found)


async def test_what_rests_is_not_filled_by_an_offer_at_its_own_price(database: Database) -> None:
    await resting(database)
    later(database, [("0.43", "100.00")])
    assert order(database) == ("resting", 1_000, 3_000)


async def test_what_rests_fills_at_its_own_price_and_the_makers_fee_once_it_is_traded_through(
    database: Database,
) -> None:
    await resting(database)
    later(database, [("0.44", "100.00")])
    assert order(database) == ("executed", 4_000, 0)
    [(price, count, fee, is_taker)] = rows(
        database, "SELECT price_microdollars, count_hundredths, fee_microdollars, is_taker FROM fills ORDER BY is_taker"
    )[:1]
    # a quarter of 0.07 x 30 x 0.57 x 0.43 = 0.12868 -> 0.1287; 17.10 + 0.1287 rounds up to 17.23, and a cent is not due
    assert (price, count, fee, is_taker) == (570_000, 3_000, 130_000, 0)


async def test_no_more_is_filled_than_was_offered_through_the_price(database: Database) -> None:
    await resting(database)
    later(database, [("0.44", "12.00"), ("0.43", "500.00")])
    assert order(database) == ("resting", 2_200, 1_800)


async def test_one_book_fills_no_more_than_it_offered_however_often_it_is_looked_at(database: Database) -> None:
    await resting(database)
    later(database, [("0.44", "12.00")])
    for minutes in (10, 20, 30):
        now = utc_text(parse_utc("2026-11-23T06:05:00Z") + dt.timedelta(minutes=minutes))
        bring_up_to_date(database, fee_rounding="other", now=now)
    assert order(database) == ("resting", 2_200, 1_800)


def test_a_makers_fill_counts_against_what_was_cheaper_and_a_takers_against_its_own_price() -> None:
    offers = [Level(480_000, 1_000), Level(490_000, 1_000), Level(500_000, 1_000)]
    assert left_of(offers, [Taken(500_000, 1_500, is_taker=False)]) == [Level(490_000, 500), Level(500_000, 1_000)]
    assert left_of(offers, [Taken(490_000, 400, is_taker=True)]) == [
        Level(480_000, 1_000), Level(490_000, 600), Level(500_000, 1_000),
    ]  # fmt: skip


async def test_the_book_it_was_placed_into_fills_nothing_more_of_it(database: Database) -> None:
    await resting(database)
    bring_up_to_date(database, fee_rounding="other", now=utc_text(BOUGHT_AT + dt.timedelta(minutes=1)))
    assert order(database) == ("resting", 1_000, 3_000)


async def test_what_rests_ends_at_its_expiry_and_a_book_seen_later_fills_nothing(database: Database) -> None:
    await resting(database)
    later(database, [("0.44", "100.00")], at="2026-11-23T08:05:00Z")
    assert order(database) == ("canceled", 1_000, 0)


async def test_what_rests_ends_when_its_market_does(database: Database) -> None:
    await resting(database)
    later(database, [], status="closed")
    assert order(database) == ("canceled", 1_000, 0)

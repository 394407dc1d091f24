"""The live broker against a running exchange: what it orders, in which group, and what it takes for proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.simulated_exchange import SimulatedExchange
from support.trading_desk import CENT, GROUP_LIMIT, Desk
from trader.broker_live import LiveBroker
from trader.withdraw import withdraw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from simulator.orders import OrderWish


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with SimulatedExchange() as exchange, Desk(tmp_path, exchange) as opened:
        yield opened


def wish(desk: Desk) -> OrderWish:
    """The order as the exchange understood it."""
    (order,) = desk.exchange.account.orders.values()
    return order.wish


@pytest.mark.parametrize(("side", "book_side", "yes_price"), [("yes", "bid", 300), ("no", "ask", 9_700)])
async def test_each_side_is_bought_on_the_yes_book_at_its_own_price(
    desk: Desk, side: Any, book_side: str, yes_price: int
) -> None:
    await desk.broker.place(desk.intent(side=side, price=3 * CENT, rests=True))
    assert (wish(desk).side, wish(desk).price) == (book_side, yes_price)


async def test_every_order_has_key_group_end_and_heeds_pauses_and_its_own_orders(desk: Desk) -> None:
    intent = desk.intent(price=3 * CENT, rests=True)
    await desk.broker.place(intent)
    seen = wish(desk)
    assert seen.client_order_id == intent.client_order_id
    assert seen.group_id in desk.exchange.account.groups
    assert seen.expires == desk.exchange.world.moment() + 3600
    assert (seen.cancel_on_pause, seen.self_trade) == (True, "taker_at_cross")


async def test_an_immediate_order_that_is_filled_in_part_is_over_and_one_that_may_rest_rests(desk: Desk) -> None:
    part = await desk.broker.place(desk.intent(count=100_000, price=99 * CENT))
    assert (part.status, part.remaining_hundredths) == ("executed", 0)
    nothing = await desk.broker.place(desk.intent(desk.market(1), price=CENT))
    assert (nothing.state, nothing.status, nothing.filled_hundredths, nothing.fills) == ("accepted", "canceled", 0, ())
    resting = await desk.broker.place(desk.intent(desk.market(2), price=CENT, rests=True))
    assert (resting.status, resting.remaining_hundredths) == ("resting", 1000)


async def test_a_fill_over_several_prices_costs_no_less_than_the_exchange_charged(desk: Desk) -> None:
    market = next(each for each in (desk.market(place) for place in range(20)) if each.draw % 8 > 2)
    intent = desk.intent(market, count=600_000)
    intent = intent._replace(price_microdollars=min(intent.price_microdollars + 5 * CENT, 99 * CENT))
    desk.exchange.account.opening *= 100
    placement = await desk.broker.place(intent)
    (order,) = desk.exchange.account.orders.values()
    assert len(order.fills) > 1
    (fill,) = placement.fills
    charged = sum(each.size * each.price for each in order.fills)
    assert 0 <= charged - fill.count_hundredths * fill.price_microdollars // 100 < 10_000
    assert 0 <= sum(each.fee for each in order.fills) - fill.fee_microdollars < 10_000


async def test_one_group_is_made_on_first_use_and_found_again_by_the_next_broker(desk: Desk) -> None:
    await desk.broker.place(desk.intent())
    await desk.broker.place(desk.intent(desk.market(1)))
    (group,) = desk.exchange.account.groups.values()
    assert group.limit == GROUP_LIMIT * 100
    await LiveBroker(desk.live, desk.clock, group_limit=GROUP_LIMIT).place(desk.intent(desk.market(2)))
    assert list(desk.exchange.account.groups) == [group.group_id]
    await LiveBroker(desk.live, desk.clock, group_limit=7).place(desk.intent(desk.market(3)))
    assert len(desk.exchange.account.groups) == 2


async def test_a_group_that_was_hit_refuses_until_the_next_broker_resets_it(desk: Desk) -> None:
    broker = LiveBroker(desk.live, desk.clock, group_limit=10)
    rests = await broker.place(desk.intent(price=CENT, rests=True))
    assert (await broker.place(desk.intent(desk.market(1), count=1000))).filled_hundredths == 1000
    assert desk.exchange.account.orders[str(rests.order_id)].open == 0, "the brake cancels what rests"
    refused = await broker.place(desk.intent(desk.market(2)))
    assert (refused.state, "limit was hit" in str(refused.reason)) == ("rejected", True)
    again = LiveBroker(desk.live, desk.clock, group_limit=10)
    assert (await again.place(desk.intent(desk.market(2), cycle="next", count=100))).state == "accepted"


@pytest.mark.parametrize("fault", ["500", "reset", "403", "504_after", "broken_json"])
async def test_without_a_group_nothing_is_sent_and_the_order_is_rejected(desk: Desk, fault: str) -> None:
    if fault == "403":
        desk.exchange.keys.register("desk-key", _stranger())
    else:
        desk.exchange.faults.script(fault, "/portfolio/order_groups", times=99, method="POST")
    placement = await desk.broker.place(desk.intent())
    assert placement.state == "rejected"
    assert "it was not sent" in str(placement.reason)
    assert [each for each in desk.exchange.writes if "events/orders" in each.path] == []


def _stranger() -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # for this one key
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  # likewise

    public = Ed25519PrivateKey.generate().public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


async def test_only_cancels_that_the_exchange_confirmed_count(desk: Desk) -> None:
    placed = [
        str((await desk.broker.place(desk.intent(desk.market(number), price=CENT, rests=True))).order_id)
        for number in range(3)
    ]
    desk.exchange.faults.script("504_after", f"/portfolio/events/orders/{placed[1]}")
    assert await desk.broker.cancel_all([*placed, "nobodys-order"]) == [placed[0], placed[2]]
    assert [order.open for order in desk.exchange.account.orders.values()] == [0, 0, 0]
    cancels = [each.path for each in desk.exchange.writes if each.method == "DELETE"]
    assert len(cancels) == len(set(cancels)) == 4, "each is sent once"


async def test_what_rests_in_halted_markets_is_taken_back_and_the_ledger_still_agrees(desk: Desk) -> None:
    await desk.reconcile()
    stays, goes, filled = (desk.intent(desk.market(place), price=CENT, rests=True) for place in range(3))
    ids = [str((await desk.place(intent)).order_id) for intent in (stays, goes)]
    await desk.place(filled._replace(price_microdollars=99 * CENT))
    assert await withdraw(desk.broker, desk.context, "live") == []
    desk.halted[goes.market_id] = "for a test"
    assert await withdraw(desk.broker, desk.context, "live") == [ids[1]]
    assert [desk.exchange.account.orders[order_id].open for order_id in ids] == [1000, 0]
    assert await withdraw(desk.broker, desk.context, "live") == [], "nothing is canceled twice"
    desk.exchange.clock.advance(10)
    assert (await desk.reconcile()).differences == []
    desk.halted[""] = "everything"
    assert await withdraw(desk.broker, desk.context, "live") == [ids[0]]

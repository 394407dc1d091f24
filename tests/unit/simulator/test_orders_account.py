"""What surrounds orders: own orders, groups, lagging reads, the write bucket, lost answers, the tests' own window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator.portfolio import EVER
from simulator.texts import dollars
from support.simulated_member import ORDERS, Member

if TYPE_CHECKING:
    from support.simulated_exchange import SimulatedExchange


@pytest.fixture
def member(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> Member:
    return Member(exchange, http)


@pytest.mark.parametrize(
    ("kind", "left", "new"), [("taker_at_cross", "resting", "canceled"), ("maker", "canceled", "resting")]
)
async def test_our_own_orders_never_meet(member: Member, kind: str, left: str, new: str) -> None:
    market = next(each for each in map(member.market, range(20)) if member.spread(each) > 100)
    told = {"price": dollars(member.offer(market) - 100), "self_trade_prevention_type": kind}
    maker = await member.resting(market, **told)
    taker = await member.resting(market, side="ask", **told)
    assert [(await member.shown(each))["status"] for each in (maker, taker)] == [left, new]


async def test_a_group_that_is_hit_cancels_its_orders_and_takes_none_until_it_is_reset(member: Member) -> None:
    status, answer = await member.call("POST", "portfolio/order_groups/create", {"contracts_limit": 2})
    group = answer["order_group_id"]
    assert status == 201
    rests = await member.resting(order_group_id=group)
    assert (await member.order(member.market(1), order_group_id=group))[0] == 201
    assert (await member.call("GET", f"portfolio/order_groups/{group}"))[1]["orders"] == [rests]
    assert (await member.order(member.market(1), order_group_id=group))[0] == 201
    assert (await member.shown(rests))["status"] == "canceled"
    assert "limit was hit" in (await member.order(member.market(2), order_group_id=group))[1]["error"]["details"]
    assert (await member.call("PUT", f"portfolio/order_groups/{group}/reset", {}))[0] == 200
    assert (await member.order(member.market(2), order_group_id=group))[0] == 201


async def test_a_groups_window_is_fifteen_seconds(member: Member) -> None:
    group = (await member.call("POST", "portfolio/order_groups/create", {"contracts_limit": 2}))[1]["order_group_id"]
    for _ in range(3):
        assert (await member.order(order_group_id=group))[0] == 201
        member.exchange.clock.advance(16)


async def test_reads_show_the_account_as_it_was_when_the_timestamp_says(member: Member) -> None:
    market = member.market()
    member.exchange.account.read_lag_s = 30
    order_id = (await member.order(market))[1]["order_id"]
    assert (await member.call("GET", f"portfolio/orders/{order_id}"))[0] == 404
    for path, name in (("orders", "orders"), ("fills", "fills"), ("positions", "market_positions")):
        assert (await member.call("GET", f"portfolio/{path}"))[1][name] == []
    assert (await member.call("GET", "portfolio/balance"))[1]["balance_dollars"] == "1000.0000"
    assert (await member.call("GET", "exchange/user_data_timestamp"))[1]["as_of_time"] == "2026-11-23T05:06:30Z"
    member.exchange.clock.advance(30)
    assert (await member.shown(order_id))["status"] == "executed"
    assert len((await member.call("GET", "portfolio/positions"))[1]["market_positions"]) == 1


async def test_v1_orders_are_gone(member: Member) -> None:
    assert (await member.call("POST", "portfolio/orders", {}))[0] == 410
    assert (await member.call("DELETE", "portfolio/orders/o-1"))[0] == 410


async def test_writes_have_a_bucket_of_their_own_in_which_a_cancel_costs_a_fifth(member: Member) -> None:
    member.exchange.exchange.write_bucket.configure(1e-6, 2)
    assert (await member.order())[0] == 201
    cancels = [(await member.call("DELETE", f"{ORDERS}/none"))[0] for _ in range(6)]
    assert cancels == [404] * 5 + [429]
    assert (await member.call("GET", "portfolio/balance"))[0] == 200
    member.exchange.exchange.write_bucket.configure(10, 10)
    assert (await member.call("GET", "account/limits"))[1]["write"] == {"refill_rate": 100, "bucket_capacity": 100}


@pytest.mark.parametrize("fault", ["408_after", "500_after", "502_after", "503_after", "504_after"])
async def test_a_lost_answer_is_that_of_an_order_that_was_accepted(member: Member, fault: str) -> None:
    member.exchange.faults.script(fault, "/portfolio/events/orders", method="POST")
    assert (await member.order())[0] == int(fault[:3])
    assert len(member.exchange.account.orders) == 1


async def test_a_connection_broken_after_the_order_leaves_it_accepted_and_one_broken_before_does_not(
    member: Member,
) -> None:
    for fault, orders in (("reset", 0), ("reset_after", 1)):
        member.exchange.faults.script(fault, "/portfolio/events/orders", method="POST")
        with pytest.raises(aiohttp.ClientError):
            await member.order()
        assert len(member.exchange.account.orders) == orders


async def test_an_order_accepted_late_is_there_some_seconds_after_its_answer(member: Member) -> None:
    member.exchange.faults.script("accepted_late", "/portfolio/events/orders")
    assert (await member.order())[0] == 504
    member.exchange.clock.advance(member.exchange.account.late_s - 1)
    assert (await member.call("GET", "portfolio/orders"))[1]["orders"] == []
    member.exchange.clock.advance(1)
    assert len((await member.call("GET", "portfolio/orders"))[1]["orders"]) == 1


async def test_an_order_accepted_late_is_of_its_own_moment_however_late_somebody_looks(member: Member) -> None:
    member.exchange.faults.script("accepted_late", "/portfolio/events/orders")
    await member.order()
    member.exchange.clock.advance(100)
    (order,) = (await member.call("GET", "portfolio/orders"))[1]["orders"]
    assert order["created_time"] == "2026-11-23T05:07:05Z"


async def test_lost_answers_by_rate_strike_writes_alone(member: Member) -> None:
    member.exchange.faults.set_rates({"500_after": 1.0})
    assert (await member.call("GET", "portfolio/orders"))[0] == 200
    assert (await member.order())[0] == 500


async def test_every_accepted_order_stands_in_the_log_and_the_knobs_can_be_turned_from_outside(member: Member) -> None:
    admin = member.exchange.admin_url
    async with aiohttp.ClientSession() as session:
        async with session.put(f"{admin}/account", json={"read_lag_s": 7, "duplicates": "ever"}) as answer:
            assert answer.status == 200
        async with session.put(f"{admin}/account", json={"duplicates": "never"}) as answer:
            assert answer.status == 400
        await member.order(client_order_id="key-1")
        async with session.get(f"{admin}/orders") as answer:
            (order,) = (await answer.json())["orders"]
    assert (member.exchange.account.read_lag_s, member.exchange.account.duplicates) == (7, EVER)
    assert (order["client_order_id"], order["filled"], order["open"]) == ("key-1", 100, 0)
    assert [each.method for each in member.exchange.writes] == ["POST"]

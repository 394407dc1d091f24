"""Orders over HTTP: what is accepted, matched, refused, canceled, and when an order ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simulator.books import levels
from simulator.portfolio import EVER
from simulator.price import DOLLAR, quote
from simulator.texts import dollars
from support.simulated_member import ORDERS, Member

if TYPE_CHECKING:
    import aiohttp

    from support.simulated_exchange import SimulatedExchange


@pytest.fixture
def member(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> Member:
    return Member(exchange, http)


async def test_an_order_takes_the_crowds_levels_best_first_and_no_more_than_there_is(member: Member) -> None:
    market = member.market()
    best = quote(market, member.exchange.world.moment())
    member.exchange.account.opening *= 1000
    two_levels = f"{(best.ask_size + 100) / 100:.2f}"
    status, answer = await member.order(market, count=two_levels, price=dollars(best.ask + 100))
    assert (status, answer["fill_count"], answer["remaining_count"]) == (201, two_levels, "0.00")
    fills = (await member.call("GET", "portfolio/fills"))[1]["fills"]
    assert [(each["yes_price_dollars"], each["count_fp"]) for each in fills] == [
        (dollars(best.ask), f"{best.ask_size / 100:.2f}"),
        (dollars(best.ask + 100), "1.00"),
    ]
    again = (await member.order(market, price=dollars(best.ask)))[1]
    assert again["fill_count"] == "0.00", "what was taken is gone until the book moves"


async def test_an_ask_sells_to_the_yes_bids_and_is_a_negative_position(member: Member) -> None:
    market = member.market()
    bid = quote(market, member.exchange.world.moment()).bid
    assert (await member.order(market, side="ask", price=dollars(bid)))[1]["average_fill_price"] == dollars(bid)
    (position,) = (await member.call("GET", "portfolio/positions"))[1]["market_positions"]
    assert position["position_fp"] == "-1.00"
    assert position["market_exposure_dollars"] == dollars(DOLLAR - bid)


async def test_fill_or_kill_fills_whole_or_not_and_created_does_not_mean_resting(member: Member) -> None:
    member.exchange.account.opening *= 1000
    size = sum(count for _, count in levels(member.market(), member.exchange.world.moment())[1]) + 100
    told = {"count": f"{size / 100:.2f}", "price": "0.9900"}
    status, answer = await member.order(time_in_force="fill_or_kill", **told)
    assert (status, answer["fill_count"], answer["remaining_count"]) == (201, "0.00", "0.00")
    assert (await member.shown(answer["order_id"]))["status"] == "canceled"
    assert (await member.order(**told))[1]["fill_count"] == f"{(size - 100) / 100:.2f}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"side": "yes"}, "side must be one of bid, ask"),
        ({"side": None}, "side must be one of bid, ask"),
        ({"time_in_force": "gtc"}, "time_in_force must be one of"),
        ({"self_trade_prevention_type": None}, "self_trade_prevention_type must be one of"),
        ({"count": 1}, "count must be a string"),
        ({"count": "0.00"}, "count must be a positive"),
        ({"count": "1.005"}, "at most two decimals"),
        ({"price": 0.56}, "price must be a string"),
        ({"price": "0.5650"}, "not on the market's grid"),
        ({"price": "1.0000"}, "not on the market's grid"),
        ({"price": "0.560001"}, "finer than any tick"),
        ({"client_order_id": "x" * 65}, "longer than 64"),
        ({"expiration_time": 1_900_000_000}, "goes with good_till_canceled only"),
        ({"time_in_force": "good_till_canceled", "expiration_time": 1}, "has passed"),
        ({"post_only": True}, "goes with good_till_canceled only"),
        ({"time_in_force": "good_till_canceled", "post_only": True}, "would take"),
        ({"reduce_only": True}, "would open a position"),
        ({"count": "1000000.00"}, "insufficient_balance"),
    ],
)
async def test_an_order_that_is_wrong_is_refused_with_the_reason_and_leaves_nothing(
    member: Member, changes: dict[str, Any], said: str
) -> None:
    status, answer = await member.order(**changes)
    assert status == 400
    assert said in answer["error"]["details"]
    assert member.exchange.account.orders == {}


@pytest.mark.parametrize(("changes", "said"), [({"ticker": "KXNO-1"}, "KXNO-1"), ({"order_group_id": "g"}, "group g")])
async def test_what_an_order_names_must_exist(member: Member, changes: dict[str, Any], said: str) -> None:
    status, answer = await member.order(**changes)
    assert (status, said in answer["error"]["details"]) == (404, True)


@pytest.mark.parametrize(
    ("shape", "path"), [("nested", ("error", "details")), ("flat", ("details",)), ("text", ("error",))]
)
async def test_refusals_come_in_each_of_the_three_shapes(member: Member, shape: str, path: tuple[str, ...]) -> None:
    member.exchange.exchange.error_shape = shape
    _, answer = await member.order(price="0.5650")
    found: Any = answer
    for name in path:
        found = found[name]
    assert found == "price is not on the market's grid"


async def test_a_known_key_is_refused_while_its_order_rests_and_after_that_by_choice(member: Member) -> None:
    first = await member.resting(client_order_id="key-1")
    status, answer = await member.order(client_order_id="key-1")
    assert (status, answer["error"]["code"]) == (409, "order_already_exists")
    await member.call("DELETE", f"{ORDERS}/{first}")
    assert (await member.order(client_order_id="key-1"))[0] == 201
    member.exchange.account.duplicates = EVER
    assert (await member.order(client_order_id="key-1"))[0] == 409


async def test_a_cancel_takes_back_what_rests_once(member: Member) -> None:
    order_id = await member.resting(count="3.00")
    status, answer = await member.call("DELETE", f"{ORDERS}/{order_id}")
    assert (status, answer["reduced_by"]) == (200, "3.00")
    assert (await member.shown(order_id))["status"] == "canceled"
    assert (await member.call("DELETE", f"{ORDERS}/{order_id}"))[0] == 404


async def test_cancel_all_takes_back_everything(member: Member) -> None:
    ids = [await member.resting(member.market(place)) for place in range(3)]
    assert (await member.call("DELETE", ORDERS))[0] == 204
    assert [(await member.shown(each))["status"] for each in ids] == ["canceled"] * 3


async def test_after_the_close_orders_are_over_and_even_cancels_fail(member: Member) -> None:
    market = member.market()
    order_id = await member.resting(market)
    member.exchange.clock.advance(market.closes - member.exchange.world.moment() + 1)
    assert (await member.call("DELETE", f"{ORDERS}/{order_id}"))[0] == 400
    assert (await member.shown(order_id))["status"] == "canceled"
    status, answer = await member.order(market, price="0.5000")
    assert (status, answer["error"]["details"]) == (400, "the market is closed")


async def test_a_pause_refuses_new_orders_and_cancels_those_that_asked_for_it(member: Member) -> None:
    stays = await member.resting()
    goes = await member.resting(member.market(1), cancel_order_on_pause=True)
    member.exchange.account.trading_paused = True
    assert (await member.order())[1]["error"]["details"] == "trading is paused"
    assert (await member.shown(stays))["status"] == "resting"
    assert (await member.shown(goes))["status"] == "canceled"
    assert (await member.call("GET", "exchange/status"))[1]["trading_active"] is False


async def test_an_order_ends_when_it_said(member: Member) -> None:
    order_id = await member.resting(expiration_time=member.exchange.world.moment() + 60)
    member.exchange.clock.advance(59)
    assert (await member.shown(order_id))["status"] == "resting"
    member.exchange.clock.advance(1)
    assert (await member.shown(order_id))["status"] == "canceled"

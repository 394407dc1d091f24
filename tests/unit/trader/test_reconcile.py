"""Reconcile against a running exchange: what it resolves, what it imports, what it refuses to explain away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.domain.order import client_order_id
from simulator.market import Status
from simulator.orders_fees import DIRECT
from support.data_dir import rows
from support.simulated_exchange import SimulatedExchange
from support.trading_desk import CENT, GROUP_LIMIT, Desk
from trader.reconcile import settle_interrupted_paper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kalshi_common.domain.order import OrderIntent
    from simulator.market import SimMarket


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with SimulatedExchange() as exchange, Desk(tmp_path, exchange) as opened:
        yield opened


async def by_hand(desk: Desk, **changes: Any) -> OrderIntent:
    """An order that somebody else placed in our account: our ledger knows nothing of it."""
    intent = desk.intent(**changes)
    intent = intent._replace(client_order_id=client_order_id("live", "elsewhere", intent.intent_id))
    group = await desk.live.orders.create_group(GROUP_LIMIT)
    outcome = await desk.live.orders.create_order(intent, group.body.split(b'"')[3].decode())
    assert outcome.kind == "done", outcome
    return intent


def soon_settled(desk: Desk, result: str, *, series: str = "KXJOBLESSCLAIMS") -> SimMarket:
    """An active market with an offer on both sides that will end so."""
    world = desk.exchange.world
    markets = [world.markets[name] for name in desk.exchange.tickers(Status.ACTIVE) if name.startswith(series)]
    calm = [each for each in markets if each.result == result and desk.tradable(each)]
    return min(calm, key=lambda market: market.finalized)


def to(desk: Desk, moment: int) -> None:
    desk.exchange.clock.advance(moment - desk.exchange.world.moment())


async def test_a_ledger_and_an_account_that_are_both_empty_agree(desk: Desk) -> None:
    found = await desk.reconcile()
    assert (found.differences, found.resolved, found.blocked) == ([], [], {})
    assert found.balance_microdollars == 1_000_000_000
    assert desk.exchange.writes == []


async def test_what_was_closed_in_the_account_before_us_is_the_starting_point(desk: Desk) -> None:
    intent = await by_hand(desk, price=CENT, rests=True)
    desk.exchange.account.cancel_all()
    assert (await desk.reconcile()).differences == []
    assert intent.client_order_id


async def test_an_order_that_is_not_ours_and_rests_is_a_difference(desk: Desk) -> None:
    await by_hand(desk, price=CENT, rests=True)
    (told,) = (await desk.reconcile()).differences
    assert "the resting order" in told
    assert "is not one of ours" in told


async def test_a_position_that_is_not_ours_is_a_difference_that_names_market_and_sizes(desk: Desk) -> None:
    intent = await by_hand(desk)
    found = await desk.reconcile()
    assert f"the position in {intent.market_id} is 10.00 at the exchange and 0.00 in our ledger" in found.differences


async def test_a_foreign_order_closed_since_the_starting_point_is_a_difference_until_it_is_accepted(desk: Desk) -> None:
    await desk.reconcile()
    desk.exchange.clock.advance(60)
    await by_hand(desk, price=CENT, rests=True)
    desk.exchange.account.cancel_all()
    desk.exchange.clock.advance(60)
    assert "is not one of ours" in (await desk.reconcile()).differences[0]
    await desk.reconcile(accept=True)
    assert (await desk.reconcile()).differences == []


@pytest.mark.parametrize("step", [25 * CENT * 100, -25 * CENT * 100])
async def test_money_that_came_or_went_by_itself_is_a_difference_until_it_is_accepted(desk: Desk, step: int) -> None:
    await desk.reconcile()
    desk.exchange.account.opening += step
    (told,) = (await desk.reconcile()).differences
    assert f"the balance is ${1000 + step // 1_000_000}.00, and by our ledger it should be $1000.00" in told
    assert "kalshi reconcile --accept" in told
    await desk.reconcile(accept=True)
    assert (await desk.reconcile()).differences == []


async def test_cents_that_rounding_may_take_are_no_difference_and_more_is(desk: Desk) -> None:
    await desk.reconcile()
    await desk.place(desk.intent())
    desk.exchange.account.opening -= 2 * CENT
    assert (await desk.reconcile()).differences == []
    desk.exchange.account.opening -= 2 * CENT
    assert (await desk.reconcile()).differences != []


@pytest.mark.parametrize("reserves", [True, False])
@pytest.mark.parametrize("side", ["yes", "no"])
async def test_a_resting_order_is_no_difference_whether_or_not_the_balance_leaves_it_out(
    desk: Desk, reserves: object, side: str
) -> None:
    desk.exchange.account.reserves = bool(reserves)
    await desk.reconcile()
    placement = await desk.place(desk.intent(side=side, price=5 * CENT, rests=True, count=50_000))
    assert placement.status == "resting"
    assert (await desk.reconcile()).differences == []
    await desk.broker.cancel_all([str(placement.order_id)])
    assert (await desk.reconcile()).differences == []
    assert desk.one("SELECT status FROM orders") == "canceled"


async def test_what_a_resting_order_was_filled_with_later_is_imported_with_the_makers_fee(desk: Desk) -> None:
    await desk.reconcile()
    for number in range(8):
        intent = desk.intent(desk.market(number), rests=True)
        lower = intent._replace(price_microdollars=intent.price_microdollars - CENT)
        assert (await desk.place(lower)).status == "resting"
    for _ in range(59):
        desk.exchange.clock.advance(60)
        desk.exchange.account.advance()
    assert desk.truth(), "the world did not move through any order"
    found = await desk.reconcile()
    assert found.differences == []
    assert desk.positions() == desk.truth()
    filled = rows(
        desk.database,
        "SELECT f.price_microdollars - i.price_microdollars, f.fee_microdollars < i.fee_microdollars, f.is_taker"
        " FROM fills f JOIN order_intents i USING (intent_id)",
    )
    assert set(filled) == {(0, 1, 0)}


async def test_an_order_that_expired_or_was_canceled_by_a_pause_is_stored_so(desk: Desk) -> None:
    await desk.reconcile()
    await desk.place(desk.intent(price=CENT, rests=True))
    desk.exchange.clock.advance(3700)
    assert (await desk.reconcile()).differences == []
    await desk.place(desk.intent(desk.market(1), price=CENT, rests=True))
    desk.exchange.account.trading_paused = True
    assert (await desk.reconcile()).differences == []
    assert rows(desk.database, "SELECT DISTINCT status FROM orders") == [("canceled",)]


@pytest.mark.parametrize("side", ["yes", "no"])
@pytest.mark.parametrize("result", ["yes", "no"])
async def test_a_settled_market_is_paid_out_in_the_ledger_as_at_the_exchange(
    desk: Desk, side: Any, result: str
) -> None:
    market = soon_settled(desk, result)
    await desk.reconcile()
    await desk.place(desk.intent(market, side))
    assert (await desk.reconcile()).differences == []
    cost = desk.one("SELECT cost_microdollars FROM positions")
    to(desk, market.finalized + 60)
    found = await desk.reconcile()
    assert found.differences == []
    assert f"{market.ticker} was settled {result}" in found.resolved
    won = 10_000_000 if side == result else 0
    assert rows(
        desk.database,
        "SELECT position_hundredths, cost_microdollars, realized_microdollars, settled_result FROM positions",
    ) == [(0, 0, won - cost, result)]


@pytest.mark.parametrize("side", ["yes", "no"])
async def test_a_scalar_settlement_is_paid_out_to_the_cent(desk: Desk, side: Any) -> None:
    market = desk.exchange.world.markets[
        next(
            name
            for name in desk.exchange.tickers(Status.ACTIVE)
            if desk.exchange.world.markets[name].traits.scalar and desk.tradable(desk.exchange.world.markets[name])
        )
    ]
    await desk.reconcile()
    intent = desk.intent(market, side, count=123)
    assert (await desk.place(intent)).state == "accepted"
    to(desk, market.finalized + 60)
    found = await desk.reconcile()
    assert found.differences == []
    assert desk.one("SELECT settled_result FROM positions") == "scalar"
    assert desk.one("SELECT position_hundredths FROM positions") == 0


async def test_a_position_closed_by_buying_the_other_side_is_realized_and_agrees(desk: Desk) -> None:
    desk.exchange.account.balance_step = DIRECT
    market = desk.market()
    await desk.reconcile()
    await desk.place(desk.intent(market, "yes"))
    await desk.place(desk.intent(market, "no", count=400))
    assert (await desk.reconcile()).differences == []
    assert desk.positions() == desk.truth() == {market.ticker: 600}
    assert desk.one("SELECT realized_microdollars FROM positions") < 0, "the spread was paid"


async def test_an_order_held_for_absent_that_appears_stops_trading_once_and_is_ours_from_then_on(desk: Desk) -> None:
    await desk.reconcile()
    desk.exchange.account.late_s = 300
    intent = desk.intent()
    desk.lost("accepted_late")
    await desk.place(intent)
    await desk.reconcile()
    assert desk.state(intent) == "absent"
    desk.exchange.clock.advance(600)
    (told,) = (await desk.reconcile()).differences
    assert "though we held it for absent" in told
    assert (await desk.reconcile()).differences == []
    assert desk.state(intent) == "accepted"
    assert desk.positions() == desk.truth()


async def test_two_orders_with_one_key_are_a_difference(desk: Desk) -> None:
    intent = desk.intent()
    await desk.reconcile()
    await desk.place(intent)
    group = next(iter(desk.exchange.account.groups))
    assert (await desk.live.orders.create_order(intent, group)).kind == "done"
    found = await desk.reconcile()
    assert f"2 orders at the exchange carry our key {intent.client_order_id}" in found.differences


async def test_an_order_that_is_not_what_its_intent_said_is_a_difference(desk: Desk) -> None:
    await desk.reconcile()
    intent = desk.intent()
    desk.lost("500")
    await desk.place(intent)
    other_side = desk.intent(side="no")._replace(client_order_id=intent.client_order_id)
    await desk.live.orders.create_order(other_side, next(iter(desk.exchange.account.groups)))
    found = await desk.reconcile()
    assert any("buys no in" in told and "our intent was to buy yes in" in told for told in found.differences)


async def test_a_ledger_from_an_older_backup_does_not_take_its_own_orders_for_new(desk: Desk) -> None:
    await desk.reconcile()
    desk.exchange.clock.advance(60)
    await desk.place(desk.intent())
    with desk.database.write() as connection:
        for table in ("order_intents", "orders", "fills", "positions"):
            connection.execute(f"DELETE FROM {table}")
    found = await desk.reconcile()
    assert any("is not one of ours" in told for told in found.differences)
    assert any("the position in" in told for told in found.differences)


async def test_lists_of_several_pages_are_read_whole(desk: Desk) -> None:
    desk.exchange.account.largest_page = 2
    await desk.reconcile()
    for number in range(5):
        await desk.place(desk.intent(desk.market(number), cycle=f"cycle-{number}"))
    assert (await desk.reconcile()).differences == []
    assert desk.positions() == desk.truth()
    assert desk.one("SELECT count(*) FROM fills WHERE fill_id LIKE 'answer:%'") == 0


async def test_each_comparison_is_stored(desk: Desk) -> None:
    await desk.reconcile()
    desk.exchange.account.opening += 100 * CENT * 100
    await desk.reconcile()
    stored = rows(desk.database, "SELECT differences_json <> '[]', balance_microdollars, accepted FROM reconciliations")
    assert stored == [(0, 1_000_000_000, 0), (1, 1_100_000_000, 0)]


async def test_what_a_killed_paper_cycle_left_is_closed_without_asking_anybody(desk: Desk) -> None:
    desk.lost("500")
    await desk.place(desk.intent(venue="paper"))
    desk.halted[""] = "x"
    with desk.database.write() as connection:
        connection.execute("UPDATE order_intents SET state = 'sent', resolved_at_utc = NULL")
    seen = len(desk.exchange.requests)
    assert settle_interrupted_paper(desk.database, desk.clock) != []
    assert desk.one("SELECT state FROM order_intents") == "absent"
    assert len(desk.exchange.requests) == seen

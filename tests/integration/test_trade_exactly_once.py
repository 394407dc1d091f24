"""Whatever happens to the answer, an order exists once or not at all, we know which, and nothing is sent meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import ConfigError
from simulator.faults import LOST_ANSWERS
from simulator.portfolio import EVER, WHILE_OPEN
from support.simulated_exchange import SimulatedExchange
from support.trading_desk import GROUP_LIMIT, Desk
from trader.place import PlaceContext, place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from kalshi_common.domain.order import OrderIntent, Placement

LOST_BEFORE = ("reset", "408", "500", "502", "503", "504", "html_200")
SPOILT = ("broken_json", "cut_body", "cut_chunked")
NEVER_HANGS = [name for name in LOST_ANSWERS if name != "hang_after"]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with SimulatedExchange() as exchange, Desk(tmp_path, exchange) as opened:
        await opened.reconcile()
        yield opened


def order_posts(desk: Desk) -> int:
    return sum(arrival.path == "/portfolio/events/orders" for arrival in desk.exchange.writes)


@pytest.mark.parametrize("side", ["yes", "no"])
async def test_an_order_is_filled_and_ledger_and_exchange_agree(desk: Desk, side: str) -> None:
    intent = desk.intent(side=side)
    placement = await desk.place(intent)
    assert (placement.state, placement.status, placement.filled_hundredths) == ("accepted", "executed", 1000)
    assert desk.positions() == desk.truth() == {intent.market_id: 1000 if side == "yes" else -1000}
    assert desk.one("SELECT fill_id FROM fills") == f"answer:{placement.order_id}"
    told = desk.one("SELECT fee_microdollars FROM fills")
    assert (await desk.reconcile()).differences == []
    assert desk.positions() == desk.truth()
    assert desk.one("SELECT fill_id FROM fills") == f"{placement.order_id}.1"
    assert desk.one("SELECT fee_microdollars FROM fills") == told


@pytest.mark.parametrize("fault", [*LOST_BEFORE, *SPOILT, *NEVER_HANGS])
async def test_an_outcome_nobody_told_blocks_the_market_until_the_exchange_has_proven_it(
    desk: Desk, fault: str
) -> None:
    exists = fault not in LOST_BEFORE
    intent = desk.intent()
    desk.lost(fault)
    assert (await desk.place(intent)).state == desk.state(intent) == "unknown"
    assert len(desk.exchange.account.orders) == exists

    second = await desk.place(desk.intent(cycle="cycle-2"))
    assert (second.state, order_posts(desk)) == ("abandoned", 1), "something was sent for a blocked market"
    assert (await desk.place(desk.intent(desk.market(1)))).state == "accepted"

    found = await desk.reconcile()
    assert found.differences == []
    assert found.blocked == {}
    assert desk.state(intent) == ("accepted" if exists else "absent")
    assert desk.positions() == desk.truth()
    assert (await desk.place(desk.intent(cycle="cycle-3"))).state == "accepted"
    assert order_posts(desk) == 3


async def test_an_answer_that_never_comes_is_an_unknown_outcome(tmp_path: Path) -> None:
    async with SimulatedExchange() as exchange, Desk(tmp_path, exchange, timeout_s=0.2) as desk:
        desk.lost("hang_after")
        assert (await desk.place(desk.intent())).state == "unknown"
        assert (await desk.reconcile()).differences == []
        assert desk.positions() == desk.truth() != {}


async def test_an_order_that_the_exchange_accepts_only_later_is_waited_for(desk: Desk) -> None:
    desk.exchange.account.late_s = 40
    intent = desk.intent()
    desk.lost("accepted_late")
    await desk.place(intent)
    assert desk.truth() == {}
    found = await desk.reconcile()
    assert (found.differences, desk.state(intent)) == ([], "accepted")
    assert desk.positions() == desk.truth() != {}


class SlowBroker:
    """Finds a connection only long after the order was marked as sent."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ready(self) -> None:
        await self._desk.broker.ready()

    async def place(self, intent: OrderIntent) -> Placement:
        await self._desk.clock.sleep(50)
        return await self._desk.broker.place(intent)

    async def cancel_all(self, order_ids: Sequence[str]) -> list[str]:
        return await self._desk.broker.cancel_all(order_ids)


async def test_an_order_that_left_late_and_is_accepted_late_is_not_taken_for_absent(desk: Desk) -> None:
    desk.exchange.account.late_s = 40
    intent = desk.intent()
    desk.lost("accepted_late")
    await desk.place(intent, SlowBroker(desk))
    assert (await desk.reconcile()).differences == []
    assert (desk.state(intent), len(desk.exchange.account.orders)) == ("accepted", 1)


async def test_reads_that_lag_behind_do_not_prove_that_an_order_is_absent(desk: Desk) -> None:
    desk.exchange.account.read_lag_s = 100
    intent = desk.intent()
    desk.lost("504_after")
    await desk.place(intent)
    assert desk.truth() != {}
    found = await desk.reconcile()
    assert (found.differences, desk.state(intent)) == ([], "accepted")
    assert desk.positions() == desk.truth()


async def test_without_fresh_data_nothing_is_concluded_and_nothing_may_be_traded(desk: Desk) -> None:
    desk.exchange.account.read_lag_s = 3600
    intent = desk.intent()
    desk.lost("500")
    await desk.place(intent)
    found = await desk.reconcile()
    assert desk.state(intent) == "unknown"
    assert found.blocked == {intent.market_id: intent.intent_id}
    assert "the exchange's data is of" in found.differences[0]


@pytest.mark.parametrize("duplicates", [WHILE_OPEN, EVER])
async def test_a_known_key_means_that_the_order_may_be_there_already(desk: Desk, duplicates: str) -> None:
    desk.exchange.account.duplicates = duplicates
    market = desk.market()
    intent = desk.intent(market, price=10_000, rests=True)
    group = await desk.live.orders.create_group(GROUP_LIMIT)
    assert (await desk.live.orders.create_order(intent, group.body.split(b'"')[3].decode())).kind == "done"
    assert (await desk.place(intent)).state == "unknown"
    found = await desk.reconcile()
    assert (found.differences, desk.state(intent)) == ([], "accepted")
    assert len(desk.exchange.account.orders) == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"count_hundredths": 100_000_000}, "insufficient_balance"),
        ({"price_microdollars": 555_500}, "not on the market's grid"),
        ({"price_microdollars": 555_555}, "four decimals"),
        ({"market_id": "KXNOBODY-1"}, "KXNOBODY-1"),
    ],
)
async def test_a_refused_order_is_rejected_with_the_exchanges_reason_and_blocks_nothing(
    desk: Desk, changes: dict[str, object], why: str
) -> None:
    intent = desk.intent(**changes)
    placement = await desk.place(intent)
    assert placement.state == desk.state(intent) == "rejected"
    assert why in desk.one("SELECT reason FROM order_intents")
    assert desk.exchange.account.orders == {}
    assert (await desk.place(desk.intent(cycle="cycle-2"))).state == "accepted"


@pytest.mark.parametrize("fault", ["429", "429_seconds"])
async def test_an_order_over_the_rate_limit_is_rejected_and_not_sent_again(desk: Desk, fault: str) -> None:
    desk.lost(fault)
    assert (await desk.place(desk.intent())).state == "rejected"
    assert order_posts(desk) == 1


@pytest.mark.parametrize("shape", ["nested", "flat", "text"])
async def test_the_reason_is_read_in_each_shape_of_error(desk: Desk, shape: str) -> None:
    desk.exchange.exchange.error_shape = shape
    placement = await desk.place(desk.intent(price_microdollars=555_500))
    assert "not on the market's grid" in str(placement.reason)


class Killed(BaseException):
    """What stands for a kill -9 in this process: nothing of ours catches it."""


class DyingBroker:
    """Dies right before or right after the real broker has done its work."""

    def __init__(self, desk: Desk, *, before: bool) -> None:
        self._desk, self._before = desk, before

    async def ready(self) -> None:
        pass

    async def place(self, intent: OrderIntent) -> Placement:
        if not self._before:
            await self._desk.broker.place(intent)
        raise Killed

    async def cancel_all(self, order_ids: Sequence[str]) -> list[str]:
        raise Killed(order_ids)


@pytest.mark.parametrize(
    ("step", "left", "becomes"),
    [
        ("before the kill switch is asked", "intended", "abandoned"),
        ("before the send", "sent", "absent"),
        ("after the send", "sent", "accepted"),
    ],
)
async def test_a_process_that_dies_at_any_step_leaves_a_ledger_that_can_be_proven(
    tmp_path: Path, step: str, left: str, becomes: str
) -> None:
    async with SimulatedExchange() as exchange:
        async with Desk(tmp_path, exchange) as desk:
            intent = desk.intent()
            context = desk.context
            if step == "before the kill switch is asked":
                context = context._replace(halted=raises)
            with pytest.raises(Killed):
                await place(intent, DyingBroker(desk, before=step == "before the send"), context)
            assert desk.state(intent) == left
        async with Desk(tmp_path, exchange) as desk:
            assert (await desk.place(desk.intent(cycle="cycle-2"))).state == "abandoned"
            found = await desk.reconcile()
            assert (found.differences, found.blocked) == ([], {})
            assert desk.state(intent) == becomes
            assert desk.positions() == desk.truth()
            assert len(exchange.account.orders) == (becomes == "accepted")


def raises(_: str) -> str | None:
    raise Killed


async def test_after_the_last_look_at_the_kill_switch_only_the_order_itself_is_sent(desk: Desk) -> None:
    seen: list[int] = []

    def look(_: str) -> None:
        seen.append(len(desk.exchange.requests))

    await place(desk.intent(), desk.broker, PlaceContext(desk.database, desk.clock, look))
    assert len(desk.exchange.requests) - seen[-1] == 1


async def test_a_halt_is_seen_right_before_the_send_and_nothing_leaves(desk: Desk) -> None:
    desk.halted[""] = "the operator halted everything"
    intent = desk.intent()
    placement = await desk.place(intent)
    assert (placement.state, placement.reason) == ("abandoned", "the operator halted everything")
    assert desk.state(intent) == "abandoned"
    assert desk.exchange.writes == []


async def test_the_same_intent_is_never_stored_or_sent_twice(desk: Desk) -> None:
    intent = desk.intent()
    await desk.place(intent)
    with pytest.raises(Exception, match="UNIQUE"):
        await desk.place(intent)
    assert order_posts(desk) == 1


async def test_a_database_of_another_environment_is_refused(desk: Desk) -> None:
    await desk.place(desk.intent(environment="demo"))
    with pytest.raises(ConfigError, match="a data directory of its own"):
        await desk.reconcile()

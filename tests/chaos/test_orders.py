"""Thousands of faults at every step of an order: never two orders for one intent, never an order we do not know of.

The short form strikes 300 times and kills ten processes; `make chaos` (--chaos-rounds 100) strikes 10,000 times and
kills a hundred.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from simulator.faults import LOST_ANSWERS
from simulator.orders_fees import DIRECT, OTHER
from simulator.portfolio import EVER, WHILE_OPEN
from support import order_child
from support.data_dir import rows
from support.simulated_exchange import SimulatedExchange
from support.trading_desk import CONTRACT, GROUP_LIMIT, Desk
from trader.broker_live import LiveBroker
from trader.place import place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kalshi_common.domain.order import OrderIntent, Placement

IN_ONE_WORLD = 100
MARKETS = 8
ORDERS = "/portfolio/events/orders"
BEFORE = ("reset", "408", "429", "500", "502", "503", "504", "html_200")
AFTER = tuple(name for name in LOST_ANSWERS if name != "hang_after")
SPOILT = ("broken_json", "cut_body", "cut_chunked")
BAD_READS = ("429", "500", "reset", "cut_body", "broken_json")
DEATHS = ("dies intended", "dies before the send", "dies after the send")
OTHERS = ("accepted_late", "no group", "bad reads")
STEPS = (*BEFORE, *AFTER, *SPOILT, *DEATHS, *OTHERS)


class Killed(BaseException):
    """A kill -9 as this process can play it: nothing of ours catches it."""


class Mortal:
    """The live broker, dying where it is told to."""

    def __init__(self, broker: LiveBroker, death: str) -> None:
        self._broker, self._death = broker, death

    async def ready(self) -> None:
        await self._broker.ready()

    async def place(self, intent: OrderIntent) -> Placement:
        if self._death == "dies before the send":
            raise Killed
        placement = await self._broker.place(intent)
        if self._death == "dies after the send":
            raise Killed
        return placement

    async def cancel_all(self, order_ids: Sequence[str]) -> list[str]:
        return await self._broker.cancel_all(order_ids)


class Strikes:
    """One world's series of faults."""

    def __init__(self, desk: Desk, chance: random.Random) -> None:
        self.desk, self.chance = desk, chance
        self.met: Counter[str] = Counter()
        self.states: Counter[str] = Counter()
        self.markets = [desk.market(place) for place in range(MARKETS)]

    async def strike(self, number: int) -> None:
        """Place one order with one fault on its way."""
        step = self.chance.choice(STEPS)
        self.met[step] += 1
        self._arm(step)
        context = self.desk.context
        if step == "dies intended":
            context = context._replace(halted=_dies)
        try:
            placement = await place(self._intent(number), Mortal(self.desk.broker, step), context)
            self.states[placement.state] += 1
        except Killed:
            # A new process: nothing of the old one's memory is left.
            self.desk.broker = LiveBroker(self.desk.live, self.desk.clock, group_limit=GROUP_LIMIT)
        self.desk.exchange.faults.scripts.clear()

    def _intent(self, number: int) -> OrderIntent:
        rests = self.chance.random() < 0.4
        side: Any = self.chance.choice(("yes", "no"))
        intent = self.desk.intent(
            self.chance.choice(self.markets),
            side,
            cycle=f"cycle-{number}",
            count=self.chance.randrange(1, 5 * CONTRACT),
            rests=rests,
        )
        lower = self.chance.choice((0, 0, 10_000, 50_000)) if rests else 0
        return intent._replace(price_microdollars=max(intent.price_microdollars - lower, 10_000))

    def _arm(self, step: str) -> None:
        desk = self.desk
        if step == "no group":
            desk.broker = LiveBroker(desk.live, desk.clock, group_limit=GROUP_LIMIT)
            desk.exchange.faults.script(
                self.chance.choice((*AFTER, "500", "reset")), "/portfolio/order_groups", times=99
            )
        elif step == "bad reads":
            desk.exchange.account.read_lag_s = self.chance.choice((0, 3, 70))
            desk.exchange.faults.set_rates(dict.fromkeys(BAD_READS, 0.02))
        elif step not in DEATHS:
            desk.exchange.account.late_s = self.chance.randrange(55)
            desk.lost(step)

    async def reconcile(self) -> None:
        """Do it as the next cycle would, mostly after some time."""
        if self.chance.random() < 0.9:
            self.desk.exchange.clock.advance(120)
        found = await self.desk.reconcile()
        assert found.differences == [], found
        assert found.blocked == {}
        self.desk.exchange.faults.clear()
        self.desk.exchange.account.read_lag_s = 0

    def judge(self) -> None:
        """Hold ledger and exchange against each other, intent by intent."""
        desk = self.desk
        held = Counter(order.wish.client_order_id for order in desk.exchange.account.orders.values())
        assert max(held.values(), default=1) == 1, "an intent has two orders"
        states = dict(rows(desk.database, "SELECT client_order_id, state FROM order_intents"))
        assert set(held) == {key for key, state in states.items() if state == "accepted"}
        assert set(states.values()) <= {"accepted", "rejected", "absent", "abandoned"}
        assert desk.positions() == desk.truth()


def _dies(_: str) -> str | None:
    raise Killed


async def test_whatever_fault_strikes_whichever_step_no_order_is_doubled_or_lost(tmp_path: Path, rounds: int) -> None:
    logging.getLogger("trader").setLevel(logging.CRITICAL)
    chance = random.Random(11)  # noqa: S311  # a repeatable series of faults
    total, left, met, states = max(300, rounds * rounds), max(300, rounds * rounds), Counter[str](), Counter[str]()
    while left > 0:
        async with SimulatedExchange(seed=left) as exchange:
            exchange.faults.slow_s = 0.05
            exchange.account.duplicates = chance.choice((WHILE_OPEN, EVER))
            exchange.account.reserves = chance.random() < 0.5
            exchange.account.balance_step = chance.choice((DIRECT, OTHER))
            async with Desk(tmp_path / f"data-{left}", exchange, timeout_s=1) as desk:
                await desk.reconcile()
                strikes = Strikes(desk, chance)
                for number in range(min(IN_ONE_WORLD, left)):
                    await strikes.strike(number)
                    if chance.random() < 0.3:
                        await strikes.reconcile()
                await strikes.reconcile()
                strikes.judge()
                met, states = met + strikes.met, states + strikes.states
        left -= IN_ONE_WORLD
    print(f"{sum(met.values())} faults: {dict(met)}; answers: {dict(states)}")
    assert sum(met.values()) == total
    assert set(met) == set(STEPS)
    assert states["accepted"] > 0 < states["unknown"]


async def test_whenever_the_placing_process_is_killed_no_order_is_doubled_or_lost(tmp_path: Path, rounds: int) -> None:
    logging.getLogger("trader").setLevel(logging.CRITICAL)
    chance = random.Random(5)  # noqa: S311  # a repeatable series of instants
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["support.order_child", "kalshi_common.exchange.portfolio_client"])
    killed = left_open = 0
    async with SimulatedExchange() as exchange, Desk(tmp_path / "data", exchange, timeout_s=5) as desk:
        await desk.reconcile()
        strikes = Strikes(desk, chance)
        for number in range(rounds):
            intents = [
                desk.intent(market, cycle=f"kill-{number}-{turn}", count=CONTRACT)
                for turn in range(4)
                for market in strikes.markets
            ]
            errand = order_child.Errand(desk.environ, desk.clock.now(), intents, GROUP_LIMIT)
            child = forks.Process(target=order_child.run, args=(errand,))
            seen = len(exchange.requests)
            child.start()
            async with asyncio.timeout(60):
                await exchange.arrived(seen + chance.randrange(2, 8))
            await asyncio.sleep(chance.uniform(0, 0.02))
            child.kill()
            await asyncio.to_thread(child.join)
            killed += child.exitcode == -9
            left_open += desk.one("SELECT count(*) FROM order_intents WHERE state IN ('intended', 'sent')")
            await strikes.reconcile()
            strikes.judge()
    print(f"{killed} processes killed, {left_open} intents left open by them")
    assert killed == rounds
    assert left_open > 0

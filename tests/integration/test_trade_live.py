"""Live trading at the simulated exchange: only with every consent, the same intents as on paper, stopped at once."""

from __future__ import annotations

import asyncio
import shutil
from itertools import product
from typing import TYPE_CHECKING

import pytest

from kalshi_common.cycle import CycleContext, run_cycle
from kalshi_common.errors import ConfigError, ExitCode
from support.data_dir import migrated
from support.trader_run import Trader
from support.trading_desk import CENT, KEY_ID, PRIVATE_PEM, Desk
from trader import trade
from trader.switch import throw

if TYPE_CHECKING:
    from pathlib import Path

    from support.simulated_exchange import SimulatedExchange

CONSENTS = ("flag", "knob", "keys", "environment", "self_test", "evidence")


@pytest.fixture
def wanting(trader: Trader) -> Trader:
    """A trader with three markets worth buying, and no consent yet."""
    for market, mid in trader.two_sided()[:3]:
        trader.estimate(market, mid + 0.15)
    del trader.knobs["exchange"]["environment"]
    return trader


def consenting(trader: Trader, given: tuple[bool, ...]) -> None:
    flag, knob, keys, environment, self_test, evidence = given
    trader.flag = flag
    trader.knobs["trade"]["live"] = knob
    if keys:
        trader.environment |= {"KALSHI_API_KEY": KEY_ID, "KALSHI_PRIVATE_KEY": PRIVATE_PEM}
    if environment:
        trader.knobs["exchange"]["environment"] = "demo"
    if self_test:
        trader.pass_self_test()
    if evidence:
        trader.show_evidence()


async def attempt(trader: Trader) -> str:
    """Do what `kalshi run` does, and tell the venue it traded on, or that it was refused."""
    try:
        trade.check(trader.settings())
    except ConfigError:
        return "refused"
    outcome = await trader.trade()
    assert outcome.exit_code is ExitCode.OK, trader.report()
    return str(trader.report()["venue"])


async def test_without_all_consents_no_write_reaches_the_exchange_whatever_else_is_given(
    wanting: Trader, tmp_path: Path
) -> None:
    traded = 0
    for number, given in enumerate(list(product([False, True], repeat=len(CONSENTS)))[:-1]):
        trader = Trader(tmp_path / str(number) / "data", wanting.exchange)
        shutil.copytree(wanting.data_dir, trader.data_dir)
        del trader.knobs["exchange"]["environment"]
        consenting(trader, given)
        venue = await attempt(trader)
        said = dict(zip(CONSENTS, given, strict=True))
        assert trader.writes() == [], said
        assert venue == ("paper" if not said["flag"] else "live" if all(given[:5]) else "refused"), said
        assert venue == "refused" or trader.query("SELECT count(*) FROM order_intents WHERE venue = 'live'") == [(0,)]
        traded += venue == "paper" and len(trader.intents()) == 3
    assert traded == 32, "on paper each of them had orders to place"


async def test_with_all_consents_orders_reach_the_exchange(wanting: Trader) -> None:
    consenting(wanting, (True,) * len(CONSENTS))
    assert await attempt(wanting) == "live"
    assert [write for write in wanting.writes() if write.endswith("/portfolio/events/orders")]
    held = dict(wanting.query("SELECT market_id, position_hundredths FROM positions WHERE venue = 'live'"))
    account = wanting.exchange.exchange.account
    now = account.advance()
    assert held == {market: account.holding(market, now).held for market in held}
    assert len(held) == 3


async def test_the_knob_without_the_flag_trades_on_paper_and_says_so_loudly(wanting: Trader) -> None:
    wanting.set("trade", live=True)
    said = "TRADING PAPER (trade.live is true, but --enable-live-trading was not given)"
    assert trade.opening(wanting.settings()) == [said]
    await wanting.trade()
    assert wanting.report()["first_warnings"] == ["trade.live is true, but --enable-live-trading was not given"]


async def test_paper_and_live_on_the_same_world_make_the_same_intents(
    wanting: Trader, tmp_path: Path, exchange: SimulatedExchange, traded_hours: Path
) -> None:
    other = Trader(tmp_path / "paper" / "data", exchange)
    await other.collected(traded_hours)
    for market, mid in other.two_sided()[:3]:
        other.estimate(market, mid + 0.15)
    consenting(wanting, (True,) * len(CONSENTS))
    await wanting.trade()
    [(balance,)] = wanting.query("SELECT balance_microdollars FROM reconciliations ORDER BY 1 LIMIT 1")
    other.set("trade", paper_bankroll=balance / 1_000_000)
    await other.trade()
    assert len(other.intents()) == 3
    assert other.intents() == wanting.intents()
    judged = """SELECT market_id, side, edge_microdollars, wanted_hundredths, decision, reasons_json
                FROM signals ORDER BY 1, 2"""
    assert other.query(judged) == wanting.query(judged)
    fills = "SELECT market_id, sum(count_hundredths), sum(fee_microdollars) FROM fills GROUP BY market_id ORDER BY 1"
    assert [row[:2] for row in other.query(fills)] == [row[:2] for row in wanting.query(fills)]


async def test_a_halt_stops_the_running_cycle_before_its_next_order(wanting: Trader) -> None:
    consenting(wanting, (True,) * len(CONSENTS))

    async def halt_after_the_first_order() -> None:
        while not sent(wanting):
            await wanting.exchange.arrived(len(wanting.exchange.requests) + 1)
        throw(wanting.settings(), None, "that is enough")

    halting = asyncio.ensure_future(halt_after_the_first_order())
    await wanting.trade()
    await halting
    assert sent(wanting) == 1
    states = [state for (state,) in wanting.query("SELECT state FROM order_intents ORDER BY created_at_utc, rowid")]
    assert states == ["accepted", "abandoned", "abandoned"]
    assert "that is enough" in wanting.report()["details"]["halts"][0]


@pytest.mark.parametrize("by", ["row", "file", "market"])
async def test_a_halted_system_places_nothing(wanting: Trader, by: str) -> None:
    consenting(wanting, (True,) * len(CONSENTS))
    market = wanting.two_sided()[0][0]
    if by == "file":
        (wanting.data_dir / "HALT").write_text("")
    else:
        throw(wanting.settings(), market if by == "market" else None, "for a test")
        (wanting.data_dir / "HALT").unlink(missing_ok=True)
    await wanting.trade()
    assert sent(wanting) == (2 if by == "market" else 0)
    assert wanting.reasons(market, "yes") == ["kill_switch"]


async def test_a_halted_cycle_takes_back_what_rests(wanting: Trader) -> None:
    consenting(wanting, (True,) * len(CONSENTS))
    async with Desk(wanting.data_dir, wanting.exchange) as desk:
        resting = await desk.place(desk.intent(price=CENT, rests=True, environment="demo"))
    await wanting.trade()
    order = wanting.exchange.account.orders[str(resting.order_id)]
    assert order.open == 1000
    throw(wanting.settings(), None, "for a test")
    await wanting.trade()
    assert order.open == 0


async def test_a_stop_is_respected_before_each_order(wanting: Trader) -> None:
    consenting(wanting, (True,) * len(CONSENTS))

    async def stopped_after_the_first_order(context: CycleContext) -> None:
        async def stop() -> None:
            while not sent(wanting):
                await wanting.exchange.arrived(len(wanting.exchange.requests) + 1)
            context.stop.ask("stopped by a test")

        stopping = asyncio.ensure_future(stop())
        await trade.work(context)
        await stopping

    await run_cycle("trade", stopped_after_the_first_order, wanting.settings(), wanting.clock)
    assert sent(wanting) == 1
    assert wanting.report()["details"]["funnel"]["not_placed_any_more"] == 2


async def test_an_order_whose_answer_is_lost_blocks_its_market_and_fails_the_cycle(wanting: Trader) -> None:
    consenting(wanting, (True,) * len(CONSENTS))
    wanting.exchange.faults.script("reset_after", "/portfolio/events/orders", times=1, method="POST")
    outcome = await wanting.trade()
    assert outcome.exit_code is ExitCode.FAILED
    assert any("is not known" in error for error in wanting.report()["first_errors"])
    assert sorted(state for (state,) in wanting.query("SELECT state FROM order_intents")) == [
        "accepted", "accepted", "unknown",
    ]  # fmt: skip


async def test_nothing_is_traded_while_the_books_do_not_agree(wanting: Trader) -> None:
    consenting(wanting, (True,) * len(CONSENTS))
    await wanting.trade()
    placed = sent(wanting)
    with migrated(wanting.data_dir) as database, database.write() as connection:
        connection.execute("UPDATE positions SET position_hundredths = position_hundredths + 500")
    outcome = await wanting.trade()
    assert outcome.exit_code is ExitCode.FAILED
    assert sent(wanting) == placed
    assert wanting.report()["first_errors"][0].startswith("nothing is traded until this is explained")


async def test_a_key_of_another_exchange_ends_the_cycle_before_any_order(wanting: Trader) -> None:
    consenting(wanting, (True,) * len(CONSENTS))
    wanting.environment["KALSHI_API_KEY"] = "key-of-another-exchange"
    outcome = await wanting.trade()
    assert outcome.exit_code is ExitCode.FAILED
    assert wanting.writes() == []
    assert wanting.query("SELECT 1 FROM order_intents") == []


def sent(trader: Trader) -> int:
    return sum(write == "POST /portfolio/events/orders" for write in trader.writes())

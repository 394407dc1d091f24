"""`kalshi reconcile` as an operator runs it: a process of its own against a running exchange."""

from __future__ import annotations

import asyncio
import fcntl
import json
from typing import TYPE_CHECKING

import pytest

from simulator.keys import KeyRing
from support.data_dir import kalshi
from support.simulated_exchange import SimulatedExchange
from support.trading_desk import KEY_ID, PRIVATE_PEM, PUBLIC_PEM, Desk
from trader.reconcile_alone import reconcile_alone, sentences

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def exchange() -> AsyncIterator[SimulatedExchange]:
    async with SimulatedExchange() as running:
        running.keys.register(KEY_ID, PUBLIC_PEM)
        yield running


async def reconcile(exchange: SimulatedExchange, data_dir: Path, *options: str) -> tuple[int, str, str]:
    environ = {"api_base_url": exchange.base_url, "data_dir": data_dir}
    secrets = {"api_key": KEY_ID, "private_key": PRIVATE_PEM}
    return await asyncio.to_thread(kalshi, "reconcile", *options, **environ, **secrets)


async def test_an_account_that_agrees_ends_in_0_and_nothing_is_written_there(
    tmp_path: Path, exchange: SimulatedExchange
) -> None:
    code, out, err = await reconcile(exchange, tmp_path)
    assert (code, out) == (0, "prod as of 2026-11-23T05:07:00Z: balance $1000.00, ledger and exchange agree\n"), err
    code, out, _ = await reconcile(exchange, tmp_path, "--format", "json")
    assert (code, json.loads(out)["balance_microdollars"]) == (0, 1_000_000_000)
    assert exchange.writes == []


async def test_a_difference_is_told_until_the_operator_accepts_the_balance(
    tmp_path: Path, exchange: SimulatedExchange
) -> None:
    """In this process, for a difference is looked at three times and the world's clock need not wait."""
    desk = Desk(tmp_path, exchange)
    assert (await reconcile_alone(desk.settings, desk.clock, accept=False)).agrees
    exchange.account.opening -= 40_000_000
    found = await reconcile_alone(desk.settings, desk.clock, accept=False)
    assert not found.agrees
    first, last = sentences(found, "prod")
    assert first.startswith("DIFFERENCE  the balance is $960.00")
    assert last.endswith("balance $960.00, nothing may be traded live")
    assert (await reconcile_alone(desk.settings, desk.clock, accept=True)).agrees
    assert exchange.writes == []


async def test_an_open_outcome_does_not_agree_either(tmp_path: Path, exchange: SimulatedExchange) -> None:
    async with Desk(tmp_path, exchange) as desk:
        exchange.account.read_lag_s = 3600
        desk.lost("500")
        intent = desk.intent()
        await desk.place(intent)
    found = await reconcile_alone(desk.settings, desk.clock, accept=False)
    assert not found.agrees
    assert f"BLOCKED     {intent.market_id}: the outcome of {intent.intent_id} is still not known" in sentences(
        found, "prod"
    )


async def test_it_waits_for_no_trade_cycle_and_says_who_holds_the_lock(
    tmp_path: Path, exchange: SimulatedExchange
) -> None:
    (tmp_path / "locks").mkdir()
    with (tmp_path / "locks" / "trade.lock").open("w", encoding="utf-8") as held:
        held.write('{"host": "h", "pid": "1", "cycle": "c-1", "since": "2026-11-23T05:00:00Z"}')
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        code, _, err = await reconcile(exchange, tmp_path)
    assert (code, "another trade run" in err, exchange.requests) == (75, True, [])


async def test_a_key_the_exchange_does_not_know_ends_in_its_own_words(
    tmp_path: Path, exchange: SimulatedExchange
) -> None:
    exchange.exchange.keys = KeyRing()
    code, _, err = await reconcile(exchange, tmp_path)
    assert (code, "HTTP 401" in err, "Traceback" in err) == (1, True, False)
    assert "PRIVATE KEY" not in err


async def test_an_address_of_another_environment_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    code, _, err = await asyncio.to_thread(
        kalshi, "reconcile", api_base_url="https://external-api.demo.kalshi.co/trade-api/v2", data_dir=tmp_path,
        api_key=KEY_ID, private_key=PRIVATE_PEM,
    )  # fmt: skip
    assert code == 2
    assert "external-api.demo.kalshi.co is the demo exchange, but exchange.environment is prod" in err


async def test_without_a_key_nothing_is_asked(tmp_path: Path, exchange: SimulatedExchange) -> None:
    code, _, err = await asyncio.to_thread(kalshi, "reconcile", api_base_url=exchange.base_url, data_dir=tmp_path)
    assert (code, exchange.requests) == (2, [])
    assert "KALSHI_API_KEY" in err

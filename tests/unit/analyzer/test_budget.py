"""The gate in one process: who waits, who goes, who is turned away for good."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from analyzer.budget import Budget
from kalshi_common.storage import llm_calls
from kalshi_common.storage.llm_calls import Charged, Settlement
from support.data_dir import NOW, migrated
from support.model_calls import reservation as call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kalshi_common.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with migrated(tmp_path) as opened:
        yield opened


def done(nano: int | None) -> Settlement:
    return Settlement("ok" if nano is not None else "unknown", NOW, nano)


LIMITS = Charged(100, 1000, 1000)


async def test_what_does_not_fit_beside_an_open_call_waits_and_goes_when_it_was_cheap(database: Database) -> None:
    budget = Budget(database, LIMITS)
    assert await budget.reserve(call("a"))
    second = asyncio.ensure_future(budget.reserve(call("b")))
    done_first, _ = await asyncio.wait({second}, timeout=0.2)
    assert not done_first
    await budget.settle("a", done(40))
    assert await second
    assert budget.exhausted is None


async def test_what_does_not_fit_with_no_call_open_ends_the_asking_for_everybody(database: Database) -> None:
    budget = Budget(database, LIMITS)
    assert await budget.reserve(call("a"))
    waiting = [asyncio.ensure_future(budget.reserve(call(name))) for name in "bcd"]
    await budget.settle("a", done(None))
    assert await asyncio.gather(*waiting) == [False] * 3
    assert budget.exhausted == "cycle"
    assert not await budget.reserve(call("e", nano=1))


async def test_a_caller_that_is_cancelled_leaves_nobody_waiting_for_it(database: Database) -> None:
    budget = Budget(database, LIMITS)
    assert await budget.reserve(call("a"))
    waiting = asyncio.ensure_future(budget.reserve(call("b")))
    await asyncio.sleep(0.05)
    budget.lost()
    assert await waiting is False


async def test_a_settlement_under_way_is_written_even_when_its_caller_is_cancelled(database: Database) -> None:
    budget = Budget(database, LIMITS)
    assert await budget.reserve(call("a"))
    task = asyncio.ensure_future(budget.settle("a", done(40)))
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    with database.read() as connection:
        assert llm_calls.charged(connection, cycle_id="c1", now=NOW) == (40, 40, 40)

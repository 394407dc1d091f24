"""The operator is told of orders, fills and halts, and a message that does not arrive fails nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import ExitCode
from support.mailbox import Mailbox
from trader.switch import lift, throw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.trader_run import Trader


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with Mailbox() as running:
        yield running


async def test_orders_and_fills_are_told_each_cycle_and_a_halt_once_until_it_is_over(
    trader: Trader, box: Mailbox
) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.15)
    trader.environment["KALSHI_WEBHOOK_URL"] = box.url
    await trader.trade()
    [orders, fills] = [letter.json for letter in box.letters]
    assert (orders["kind"], orders["key"]) == ("news", "trade:orders")
    assert orders["title"] == "kalshi trade (trading paper): 1 orders"
    assert orders["body"].startswith(f"{market} yes: ")
    assert (fills["kind"], fills["key"]) == ("news", "trade:fills")
    trader.set("trade", min_edge=0.9)
    throw(trader.settings(), None, "for a test")
    await trader.trade()
    await trader.trade()
    lift(trader.settings(), None)
    await trader.trade()
    later = [(letter.json["kind"], letter.json["key"]) for letter in box.letters[2:]]
    assert later == [("problem", "trade:halted"), ("recovered", "trade:halted")]
    assert "for a test" in box.letters[2].json["body"]


async def test_a_message_that_does_not_arrive_is_a_warning(trader: Trader, box: Mailbox) -> None:
    market, mid = trader.two_sided()[0]
    trader.estimate(market, mid + 0.15)
    box.answer = 500
    trader.environment["KALSHI_WEBHOOK_URL"] = box.url
    outcome = await trader.trade()
    assert outcome.exit_code is ExitCode.OK
    assert [warning for warning in trader.report()["first_warnings"] if "webhook" in warning]


async def test_a_halt_is_told_even_where_there_is_nothing_to_trade(trader: Trader, box: Mailbox) -> None:
    trader.environment["KALSHI_WEBHOOK_URL"] = box.url
    throw(trader.settings(), None, "for a test")
    await trader.trade()
    assert [letter.json["key"] for letter in box.letters] == ["trade:halted"]
    assert trader.report()["details"]["halts"] != []

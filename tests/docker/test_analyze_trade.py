"""The analyzer's and the trader's real containers, on the hour a collector's container stored."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pytest

from support.docker_stack import ended, log_lines, said

if TYPE_CHECKING:
    from docker.models.containers import Container
    from docker.models.volumes import Volume

    from support.docker_stack import DockerStack


class Asked(NamedTuple):
    """An hour with its estimates, and what the providers say they are owed for them."""

    volume: Volume
    analyzer: Container
    billed_usd: Decimal


def billed(stack: DockerStack) -> Decimal:
    return Decimal(stack.simulator("GET", "/bill")["total_usd"])


@pytest.fixture
def asked(stack: DockerStack, volume: Volume) -> Asked:
    stack.compose("build", "analyzer", "trader")
    assert ended(stack.collector(volume)) == 0
    before = billed(stack)
    analyzer = stack.worker("analyzer", volume)
    assert ended(analyzer) == 0, "\n".join(log_lines(analyzer))
    return Asked(volume, analyzer, billed(stack) - before)


def test_an_analyzer_stores_estimates_and_its_ledger_is_the_providers_bill_to_the_last_digit(
    stack: DockerStack, asked: Asked
) -> None:
    ((charged, calls, open_calls),) = stack.rows(
        asked.volume,
        "SELECT sum(actual_nanodollars), count(*), count(*) FILTER (WHERE outcome = 'reserved') FROM llm_calls",
    )
    ((estimates,),) = stack.rows(asked.volume, "SELECT count(*) FROM estimates")

    assert Decimal(charged) / 10**9 == asked.billed_usd > 0
    assert (calls >= estimates > 0, open_calls) == (True, 0)
    assert f"cost_usd={asked.billed_usd:f}"[:14] in said(asked.analyzer)


def test_a_trader_left_as_it_comes_trades_on_paper_only_and_sends_the_exchange_no_order(
    stack: DockerStack, asked: Asked
) -> None:
    stack.simulator("POST", "/reset")

    trader = stack.worker("trader", asked.volume)

    assert ended(trader) == 0, "\n".join(log_lines(trader))
    venues = stack.rows(asked.volume, "SELECT DISTINCT venue FROM signals UNION SELECT venue FROM order_intents")
    assert venues == [["paper"]]
    sent = [(one["method"], one["path"]) for one in stack.simulator("GET", "/requests")["requests"]]
    assert sent
    assert {method for method, _ in sent} == {"GET"}
    assert not [path for _, path in sent if "/portfolio" in path]


def test_a_trader_that_is_asked_for_live_without_the_other_consents_ends_2_and_sends_nothing(
    stack: DockerStack, asked: Asked
) -> None:
    stack.simulator("POST", "/reset")

    trader = stack.worker("trader", asked.volume, "run", "--enable-live-trading")

    assert ended(trader) == 2
    assert "trade.live" in "\n".join(log_lines(trader))
    assert stack.simulator("GET", "/requests")["requests"] == []

"""The simulated model providers: their skill is known, their bill is their own, their faults do as their names say."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from simulator.market import Status
from simulator.price import fair
from simulator.providers_bill import PRICES, Bill, Tokens
from simulator.providers_faults import MODEL_FAULTS, ModelFaults
from simulator.providers_skill import Skill, question_of
from support.simulated_exchange import MOMENT, SimulatedExchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def exchange() -> AsyncIterator[SimulatedExchange]:
    async with SimulatedExchange() as running:
        yield running


def data(market_id: str) -> str:
    told = {"market_id": market_id, "observed_at_utc": MOMENT.isoformat()}
    return f"<market_data>\n{json.dumps(told)}\n</market_data>"


async def post(url: str, body: dict[str, Any], **headers: str) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def said(exchange: SimulatedExchange, market_id: str, *, times: int = 1) -> list[float]:
    found = []
    for _ in range(times):
        body = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": data(market_id)}]}
        _, answer = await post(f"{exchange.openai_url}/chat/completions", body, Authorization="Bearer k")
        found.append(json.loads(answer["choices"][0]["message"]["content"])["probability"])
    return found


def live(exchange: SimulatedExchange, count: int) -> list[str]:
    return [name for name in exchange.tickers(Status.ACTIVE) if exchange.world.markets[name].event.exclusive is False][
        :count
    ]


async def test_without_any_distortion_it_answers_the_worlds_probability(exchange: SimulatedExchange) -> None:
    for ticker in live(exchange, 20):
        [answer] = await said(exchange, ticker)
        truth = fair(exchange.world.markets[ticker], int(MOMENT.timestamp()))
        assert answer == pytest.approx(min(max(truth, 1e-4), 1 - 1e-4), abs=1e-6)


async def test_full_insight_knows_how_it_ends(exchange: SimulatedExchange) -> None:
    exchange.providers.skill = Skill(insight=1)
    for ticker in live(exchange, 20):
        [answer] = await said(exchange, ticker)
        assert (answer > 0.5) is (exchange.world.markets[ticker].result == "yes")


async def test_noise_and_bias_are_those_asked_for_in_log_odds(exchange: SimulatedExchange) -> None:
    exchange.providers.skill = Skill(noise=0.5, bias=0.3, ignorant=True)
    odds = [math.log(p / (1 - p)) for p in await said(exchange, live(exchange, 1)[0], times=400)]
    mean = sum(odds) / len(odds)
    deviation = math.sqrt(sum((each - mean) ** 2 for each in odds) / len(odds))
    assert mean == pytest.approx(0.3, abs=0.1)
    assert deviation == pytest.approx(0.5, abs=0.1)


async def test_a_market_it_does_not_know_gets_even_odds(exchange: SimulatedExchange) -> None:
    assert await said(exchange, "NOBODY-KNOWS") == [0.5]
    assert question_of("no data at all") is None


async def test_both_wires_bill_the_same_tokens_at_the_listed_price(exchange: SimulatedExchange) -> None:
    exchange.providers.cached_share = 0.5
    content = data(live(exchange, 1)[0])
    openai = {"model": "gpt-5", "messages": [{"role": "user", "content": content}]}
    _, one = await post(f"{exchange.openai_url}/chat/completions", openai, Authorization="Bearer k")
    anthropic = {"model": "claude-sonnet-5-5", "max_tokens": 500, "messages": [{"role": "user", "content": content}]}
    _, other = await post(f"{exchange.anthropic_url}/v1/messages", anthropic, **{"x-api-key": "k"})
    used = one["usage"]
    read, cached = used["prompt_tokens"], used["prompt_tokens_details"]["cached_tokens"]
    price = PRICES["gpt-5"]
    first, second = exchange.providers.bill.entries
    expected = (read - cached) * price.read + cached * price.cached + used["completion_tokens"] * price.made
    assert first.dollars == expected / Decimal(1_000_000)
    assert second.tokens.cached == other["usage"]["cache_read_input_tokens"] > 0
    assert second.tokens.read == other["usage"]["input_tokens"] + second.tokens.cached
    assert exchange.providers.bill.total == first.dollars + second.dollars


async def test_without_a_key_or_with_an_unknown_model_it_is_turned_away_free(exchange: SimulatedExchange) -> None:
    body = {"model": "gpt-5", "messages": [{"role": "user", "content": "x"}]}
    url = f"{exchange.openai_url}/chat/completions"
    assert (await post(url, body))[0] == 401
    assert (await post(url, {**body, "model": "nope"}, Authorization="Bearer k"))[0] == 404
    assert exchange.providers.bill.entries == []


async def test_it_is_steered_and_looked_into_by_http(exchange: SimulatedExchange) -> None:
    async with aiohttp.ClientSession() as session:
        change = {"skill": {"insight": 0.5}, "faults": {"429": 1}, "latency_s": 0.01}
        async with session.put(f"{exchange.admin_url}/models", json=change) as answer:
            shown = await answer.json()
        assert shown["skill"]["insight"] == 0.5
        async with session.put(f"{exchange.admin_url}/models", json={"skill": {"wit": 1}}) as answer:
            assert answer.status == 400
        async with session.get(f"{exchange.admin_url}/bill") as answer:
            assert (await answer.json())["total_usd"] == "0"
    body = {"model": "gpt-5", "messages": [{"role": "user", "content": "x"}]}
    assert (await post(f"{exchange.openai_url}/chat/completions", body, Authorization="Bearer k"))[0] == 429


def test_rates_are_met_as_often_as_they_say_and_unknown_faults_refused() -> None:
    faults = ModelFaults()
    faults.set_rates({"429": 0.25, "cut": 0.25})
    met = [faults.meeting(draw << 54) for draw in range(1024)]
    assert [met.count(name) for name in ("429", "cut", "")] == [256, 256, 512]
    for wrong in ({"nope": 0.1}, {"429": 1.5}, {"429": 0.6, "cut": 0.6}):
        with pytest.raises(ValueError, match="fault"):
            faults.set_rates(wrong)
    with pytest.raises(ValueError, match="nope"):
        faults.script("nope")
    for name in MODEL_FAULTS:
        faults.script(name)
        assert faults.meeting(1 << 63) == name


def test_a_bill_is_exact_to_the_last_digit() -> None:
    bill = Bill()
    bill.charge("a", "gpt-5-mini", Tokens(3, 1, 1), told=True)
    assert bill.total == Decimal("0.000002525")

"""One call by each official SDK to a server that plays a script: what comes back, and what it may have cost."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.prices import TokenUsage
from analyzer.providers import CALL_ID, Provider, Question, Reply
from analyzer.providers_anthropic import Anthropic
from analyzer.providers_openai import OpenAI
from kalshi_common.errors import ModelError
from kalshi_common.knobs_analyze import ModelKnobs
from support.scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[[str], Provider]

KEY = "sk-made-up-0123456789abcdef"
SAID = '{"probability":0.25,"reason":"so"}'
QUESTION = Question("Estimate.", "<market_data>{}</market_data>")
GOOD: dict[str, dict[str, Any]] = {
    "openai": {
        "choices": [{"message": {"content": SAID}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "prompt_tokens_details": {"cached_tokens": 30},
            "completion_tokens_details": {"reasoning_tokens": 40},
        },
    },
    "anthropic": {
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": SAID}],
        "usage": {
            "input_tokens": 60,
            "cache_read_input_tokens": 30,
            "cache_creation_input_tokens": 10,
            "output_tokens": 50,
        },
        "stop_reason": "end_turn",
    },
}
USED = {"openai": TokenUsage(100, 50, 30), "anthropic": TokenUsage(100, 50, 30, 10)}
BOTH = pytest.mark.parametrize("name", GOOD)


def provider(name: str, url: str) -> Provider:
    model = ModelKnobs.model_validate({"provider": name, "model": "m"})
    kind = Anthropic if name == "anthropic" else OpenAI
    return kind(model, key=KEY, base_url=url, timeout_s=1)


async def asked(name: str, *script: str | bytes) -> tuple[Reply, ScriptedServer]:
    async with ScriptedServer(json.dumps(GOOD[name]).encode(), *script) as server:
        one = provider(name, server.url)
        try:
            return await one.ask(QUESTION, "call-1"), server
        finally:
            await one.close()


async def failure(name: str, *script: str | bytes) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await asked(name, *script)
    assert KEY not in str(caught.value)
    assert "said the script" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value


@BOTH
async def test_a_good_answer_gives_its_text_and_everything_it_used(name: str) -> None:
    reply, server = await asked(name)
    assert reply == Reply(SAID, USED[name])
    [arrival] = server.arrivals
    assert arrival.headers[CALL_ID] == "call-1"


TURNED_AWAY = ("400", "409", "413", "422")
HOPELESS = ("401", "402", "403", "404", "redirect")
UNKNOWN = (
    *("408", "500", "503", "529", "html", "empty", "broken_json"),
    *("cut", "cut_chunked", "bad_gzip", "reset", "hangup", "hang"),
)


@BOTH
@pytest.mark.parametrize("word", TURNED_AWAY)
async def test_a_question_that_is_turned_away_costs_nothing_and_is_not_asked_again(name: str, word: str) -> None:
    error = await failure(name, word)
    assert (error.charged, error.again, error.hopeless) == (False, False, False)


@BOTH
@pytest.mark.parametrize("word", HOPELESS)
async def test_what_no_later_question_can_mend_is_told_as_hopeless(name: str, word: str) -> None:
    error = await failure(name, word)
    assert (error.charged, error.again, error.hopeless) == (False, False, True)


@BOTH
@pytest.mark.parametrize("word", UNKNOWN)
async def test_a_call_that_may_have_been_worked_on_may_have_cost_something_and_may_be_made_again(
    name: str, word: str
) -> None:
    error = await failure(name, word)
    assert (error.charged, error.again, error.hopeless) == (True, True, False)


@BOTH
async def test_too_many_requests_cost_nothing_and_may_be_made_again(name: str) -> None:
    error = await failure(name, "429")
    assert (error.charged, error.again, error.hopeless) == (False, True, False)


@BOTH
async def test_where_no_connection_can_be_made_nothing_was_charged(name: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        one = provider(name, f"http://127.0.0.1:{probe.getsockname()[1]}/v1")
        with pytest.raises(ModelError) as caught:
            await one.ask(QUESTION, "call-1")
        await one.close()
    assert (caught.value.charged, caught.value.again) == (False, True)


@BOTH
async def test_a_pause_that_is_asked_for_is_passed_on(name: str) -> None:
    assert (await failure(name, "retry_after=7")).retry_after_s == 7
    assert (await failure(name, "retry_after_date=9")).retry_after_s == 9
    assert (await failure(name, "429")).retry_after_s is None


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"text"',
        b"{}",
        b'{"choices":[],"content":7}',
        b'{"choices":[{"message":{"content":"x"}}],"content":[{"type":"text","text":"x"}],"usage":{"prompt_tokens":-1}}',
        b'{"error":{"message":"upstream failed"}}',
    ],
)
async def test_a_body_of_another_form_has_an_unknown_cost(name: str, body: bytes) -> None:
    assert (await failure(name, body)).charged


async def test_a_refusal_is_told_as_one() -> None:
    refusing = {"choices": [{"message": {"content": None, "refusal": "no"}}], "usage": GOOD["openai"]["usage"]}
    assert (await asked("openai", json.dumps(refusing).encode()))[0] == Reply("no", USED["openai"], refused=True)
    refusing = GOOD["anthropic"] | {"stop_reason": "refusal"}
    assert (await asked("anthropic", json.dumps(refusing).encode()))[0].refused


def test_a_question_is_never_more_tokens_than_its_bytes_and_the_framing() -> None:
    assert Question("", "é" * 1000).most_tokens >= 4000

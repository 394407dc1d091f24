"""Anthropic, by messages with a JSON schema as the output's format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anthropic
import msgspec

from analyzer.prices import TokenUsage
from analyzer.prompt import ANSWER_SCHEMA
from analyzer.providers import CALL_ID, CONNECT_S, Question, Reply
from analyzer.providers_errors import Count, read_body, translated

if TYPE_CHECKING:
    from kalshi_common.knobs_analyze import ModelKnobs


class _Block(msgspec.Struct):
    type: str
    text: str = ""


class _Usage(msgspec.Struct):
    input_tokens: Count
    output_tokens: Count
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None


class _Message(msgspec.Struct):
    content: list[_Block]
    usage: _Usage
    stop_reason: str | None = None


class Anthropic:
    """One model of Anthropic."""

    def __init__(self, model: ModelKnobs, *, key: str, base_url: str, timeout_s: float) -> None:
        self._model, self._timeout_s = model, timeout_s
        self._who = f"{model.provider} {model.model}"
        self._client = anthropic.AsyncAnthropic(
            api_key=key,
            base_url=base_url,
            max_retries=0,
            timeout=anthropic.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s)),
            # A redirect would ask, and pay, twice, and carry the key's header to another host.
            http_client=anthropic.DefaultAsyncHttpxClient(follow_redirects=False),
        )

    async def ask(self, question: Question, call_id: str) -> Reply:
        """Ask once.

        Raises:
            ModelError: no answer came.
        """
        async with translated(anthropic, self._who, timeout_s=self._timeout_s):
            answer = await self._client.messages.with_raw_response.create(
                model=self._model.model,
                max_tokens=self._model.max_output_tokens,
                system=question.system,
                messages=[{"role": "user", "content": question.user}],
                output_config={"format": {"type": "json_schema", "schema": ANSWER_SCHEMA}},
                extra_headers={CALL_ID: call_id},
                service_tier="standard_only",  # what the price table prices
            )
            body = await answer.read()
        message = read_body(self._who, body, _Message)
        text = "".join(block.text for block in message.content if block.type == "text")
        return Reply(text, _used(message.usage), message.stop_reason == "refusal")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _used(usage: _Usage) -> TokenUsage:
    """Add up the input: Anthropic's own figure leaves the cached and the cache-written tokens out."""
    cached, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    return TokenUsage(usage.input_tokens + cached + written, usage.output_tokens, cached, written)

"""OpenAI, and whatever speaks like it (Ollama, OpenRouter …), by chat completions with a JSON schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import openai

from analyzer.prices import TokenUsage
from analyzer.prompt import ANSWER_SCHEMA
from analyzer.providers import CALL_ID, CONNECT_S, Question, Reply
from analyzer.providers_errors import Count, read_body, translated

if TYPE_CHECKING:
    from kalshi_common.knobs_analyze import ModelKnobs

_FORMAT: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {"name": "estimate", "strict": True, "schema": ANSWER_SCHEMA},
}


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _PromptDetails(msgspec.Struct):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: Count
    completion_tokens: Count
    prompt_tokens_details: _PromptDetails | None = None


class _Completion(msgspec.Struct):
    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1)]
    usage: _Usage | None = None


class OpenAI:
    """One model of OpenAI or of a compatible endpoint."""

    def __init__(self, model: ModelKnobs, *, key: str, base_url: str, timeout_s: float) -> None:
        self._model, self._timeout_s = model, timeout_s
        self._who = f"{model.provider} {model.model}"
        self._client = openai.AsyncOpenAI(
            api_key=key,
            base_url=base_url,
            max_retries=0,
            timeout=openai.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s)),
            http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),  # a redirect would ask, and pay, twice
        )
        # Ollama knows only the older name; OpenAI's reasoning models take only the newer. The standard tier is what
        # the price table prices; a project's own default may be a dearer one.
        self._more: dict[str, Any] = (
            {"max_tokens": model.max_output_tokens}
            if model.provider == "compatible"
            else {"max_completion_tokens": model.max_output_tokens, "service_tier": "default", "store": False}
        )

    async def ask(self, question: Question, call_id: str) -> Reply:
        """Ask once.

        Raises:
            ModelError: no answer came.
        """
        async with translated(openai, self._who, timeout_s=self._timeout_s):
            answer = await self._client.chat.completions.with_raw_response.create(
                **self._request(question), extra_headers={CALL_ID: call_id}
            )
            body = answer.content
        completion = read_body(self._who, body, _Completion)
        choice = completion.choices[0]
        refused = bool(choice.message.refusal) or choice.finish_reason == "content_filter"
        return Reply(choice.message.content or choice.message.refusal or "", _used(completion.usage), refused)

    def _request(self, question: Question) -> dict[str, Any]:
        messages = [{"role": "system", "content": question.system}, {"role": "user", "content": question.user}]
        return {"model": self._model.model, "messages": messages, "response_format": _FORMAT, **self._more}

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _used(usage: _Usage | None) -> TokenUsage | None:
    if usage is None:
        return None
    details = usage.prompt_tokens_details or _PromptDetails()
    return TokenUsage(
        usage.prompt_tokens, usage.completion_tokens, details.cached_tokens or 0, details.cache_write_tokens or 0
    )

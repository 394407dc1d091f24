"""The simulated providers' endpoints: OpenAI's chat completions, Anthropic's messages, and how to steer them.

Shapes as the official SDKs openai 3.57 and anthropic 2.13 type them. A key is asked for and never kept.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from simulator import breakage
from simulator.answers import bad_request, json_answer
from simulator.providers import Call, Spoken, providers_of
from simulator.providers_bill import PRICES
from simulator.providers_faults import LOST, MODEL_FAULTS, REFUSALS

if TYPE_CHECKING:
    from simulator.providers import Providers

routes = web.RouteTableDef()
_CODES = {
    400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error",
    500: "api_error", 529: "overloaded_error",
}  # fmt: skip
_CLIENT_ID = "X-Client-Request-Id"


@routes.post("/openai/v1/chat/completions")
async def chat_completions(request: web.Request) -> web.StreamResponse:
    """POST /v1/chat/completions, with a JSON schema as the response's format."""
    body = await _body(request)
    if not _key(request):
        return _refused(401)
    messages = body["messages"]
    call = Call(
        wire="openai",
        model=str(body["model"]),
        text="\n".join(str(message["content"]) for message in messages) + str(body.get("response_format", "")),
        question=str(messages[-1]["content"]),
        most_output=int(body.get("max_completion_tokens") or body.get("max_tokens") or 4096),
        client_id=request.headers.get(_CLIENT_ID, ""),
    )
    return await _answered(request, call)


@routes.post("/anthropic/v1/messages")
async def messages(request: web.Request) -> web.StreamResponse:
    """POST /v1/messages, with a JSON schema as the output's format."""
    body = await _body(request)
    if not _key(request):
        return _refused(401)
    question = str(body["messages"][-1]["content"])
    call = Call(
        wire="anthropic",
        model=str(body["model"]),
        text=f"{body.get('system', '')}\n{question}{body.get('output_config', '')}",
        question=question,
        most_output=int(body["max_tokens"]),
        client_id=request.headers.get(_CLIENT_ID, ""),
    )
    return await _answered(request, call)


@routes.get("/_sim/bill")
async def bill(request: web.Request) -> web.Response:
    """Show every charged call and the sum."""
    return json_answer(providers_of(request).bill.as_json())


@routes.get("/_sim/models")
async def models(request: web.Request) -> web.Response:
    """Show what the models are, how they err, and how busy they were."""
    return json_answer(_shown(providers_of(request)))


@routes.put("/_sim/models")
async def set_models(request: web.Request) -> web.Response:
    """Change what is given: `{"skill": {"insight": 0.5}, "faults": {"429": 0.1}, "latency_s": 1}`."""
    providers, body = providers_of(request), await _body(request)
    try:
        providers.skill = replace(providers.skill, **body.get("skill", {}))
        if "faults" in body:
            providers.faults.set_rates(body["faults"])
    except (TypeError, ValueError) as wrong:
        raise bad_request(str(wrong)) from None
    for name in ("latency_s", "cached_share"):
        setattr(providers, name, float(body.get(name, getattr(providers, name))))
    return json_answer(_shown(providers))


def _shown(providers: Providers) -> dict[str, Any]:
    return {
        "skill": vars(providers.skill),
        "faults": providers.faults.rates,
        "known_faults": MODEL_FAULTS,
        "models": sorted(PRICES),
        "latency_s": providers.latency_s,
        "cached_share": providers.cached_share,
        "calls": providers.calls,
        "busiest": providers.busiest,
    }


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise bad_request("the body is not JSON") from None
    if not isinstance(body, dict):
        raise bad_request("the body must be an object")
    return body


def _key(request: web.Request) -> str:
    """Return the key a request brings; Anthropic's SDKs have sent it in either header."""
    return request.headers.get("x-api-key") or request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


async def _answered(request: web.Request, call: Call) -> web.StreamResponse:
    providers = providers_of(request)
    if call.model not in PRICES:
        return _refused(404)
    spoken = await providers.speak(call)
    if spoken.fault in REFUSALS:
        return _refused(REFUSALS[spoken.fault], "1" if spoken.fault == "429_seconds" else "")
    providers.bill.charge(call.client_id, call.model, spoken.tokens, told=spoken.fault not in (*LOST, "no_usage"))
    body = orjson.dumps((_completion if call.wire == "openai" else _message)(call, spoken))
    if spoken.fault == "hang":
        await asyncio.Event().wait()
    if spoken.fault == "reset":
        return breakage.reset(request)
    if spoken.fault == "cut":
        return breakage.cut(request, body, announced=True)
    if spoken.fault == "html":
        return breakage.html(200, "Just a moment...")
    return web.Response(body=body, content_type="application/json")


def _refused(status: int, retry_after: str = "") -> web.Response:
    code = _CODES[status]
    # A provider's sentence may quote the key; whatever reads it must not pass it on.
    error = {"type": code, "code": code, "message": "refused; the key was sk-simulated-0123456789", "param": None}
    answer = json_answer({"type": "error", "error": error}, status=status)
    if retry_after:
        answer.headers["Retry-After"] = retry_after
    return answer


def _completion(call: Call, spoken: Spoken) -> dict[str, Any]:
    refused = spoken.fault == "refusal"
    message = {
        "role": "assistant",
        "content": None if refused else spoken.text,
        "refusal": spoken.text if refused else None,
    }
    finish = "length" if spoken.fault == "over_long" else "stop"
    answer = {
        "id": f"chatcmpl-{call.client_id}",
        "object": "chat.completion",
        "created": 1_795_000_000,
        "model": call.model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
    }
    if spoken.fault == "no_usage":
        return answer
    tokens = spoken.tokens
    usage = {
        "prompt_tokens": tokens.read,
        "completion_tokens": tokens.made,
        "total_tokens": tokens.read + tokens.made,
        "prompt_tokens_details": {"cached_tokens": tokens.cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": tokens.made // 2},
    }
    return {**answer, "usage": usage}


def _message(call: Call, spoken: Spoken) -> dict[str, Any]:
    stops = {"refusal": "refusal", "over_long": "max_tokens"}
    tokens = spoken.tokens
    answer = {
        "id": f"msg_{call.client_id}",
        "type": "message",
        "role": "assistant",
        "model": call.model,
        "content": [{"type": "text", "text": spoken.text}],
        "stop_reason": stops.get(spoken.fault, "end_turn"),
        "stop_sequence": None,
    }
    if spoken.fault == "no_usage":
        return answer
    # Anthropic's `input_tokens` leaves out what was read from a cache.
    usage = {
        "input_tokens": tokens.read - tokens.cached,
        "cache_read_input_tokens": tokens.cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": tokens.made,
        "service_tier": "standard",
    }
    return {**answer, "usage": usage}

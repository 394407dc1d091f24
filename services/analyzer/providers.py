"""Asking a model once: the one form in which every provider is spoken to. Retries and money are `ask`'s business."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from analyzer.prompt import ANSWER_SCHEMA
from kalshi_common.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.prices import TokenUsage
    from kalshi_common.config import Settings
    from kalshi_common.knobs_analyze import ModelKnobs

_FRAMING_TOKENS = 2000
"""More than a provider adds around a question: roles, the schema in its own words, instructions about its form."""
CONNECT_S = 10.0
"""The longest wait for a connection; an answer may take `analyze.timeout_s`."""
CALL_ID = "X-Client-Request-Id"
"""The header that carries a call's id; OpenAI documents it, others ignore it."""
_KEYS = {"openai": "openai_api_key", "anthropic": "anthropic_api_key", "compatible": "openai_api_key"}
_VARIABLES = {"openai_api_key": "OPENAI_API_KEY", "anthropic_api_key": "ANTHROPIC_API_KEY"}


class Question(NamedTuple):
    """What one call says."""

    system: str
    user: str

    @property
    def most_tokens(self) -> int:
        """The most input tokens it can be: no tokenizer makes more than one token of a byte."""
        text = len(self.system.encode()) + len(self.user.encode()) + len(str(ANSWER_SCHEMA))
        return text + _FRAMING_TOKENS


class Reply(NamedTuple):
    """What came back: the text (not yet read), what was used (None where the provider did not say), a refusal."""

    text: str
    usage: TokenUsage | None
    refused: bool = False


class Provider(Protocol):
    """One model at one address."""

    async def ask(self, question: Question, call_id: str) -> Reply:
        """Ask once. `call_id` is told to the provider, so that its records and our ledger can be matched.

        Raises:
            ModelError: no answer came; it says whether it may have cost something.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


def check_keys(settings: Settings, models: Sequence[ModelKnobs]) -> None:
    """Make sure that each model's key is there; the other providers' keys are not asked for.

    Raises:
        ConfigError: a key is missing; its variable is named.
    """
    needed = {_KEYS[model.provider]: model for model in models if model.provider != "compatible" or model.keyed}
    missing = [
        f"{_VARIABLES[name]} is not set, and analyze.models asks {model.provider} {model.model}: set it, or"
        f" {_VARIABLES[name]}_FILE, or name another model."
        for name, model in needed.items()
        if not settings.secrets.by_name()[name]
    ]
    if missing:
        raise ConfigError(*missing)


def provider_of(settings: Settings, model: ModelKnobs) -> Provider:
    """Make the provider of a model; the SDK is loaded here and not before."""
    key = settings.secrets.by_name()[_KEYS[model.provider]]
    if model.provider == "anthropic":
        from analyzer.providers_anthropic import Anthropic  # noqa: PLC0415  # a second to load, and 40 MB

        return Anthropic(
            model, key=key or "", base_url=settings.anthropic_base_url, timeout_s=settings.analyze.timeout_s
        )
    from analyzer.providers_openai import OpenAI  # noqa: PLC0415  # likewise

    compatible = model.provider == "compatible"
    # The SDK takes a key from the environment where it is given none: an endpoint that needs none gets a word.
    return OpenAI(
        model,
        key=(key or "") if model.keyed or not compatible else "none",
        base_url=model.base_url or settings.openai_base_url,
        timeout_s=settings.analyze.timeout_s,
    )

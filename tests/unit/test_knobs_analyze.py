"""The models to ask, and where their providers are: what is refused, in one sentence, before a cent is at stake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.config import Settings, load_settings, masked
from kalshi_common.errors import ConfigError
from support.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LOCAL = {
    "provider": "compatible",
    "model": "llama3.3:70b",
    "base_url": "http://ollama:11434/v1",
    "input_usd_per_million": 0,
    "output_usd_per_million": 0,
}


def loaded(tmp_path: Path, models: list[dict[str, Any]], **environ: str) -> Settings:
    path = tmp_path / "knobs.json"
    path.write_text(json.dumps({"analyze": {"models": models}}))
    return load_settings(path, environ)


@pytest.mark.parametrize(
    "model",
    [
        {"provider": "openai", "model": "gpt-5-mini"},
        {"provider": "anthropic", "model": "claude-haiku-5-5", "max_output_tokens": 64},
        {"provider": "openai", "model": "gpt-5-mini-2025-08-07", "price_as": "gpt-5-mini"},
        {"provider": "openai", "model": "new", "input_usd_per_million": 1.5, "output_usd_per_million": 6},
        LOCAL,
        LOCAL | {"model": "anthropic/claude-haiku-5-5", "keyed": True},
    ],
)
def test_a_model_that_is_whole_is_taken(tmp_path: Path, model: dict[str, Any]) -> None:
    [found] = loaded(tmp_path, [model]).analyze.models
    assert found.model_dump(exclude_unset=True) == model


@pytest.mark.parametrize(
    "models",
    [
        [],
        [{"provider": "openai"}],
        [{"provider": "google", "model": "gemini"}],
        [{"provider": "openai", "model": "m", "base_url": "http://elsewhere/v1"}],
        [{"provider": "openai", "model": "m", "keyed": True}],
        [{"provider": "openai", "model": "m", "input_usd_per_million": 1}],
        [{"provider": "openai", "model": "m", "input_usd_per_million": -1, "output_usd_per_million": 1}],
        [{"provider": "openai", "model": "m", "price_as": "n", **dict.fromkeys(list(LOCAL)[3:], 1)}],
        [{"provider": "openai", "model": "m", "max_output_tokens": 63}],
        [{"provider": "openai", "model": "m", "temperature": 1}],
        [{name: value for name, value in LOCAL.items() if name != "base_url"}],
        [{name: value for name, value in LOCAL.items() if name != "output_usd_per_million"}],
        [LOCAL | {"base_url": "http://user:word@ollama/v1"}],
        [LOCAL | {"base_url": "ftp://ollama/v1"}],
        [LOCAL, LOCAL],
    ],
)
def test_a_model_that_is_not_is_refused_at_its_place(tmp_path: Path, models: list[dict[str, Any]]) -> None:
    with pytest.raises(ConfigError, match=r"analyze\.models"):
        loaded(tmp_path, models)


def test_the_providers_addresses_come_from_the_environment_without_a_trailing_slash(tmp_path: Path) -> None:
    told = {
        "OPENAI_BASE_URL": "http://simulator:8080/openai/v1/",
        "ANTHROPIC_BASE_URL": "http://simulator:8080/anthropic",
    }
    settings = loaded(tmp_path, [LOCAL], **told)
    assert settings.openai_base_url == "http://simulator:8080/openai/v1"
    assert settings.anthropic_base_url == "http://simulator:8080/anthropic"
    assert masked(settings)["openai_base_url"] == {"value": settings.openai_base_url, "source": "environment"}
    assert loaded(tmp_path, [LOCAL]).openai_base_url == "https://api.openai.com/v1"


@pytest.mark.parametrize(
    "address", ["api.openai.com", "http://", "http://user:sk-hidden@host/v1", "http://h/v1?key=sk-hidden"]
)
def test_an_address_that_is_none_or_may_hold_a_secret_is_refused_without_showing_it(
    tmp_path: Path, address: str
) -> None:
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL") as caught:
        loaded(tmp_path, [LOCAL], OPENAI_BASE_URL=address)
    assert "sk-hidden" not in str(caught.value)


def test_the_sample_for_analyzing_asks_models_whose_price_is_known() -> None:
    from analyzer.prices import price_rows  # noqa: PLC0415  # only this test leaves the shared package
    from kalshi_common.clock import SystemClock  # noqa: PLC0415  # likewise

    settings = load_settings(ROOT / "config/analyze.json", {})
    assert len(price_rows(settings.analyze.models, SystemClock().now())) == 2

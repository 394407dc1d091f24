"""The settings of a run: the JSON file of knobs, the environment over it, and the secrets. It does no work with them.

The only place that reads the environment and the configuration file.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kalshi_common.config_report import knob_findings, read_document, shown, shown_path
from kalshi_common.config_secrets import (
    API_KEY,
    OTHER_SECRETS,
    PRIVATE_KEY,
    PRIVATE_KEY_PATH,
    Secrets,
    lone_secret,
    read_secrets,
)
from kalshi_common.errors import ConfigError
from kalshi_common.knobs import CollectKnobs, CycleKnobs, ExchangeKnobs, Knobs, StorageKnobs, catalogue
from kalshi_common.knobs_analyze import URL, AnalyzeKnobs
from kalshi_common.knobs_base import reachable
from kalshi_common.knobs_operate import BackupKnobs, HealthKnobs, NotifyKnobs
from kalshi_common.knobs_trade import TradeKnobs

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("json", "text")
_LARGEST_BYTES = 1024 * 1024


class Variable(NamedTuple):
    """One environment variable as the documentation tells it; `sets` is the name its value has in `masked`."""

    name: str
    sets: str
    default: str
    allowed: str
    meaning: str


def _overriding(name: str, knob: str) -> Variable:
    return Variable(name, knob, f"`{knob}`", catalogue()[knob].allowed, f"Goes before the knob `{knob}`.")


def _secret(name: str, sets: str, allowed: str, meaning: str) -> tuple[Variable, Variable]:
    in_file = f"A file that holds `{name}`, like a Docker secret."
    return (
        Variable(name, sets, "unset", allowed, meaning),
        Variable(f"{name}_FILE", sets, "unset", "a readable file", in_file),
    )


def _address(name: str, sets: str, default: str, meaning: str) -> Variable:
    return Variable(name, sets, default, "an http or https URL without user name, query or fragment", meaning)


_ALL_VARIABLES = (
    Variable("KALSHI_CONFIG", "config_path", "none", "a readable JSON file", "The knobs; `--config` goes before it."),
    _overriding("KALSHI_API_BASE_URL", "exchange.base_url"),
    _overriding("KALSHI_DATA_DIR", "storage.data_dir"),
    Variable(
        "KALSHI_LOG_LEVEL", "log_level", "INFO", f"one of {', '.join(LOG_LEVELS)}", "The least level that is logged."
    ),
    Variable(
        "KALSHI_LOG_FORMAT", "log_format", "json", f"one of {', '.join(LOG_FORMATS)}", "How log lines are written."
    ),
    *_secret(API_KEY, "kalshi_api_key", "one line", "The id of the Kalshi API key. Not needed to collect."),
    *_secret(PRIVATE_KEY, "kalshi_private_key", "a PEM; line ends may be written `\\n`", "The private key of that id."),
    *_secret(PRIVATE_KEY_PATH, "kalshi_private_key", "a readable PEM file", "The private key's file, read instead."),
    *(
        each
        for secret in OTHER_SECRETS
        for each in _secret(secret.variable, secret.name, secret.allowed, secret.meaning)
    ),
    _address("OPENAI_BASE_URL", "openai_base_url", "https://api.openai.com/v1", "Where OpenAI is, as far as `/v1`."),
    _address("ANTHROPIC_BASE_URL", "anthropic_base_url", "https://api.anthropic.com", "Where Anthropic is; no `/v1`."),
)
VARIABLES = {variable.name: variable for variable in _ALL_VARIABLES}
_ADDRESSES = {name: VARIABLES[name].sets for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL")}
COMPOSE_VARIABLES = {
    variable.name: variable
    for variable in (
        Variable("KALSHI_VERSION", "", "local", "an image tag", "The version of the images to build and run."),
        Variable("KALSHI_MONITOR_PORT", "", "8080", "a free port", "Where this machine, and it alone, finds the page."),
        Variable("KALSHI_SECRETS_DIR", "", "./secrets", "a folder", "What a server mounts at `/run/secrets`."),
    )
}
"""What only Compose reads; a container that is given one ignores it."""


@dataclass(frozen=True)
class Settings:
    """Everything a run is told; made without arguments it is the built-in defaults.

    `sources` says where a value of `masked` came from, unless it is the default: file, environment or command line.
    `enable_live_trading` is the command line's alone: a consent that no file can give.
    """

    exchange: ExchangeKnobs = field(default_factory=ExchangeKnobs)
    storage: StorageKnobs = field(default_factory=StorageKnobs)
    cycle: CycleKnobs = field(default_factory=CycleKnobs)
    collect: CollectKnobs = field(default_factory=CollectKnobs)
    health: HealthKnobs = field(default_factory=HealthKnobs)
    notify: NotifyKnobs = field(default_factory=NotifyKnobs)
    backup: BackupKnobs = field(default_factory=BackupKnobs)
    analyze: AnalyzeKnobs = field(default_factory=AnalyzeKnobs)
    trade: TradeKnobs = field(default_factory=TradeKnobs)
    secrets: Secrets = field(default_factory=Secrets)
    openai_base_url: str = "https://api.openai.com/v1"
    anthropic_base_url: str = "https://api.anthropic.com"
    log_level: str = "INFO"
    log_format: str = "json"
    config_path: Path | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    enable_live_trading: bool = False


def load_settings(
    path: Path | None = None, environ: Mapping[str, str] | None = None, *, log_level: str | None = None
) -> Settings:
    """Read the file (`path`, else KALSHI_CONFIG, else none), the environment over it, and the secrets.

    `log_level` is the command line's and goes before KALSHI_LOG_LEVEL. An empty variable counts as unset.

    Raises:
        ConfigError: everything that is wrong, at once, each in one sentence without a secret.
    """
    everything = os.environ if environ is None else environ
    given = {
        name: text for name, text in everything.items() if text and (name.startswith("KALSHI_") or name in VARIABLES)
    }
    told = {name: "command line" for name, value in {"config_path": path, "log_level": log_level}.items() if value}
    problems = [_unknown(name) for name in given if name not in VARIABLES and name not in COMPOSE_VARIABLES]
    path = path or (Path(given["KALSHI_CONFIG"]) if "KALSHI_CONFIG" in given else None)
    document = {} if path is None else _document(path, problems)
    overrides = _overrides(given, problems)
    level = log_level or given.get("KALSHI_LOG_LEVEL", "INFO")
    _check(level, LOG_LEVELS, "--log-level" if log_level else "KALSHI_LOG_LEVEL", problems)
    log_format = given.get("KALSHI_LOG_FORMAT", "json")
    _check(log_format, LOG_FORMATS, "KALSHI_LOG_FORMAT", problems)
    addresses = _addresses(given, problems)
    secrets = read_secrets(given, problems)
    if problems:
        raise ConfigError(*dict.fromkeys(problems))
    knobs = Knobs.model_validate(_merged(document, overrides))
    sources = dict.fromkeys((f"{section}.{name}" for section in document for name in document[section]), "file")
    sources |= {VARIABLES[name].sets: "environment" for name in given if name in VARIABLES} | told
    return Settings(
        **dict(knobs),
        **addresses,
        secrets=secrets,
        log_level=level,
        log_format=log_format,
        config_path=path,
        sources=sources,
    )


def ping_url(environ: Mapping[str, str] | None = None) -> str | None:
    """Read the dead-man switch's address alone, for a run whose configuration is wrong; None where it has none."""
    return lone_secret("KALSHI_PING_URL", os.environ if environ is None else environ)


def masked(settings: Settings) -> dict[str, dict[str, Any]]:
    """List every knob and setting as `{name: {"value": …, "source": …}}`; a secret's value is `***`, or None if unset.

    `exchange.base_url` is the address in effect.
    """
    values: dict[str, Any] = {
        f"{section}.{name}": value
        for section in Knobs.model_fields
        for name, value in getattr(settings, section).model_dump(mode="json").items()
    }
    values["exchange.base_url"] = settings.exchange.url
    values |= {name: getattr(settings, name) for name in _ADDRESSES.values()}
    values["log_level"], values["log_format"] = settings.log_level, settings.log_format
    values["config_path"] = settings.config_path and str(settings.config_path)
    values |= {name: value and "***" for name, value in settings.secrets.by_name().items()}
    return {name: {"value": value, "source": settings.sources.get(name, "default")} for name, value in values.items()}


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, VARIABLES, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(VARIABLES)}."
    return f"{name} is not a variable of this program; {hint}"


def _document(path: Path, problems: list[str]) -> dict[str, Any]:
    source = shown_path(path)
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_BYTES + 1)
        if len(raw) <= _LARGEST_BYTES:
            return read_document(raw, source)
        problems.append(f"{source} is larger than 1 MiB, which no file of knobs is.")
    except OSError as error:
        advice = "--config or KALSHI_CONFIG must name a JSON file"
        if isinstance(error, PermissionError):
            advice = f"it must be readable by user id {os.getuid()}: chmod 644"
        problems.append(f"{source} cannot be read ({error.strerror}); {advice}.")
    except ValueError:  # a NUL, or bytes that are no text
        problems.append(f"{source} is no path; --config or KALSHI_CONFIG must name a JSON file.")
    except ConfigError as error:
        problems += error.problems
    return {}


def _overrides(given: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    found = {}
    for name, variable in VARIABLES.items():
        if variable.sets in catalogue() and name in given:
            found[variable.sets] = given[name]
            wrong = knob_findings(_merged({}, {variable.sets: given[name]}))
            problems += [f"{name} {finding.problem}" for finding in wrong]
    return found


def _addresses(given: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    found = {}
    for name, sets in _ADDRESSES.items():
        if name not in given:
            continue
        try:
            if not re.fullmatch(URL, given[name]):
                raise ValueError(given[name])  # noqa: TRY301  # one way out for both checks
            found[sets] = reachable(given[name].rstrip("/"))
        except ValueError:
            length = f"a text of {len(given[name])} characters (not shown)"  # what may not be in it may be a secret
            what = length if re.search("[?#@]", given[name]) else shown(given[name])
            problems.append(f"{name} is {what}; allowed is {VARIABLES[name].allowed}.")
    return found


def _merged(document: Mapping[str, Any], overrides: Mapping[str, str]) -> dict[str, Any]:
    merged = {section: dict(knobs) for section, knobs in document.items()}
    for path, text in overrides.items():
        section, _, name = path.partition(".")
        merged.setdefault(section, {})[name] = text
    return merged


def _check(text: str, allowed: tuple[str, ...], name: str, problems: list[str]) -> None:
    if text not in allowed:
        problems.append(f"{name} is {shown(text)}; allowed is one of {', '.join(allowed)}.")

"""Every knob of the configuration file: type, bounds, safe default, meaning. Reads no file and no environment.

Strict: a boolean is no number and a string is no number; a key that is not here is an error.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping  # noqa: TC003 - pydantic evaluates the annotations at run time
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationInfo, field_validator

from kalshi_common.knobs_analyze import AnalyzeKnobs
from kalshi_common.knobs_base import (
    AbsolutePath,
    Allowed,
    ApiUrl,
    MacroEventType,
    Section,
    SeriesTickers,
    SomeSeriesTickers,
    each_once,
)
from kalshi_common.knobs_operate import BackupKnobs, HealthKnobs, NotifyKnobs
from kalshi_common.knobs_trade import TradeKnobs

# Public hosts of the Trade API v2 (docs.kalshi.com, "API environments", OpenAPI 3.34.0).
API_URLS = {
    "prod": "https://external-api.kalshi.com/trade-api/v2",
    "demo": "https://external-api.demo.kalshi.co/trade-api/v2",
}

# Series that were live in October 2026; the collector warns about one the exchange no longer lists.
MACRO_SERIES: Mapping[str, tuple[str, ...]] = {
    "fed": ("KXFEDDECISION", "KXFED", "KXRATECUTCOUNT", "KXRATECUT", "KXFEDCHAIRNOM"),
    "cpi": ("KXCPI", "KXCPIYOY", "KXECONSTATCPI", "KXECONSTATCPIYOY"),
    "core_cpi": ("KXCPICORE", "KXCPICOREYOY", "KXECONSTATCPICORE"),
    "nfp": ("KXPAYROLLS", "KXADP"),
    "unemployment": ("KXU3", "KXECONSTATU3"),
    "jobless_claims": ("KXJOBLESSCLAIMS",),
    "pce": ("KXPCECORE",),
    "gdp": ("KXGDP", "KXGDPYEAR", "KXGDPNOM"),
    "recession": ("KXRECSSNBER",),
}


class ExchangeKnobs(Section):
    """How to reach Kalshi, and how gently."""

    environment: Literal["prod", "demo"] = Field(default="prod", description="Which Kalshi to talk to.")
    base_url: Annotated[
        ApiUrl | None,
        Allowed("an http or https URL that ends in /trade-api/v2, without user name, query or fragment"),
    ] = Field(default=None, description="Address of the Trade API; null takes the one of the environment.")
    requests_per_second: int = Field(
        default=10,
        ge=1,
        le=100,
        description="Most requests in any second, shared by all processes on the data directory.",
    )
    max_concurrency: int = Field(default=8, ge=1, le=32, description="Most requests under way at once.")
    max_retries: int = Field(default=5, ge=0, le=5, description="Most times one request is sent again after a failure.")
    timeout_s: float = Field(
        default=20.0, ge=1, le=120, description="Seconds to wait for a connection, and for each read, before giving up."
    )

    @property
    def url(self) -> str:
        """The Trade API's address, without a trailing slash."""
        return self.base_url or API_URLS[self.environment]


class StorageKnobs(Section):
    """Where the data lives, and how hard each commit is pressed to disk."""

    data_dir: Annotated[AbsolutePath, Allowed("an absolute path")] = Field(
        default=Path("/var/lib/kalshi"), description="The directory that holds the database, locks, reports and status."
    )
    synchronous: Literal["FULL", "NORMAL"] = Field(
        default="FULL", description="SQLite's setting; NORMAL may lose the last commits when the power fails."
    )


class CycleKnobs(Section):
    """The limits of one cycle."""

    max_seconds: int = Field(
        default=3000, ge=10, le=3540, description="Seconds after which a cycle stops and keeps what it has."
    )
    lock_timeout_s: float = Field(
        default=0.0, ge=0, le=3000, description="Seconds to wait for another run of the same mode; 0 gives up at once."
    )


class CollectKnobs(Section):
    """What a collect cycle fetches."""

    scope: Literal["macro", "series", "all"] = Field(
        default="macro", description="Which markets: the macro table, the series list, or every market but combos."
    )
    series: Annotated[
        SeriesTickers,
        Allowed(
            "a list of up to 1000 upper-case series tickers, each once; "
            "not empty when scope is series, empty when it is not"
        ),
    ] = Field(default=(), validate_default=True, description="The series to collect when scope is series.")
    macro: Annotated[
        Mapping[MacroEventType, SomeSeriesTickers],
        Field(min_length=1, max_length=100),
        Allowed("an object of lower-case types, each with a list of upper-case series tickers; a series stands once"),
    ] = Field(default=MACRO_SERIES, description="The series of each macro_event_type, collected when scope is macro.")
    orderbook_series: Annotated[SeriesTickers, Allowed("a list of up to 1000 upper-case series tickers, each once")] = (
        Field(default=(), description="Series whose order books are stored too; none by default.")
    )
    max_rounds: int = Field(default=5, ge=1, le=10, description="Most passes over the walks that failed, in one cycle.")
    round_pause_s: float = Field(default=30.0, ge=0, le=600, description="Seconds between two such passes.")
    facts_max_age_hours: int = Field(
        default=24, ge=1, le=168, description="Hours after which the facts of events and series are fetched again."
    )
    outcomes_per_cycle: int = Field(
        default=5000,
        ge=0,
        le=100_000,
        description="Most closed markets whose outcome one cycle looks up; 0 looks up none.",
    )

    @field_validator("series")
    @classmethod
    def _named_when_asked_for(cls, series: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        scope = info.data.get("scope")
        if scope is not None and (scope == "series") != bool(series):  # else a list would be left aside without a word
            raise ValueError(f"scope is {scope}")
        return series

    @field_validator("macro")
    @classmethod
    def _one_type_each(cls, macro: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        each_once(tuple(ticker for tickers in macro.values() for ticker in tickers))
        return macro


class Knobs(Section):
    """The whole configuration file."""

    exchange: ExchangeKnobs = ExchangeKnobs()
    storage: StorageKnobs = StorageKnobs()
    cycle: CycleKnobs = CycleKnobs()
    collect: CollectKnobs = CollectKnobs()
    health: HealthKnobs = HealthKnobs()
    notify: NotifyKnobs = NotifyKnobs()
    backup: BackupKnobs = BackupKnobs()
    analyze: AnalyzeKnobs = AnalyzeKnobs()
    trade: TradeKnobs = TradeKnobs()


_KINDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "array": "list",
    "object": "object",
    "boolean": "true or false",
}


class Knob(NamedTuple):
    """One knob as documentation and error messages tell it; `default` is JSON."""

    path: str
    kind: str
    default: Any
    allowed: str
    meaning: str


@functools.cache
def catalogue() -> Mapping[str, Knob]:
    """List every knob by its path (`collect.scope`), in the order of the file."""
    return {knob.path: knob for section, knobs in Knobs() for knob in _knobs_of(section, knobs)}


def _knobs_of(section: str, knobs: Section) -> list[Knob]:
    defaults = knobs.model_dump(mode="json")
    schemas = knobs.model_json_schema()["properties"]
    return [
        Knob(
            path=f"{section}.{name}",
            kind=_KINDS[schemas[name].get("type", "string")],
            default=defaults[name],
            allowed=next((note.text for note in field.metadata if isinstance(note, Allowed)), "")
            or _bounds(schemas[name]),
            meaning=field.description or "",
        )
        for name, field in type(knobs).model_fields.items()
    ]


def _bounds(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return f"one of {', '.join(schema['enum'])}"
    if schema["type"] == "boolean":
        return "one of true, false"
    return f"a {_KINDS[schema['type']]} from {schema['minimum']} to {schema['maximum']}"

"""The options that several commands share, each typed once."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kalshi_common.config import Settings


class Format(enum.StrEnum):
    """How a listing is printed."""

    TABLE = "table"
    JSON = "json"


ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="JSON file of knobs. Default: $KALSHI_CONFIG, else the built-in defaults."),
]
LockTimeoutOption = Annotated[
    float | None,
    typer.Option(min=0, max=3000, help="Seconds to wait for another run to end. [default: cycle.lock_timeout_s]"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs.")]


def settings_with_usable_key(path: Path | None, *, log_level: str | None = None) -> Settings:
    """Read the settings and, where a private key is given, that it can sign: only what signs pays for that.

    Raises:
        ConfigError: the configuration is wrong, or the key cannot be used.
    """
    from kalshi_common.config import load_settings  # lazy: `kalshi --help` must not pay for it

    settings = load_settings(path, log_level=log_level)
    key_id, pem = settings.secrets.kalshi_api_key, settings.secrets.kalshi_private_key
    if key_id and pem:
        from kalshi_common.exchange import Credentials

        Credentials.from_pem(key_id, pem)
    return settings

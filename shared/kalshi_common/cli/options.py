"""The options that several commands share, each typed once."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer


class Format(enum.StrEnum):
    """How a listing is printed."""

    TABLE = "table"
    JSON = "json"


ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="JSON file of knobs. Default: $KALSHI_CONFIG, else the built-in defaults."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs.")]

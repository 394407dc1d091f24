"""`kalshi status`: the last word of every mode and of the newest hours; exit 1 when it is too old."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kalshi_common.cli.options import ConfigOption, Format, FormatOption
from kalshi_common.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOURS_SHOWN = 5
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def status(
    *,
    output: FormatOption = Format.TABLE,
    max_age: Annotated[
        str | None, typer.Option(help="Exit 1 when the newest success is older, like 90m, 2h or 1d.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Tell each mode's last success, error, cycle and duration, and the newest hours of the ledger."""
    from kalshi_common.clock import SystemClock  # lazy: `kalshi --help` must not pay for it
    from kalshi_common.config import load_settings
    from kalshi_common.storage import cycles, ledger
    from kalshi_common.storage.database import reading

    limit = None if max_age is None else _duration(max_age)
    with reading(load_settings(config).storage.data_dir) as connection:
        modes, hours = cycles.status_rows(connection), ledger.latest_hours(connection, _HOURS_SHOWN)
    stale = [] if limit is None else _stale(modes, limit, SystemClock().now())
    if output is Format.JSON:
        typer.echo(json.dumps({"modes": modes, "hours": hours, "stale": stale}, indent=1))
    else:
        _print_table(modes)
        typer.echo("")
        _print_table([{name: row[name] for name in _HOUR_COLUMNS} for row in hours])
        for sentence in stale:
            typer.echo(f"STALE: {sentence}", err=True)
    raise typer.Exit(1 if stale else 0)


_HOUR_COLUMNS = (
    "snapshot_hour_utc", "scope", "status", "walks_complete", "walks_planned", "pages", "rows_seen", "reason",
)  # fmt: skip


def _duration(text: str) -> dt.timedelta:
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if not found:
        raise ConfigError(f"--max-age: {text!r} is not a duration; write a whole number and s, m, h or d, like 90m")
    return dt.timedelta(seconds=int(found[1]) * _UNITS_S[found[2]])


def _stale(modes: Sequence[dict[str, Any]], limit: dt.timedelta, now: dt.datetime) -> list[str]:
    if not modes:
        return ["no cycle has ended yet"]
    found = []
    for row in modes:
        last = row["last_success_at_utc"]
        if last is None:
            found.append(f"{row['mode']} has never succeeded")
        elif now - dt.datetime.fromisoformat(last) > limit:
            found.append(f"{row['mode']} last succeeded at {last}, more than {limit} ago")
    return found


def _print_table(rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        typer.echo("(nothing yet)")
        return
    cells = [list(rows[0]), *([("-" if value is None else str(value)) for value in row.values()] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

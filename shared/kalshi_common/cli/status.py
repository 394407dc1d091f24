"""`kalshi status`: the last word of every mode and of the newest hours; exit 1 when it is too old."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kalshi_common.cli.options import ConfigOption, Format, FormatOption
from kalshi_common.cli.tables import print_table
from kalshi_common.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
    """Tell each mode's last success, error, cycle and duration, the newest hours, the last backup and drill."""
    from kalshi_common.clock import SystemClock  # lazy: `kalshi --help` must not pay for it
    from kalshi_common.config import load_settings
    from kalshi_common.domain.hour import utc_text
    from kalshi_common.status import with_later_errors
    from kalshi_common.storage import cycles, ledger, llm_calls, maintenance
    from kalshi_common.storage.database import reading

    limit = None if max_age is None else _duration(max_age)
    data_dir, now = load_settings(config).storage.data_dir, SystemClock().now()
    try:
        with reading(data_dir) as connection:
            modes, hours = cycles.status_rows(connection), ledger.latest_hours(connection, _HOURS_SHOWN)
            upkeep = maintenance.last_runs(connection)
            charged = llm_calls.charged(connection, cycle_id="", now=utc_text(now))
    except StorageError:
        _tell_copy(data_dir, output)
        raise
    modes = with_later_errors(modes, data_dir)
    models = {"today_usd": charged.day / 1e9, "this_month_usd": charged.month / 1e9}
    upkeep = [{**row, "age_hours": _age_hours(row["last_success_at_utc"], now)} for row in upkeep]
    stale = [] if limit is None else _stale(modes, limit, now)
    if output is Format.JSON:
        typer.echo(
            json.dumps(
                {"modes": modes, "hours": hours, "maintenance": upkeep, "models": models, "stale": stale}, indent=1
            )
        )
    else:
        print_table(modes)
        typer.echo("")
        print_table([{name: row[name] for name in _HOUR_COLUMNS} for row in hours])
        typer.echo("")
        if upkeep:
            print_table([{name: row[name] for name in _UPKEEP_COLUMNS} for row in upkeep])
        else:
            typer.echo("no backup, restore or drill yet")
        if charged.month:
            typer.echo(f"\nmodel calls: ${models['today_usd']:.2f} today, ${models['this_month_usd']:.2f} this month")
        for sentence in stale:
            typer.echo(f"STALE: {sentence}", err=True)
    raise typer.Exit(1 if stale else 0)


def _tell_copy(data_dir: Path, output: Format) -> None:
    """Tell what `status.json` holds where the database is out of reach, on a full disk for example."""
    from kalshi_common.status import mode_rows

    modes = mode_rows(data_dir)
    if modes and output is Format.JSON:
        typer.echo(json.dumps({"modes": modes}, indent=1))
    elif modes:
        print_table(modes)


_HOUR_COLUMNS = (
    "snapshot_hour_utc", "scope", "status", "walks_complete", "walks_planned", "pages", "rows_seen", "reason",
)  # fmt: skip
_UPKEEP_COLUMNS = ("kind", "last_success_at_utc", "age_hours", "last_error_at_utc", "last_error")


def _age_hours(last: object, now: dt.datetime) -> float | None:
    return round((now - dt.datetime.fromisoformat(last)) / dt.timedelta(hours=1), 1) if isinstance(last, str) else None


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

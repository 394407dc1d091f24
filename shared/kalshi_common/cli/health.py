"""`kalshi health`: what is wrong with the stack, each in a sentence; exit 1 when anything is."""

from __future__ import annotations

import json

import typer

from kalshi_common.cli.options import ConfigOption, Format, FormatOption


def health(*, output: FormatOption = Format.TABLE, config: ConfigOption = None) -> None:
    """Tell what is wrong: stale data, a full disk, old backups, failed runs; exit 1 when anything is."""
    from kalshi_common.clock import SystemClock  # lazy: `kalshi --help` must not pay for it
    from kalshi_common.config import load_settings
    from kalshi_common.health import findings
    from kalshi_common.storage.health import read_facts

    settings = load_settings(config)
    facts = read_facts(settings.storage.data_dir)
    found = findings(facts, settings.health, SystemClock().now())
    if output is Format.JSON:
        typer.echo(json.dumps({"healthy": not found, "findings": [each._asdict() for each in found]}, indent=1))
    else:
        for each in found:
            since = f" (since {each.since_utc})" if each.since_utc else ""
            typer.echo(f"{each.key}  {each.sentence}{since}")
        if not found:
            typer.echo(f"healthy  The newest complete hour is {facts.newest_complete_hour_utc or 'still being made'}.")
    raise typer.Exit(1 if found else 0)

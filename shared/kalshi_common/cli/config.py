"""`kalshi config`: validate the configuration, show what is in effect, print its JSON Schema. It changes nothing."""

from __future__ import annotations

import json

import typer

from kalshi_common.cli.options import ConfigOption, Format, FormatOption, settings_with_usable_key

config_app = typer.Typer(no_args_is_help=True, help="Check the configuration, show what is in effect.")


@config_app.command()
def check(config: ConfigOption = None) -> None:
    """Validate the file, the environment and the secrets; every problem is told at once, exit 2."""
    settings = settings_with_usable_key(config)
    typer.echo(f"valid: {settings.config_path or 'built-in defaults, no file'}")


@config_app.command()
def show(config: ConfigOption = None, output: FormatOption = Format.TABLE) -> None:
    """Print every value in effect and where it came from; secrets are masked."""
    from kalshi_common.config import load_settings, masked  # lazy: `kalshi --help` must not pay for it

    settings = masked(load_settings(config))
    if output is Format.JSON:
        typer.echo(json.dumps(settings, indent=1))
        return
    rows = [(name, row["source"], _cell(row["value"])) for name, row in settings.items()]
    wide = max(len(name) for name, _, _ in rows)
    for name, source, value in rows:
        typer.echo(f"{name:<{wide}}  {source:<12}  {value}")


@config_app.command()
def schema() -> None:
    """Print the JSON Schema of the file of knobs."""
    from kalshi_common.knobs import Knobs  # lazy, as above

    typer.echo(json.dumps(Knobs.model_json_schema(), indent=1))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value)

"""`kalshi migrate`: bring the database's schema up to date, or say what is pending."""

from __future__ import annotations

from typing import Annotated

import typer

from kalshi_common.cli.options import ConfigOption


def migrate(
    *,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if something is pending.")] = False,
    config: ConfigOption = None,
) -> None:
    """Apply pending migrations (every cycle does this by itself), or list them with --check."""
    from kalshi_common.config import load_settings  # lazy: `kalshi --help` must not pay for it
    from kalshi_common.storage.migrate import open_database, pending

    storage = load_settings(config).storage
    if check:
        names = pending(storage.data_dir)
        typer.echo("\n".join(f"pending  {name}" for name in names) or "up to date")
        raise typer.Exit(1 if names else 0)
    database, applied = open_database(storage.data_dir, synchronous=storage.synchronous)
    database.close()
    typer.echo("\n".join(f"applied  {name}" for name in applied) or "up to date")

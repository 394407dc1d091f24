"""The `kalshi` command, the same in every image: its tree, and the one place where errors become exit codes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import kalshi_common
from kalshi_common.cli.backup import backup, drill, restore, verify
from kalshi_common.cli.config import config_app
from kalshi_common.cli.gaps import gaps
from kalshi_common.cli.health import health
from kalshi_common.cli.migrate import migrate
from kalshi_common.cli.notify import notify_app
from kalshi_common.cli.run import run
from kalshi_common.cli.services import register_all
from kalshi_common.cli.status import status
from kalshi_common.errors import KalshiError

app = typer.Typer(
    name="kalshi",
    help="Collect Kalshi market snapshots every hour, and prove that nothing is missing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:  # noqa: FBT001  # typer's callback signature
    if asked:
        typer.echo(f"kalshi {kalshi_common.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *, version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False
) -> None:
    pass


app.command()(run)
app.command("run-once", help="The same as run: every run is one cycle.")(run)
app.command()(status)
app.command()(health)
app.command()(gaps)
app.command()(migrate)
app.command()(backup)
app.command()(verify)
app.command()(restore)
app.command()(drill)
app.add_typer(config_app, name="config")
app.add_typer(notify_app, name="notify")
register_all(app)


def main() -> None:
    """Run the command line; our own errors become one clear text on stderr and their documented exit code."""
    try:
        app()
    except KalshiError as error:
        typer.echo(f"kalshi: {error}" if "\n" not in str(error) else f"kalshi:\n{error}", err=True)
        sys.exit(int(error.exit_code))

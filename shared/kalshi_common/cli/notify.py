"""`kalshi notify`: try the ways to reach the operator; and what `kalshi run` tells when its configuration is wrong."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import typer

from kalshi_common.cli.options import ConfigOption, Format, FormatOption
from kalshi_common.errors import ConfigError

notify_app = typer.Typer(no_args_is_help=True, help="Whom the stack tells when something is wrong.")


@notify_app.command("test")
def send_test(*, output: FormatOption = Format.TABLE, config: ConfigOption = None) -> None:
    """Send a test message through every configured channel and tell which worked; exit 1 when one did not."""
    from kalshi_common import log  # lazy: `kalshi --help` must not pay for it
    from kalshi_common.clock import SystemClock
    from kalshi_common.config import load_settings
    from kalshi_common.notify import try_all

    settings = load_settings(config)
    log.setup(settings.log_level, settings.log_format, mode="notify")
    results = try_all(settings, SystemClock())
    if not results:
        raise ConfigError(
            "nobody is told of anything: set KALSHI_NOTIFY_URLS, KALSHI_WEBHOOK_URL or KALSHI_PING_URL "
            "(each also with _FILE); docs/operations.md tells how"
        )
    if output is Format.JSON:
        typer.echo(json.dumps([{"channel": name, "failure": why} for name, why in results.items()], indent=1))
    else:
        for name, why in results.items():
            typer.echo(f"{name}: {why or 'ok'}")
    raise typer.Exit(1 if any(results.values()) else 0)


@contextlib.contextmanager
def misconfiguration_told() -> Iterator[None]:
    """Tell the dead-man switch of a configuration with which nothing can run; the error goes on to the command line.

    Its address is the one thing that is read although the rest is wrong.
    """
    try:
        yield
    except ConfigError as error:
        from kalshi_common.config import ping_url  # lazy, as above

        if url := ping_url():
            from kalshi_common import log
            from kalshi_common.notify import ping_failure

            log.setup("INFO", "json", mode="run")
            log.redact([url])
            ping_failure(url, str(error))
        raise

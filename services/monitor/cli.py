"""`kalshi monitor`: serves the page, /health and /metrics, and watches, until told to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from kalshi_common.cli.options import ConfigOption

_PORT = 8080


def register(app: typer.Typer) -> None:
    """Add the monitor's command to the tree."""
    app.command()(monitor)


def monitor(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on; anyone who reaches it may read.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = _PORT,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A further host name to answer to, as behind a reverse proxy.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Serve a read-only page, /health and /metrics, and tell the operator when data is stale; runs until SIGTERM."""
    import asyncio  # lazy: `kalshi --help` must not pay for it

    from kalshi_common import log
    from kalshi_common.clock import SystemClock
    from kalshi_common.config import load_settings
    from kalshi_common.notify import Notifier
    from monitor.app import serve
    from monitor.state import Site

    settings, clock = load_settings(config), SystemClock()
    log.setup(settings.log_level, settings.log_format, mode="monitor")
    log.redact(settings.secrets.values())
    asyncio.run(serve(Site(settings, clock, allow_host or ()), host, port, Notifier(settings, clock)))

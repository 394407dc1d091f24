"""The monitor's server: its routes, its start, its end. What the pages show is not its business."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from typing import TYPE_CHECKING

from aiohttp import web

from kalshi_common import log
from kalshi_common.errors import ConfigError
from monitor import machine, pages, watch
from monitor.guard import guard, set_headers
from monitor.state import SITE, Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

logger = logging.getLogger(__name__)

_LARGEST_REQUEST = 16 * 1024
_SHUTDOWN_S = 0.5


def application(site: Site) -> web.Application:
    """Wire the routes to a site. Only GET and HEAD are answered; nothing here writes."""
    app = web.Application(middlewares=[guard], client_max_size=_LARGEST_REQUEST)
    app[SITE] = site
    app.on_response_prepare.append(set_headers)
    app.add_routes([*pages.routes, *machine.routes])
    return app


@contextlib.asynccontextmanager
async def listening(site: Site, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the block runs; give the port (0 takes a free one).

    Raises:
        ConfigError: the address is taken, or not this machine's.
    """
    runner = web.AppRunner(application(site), access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port, reuse_address=True).start()
        except OSError as error:
            reason = error.strerror or str(error)
            raise ConfigError(f"cannot listen on {host}:{port}: {reason}; choose another --host or --port") from error
        yield runner.addresses[0][1]
    finally:
        site.readers.end()
        await runner.cleanup()


async def serve(site: Site, host: str, port: int, alarm: watch.Alarm) -> None:
    """Serve and watch until SIGTERM or SIGINT.

    Raises:
        ConfigError: the address is taken, or not this machine's.
    """
    stop = asyncio.Event()
    async with listening(site, host, port) as bound:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        # What was made so far lives as long as the process.
        gc.freeze()
        watching = asyncio.create_task(watch.watch(site, alarm))
        log.event(logger, "monitor_listens", logging.INFO, None, url=f"http://{host}:{bound}", data=str(site.data_dir))
        await stop.wait()
        watching.cancel()
        await asyncio.wait({watching})
    log.event(logger, "monitor_ended", logging.INFO, None)

"""The monitor inside a test's own loop: the real server on a free loopback port, its time and data the test's."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp

from kalshi_common.config import load_settings
from monitor.app import listening
from monitor.state import Site
from support.fake_clock import FakeClock
from support.monitor_world import END

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator
    from pathlib import Path


def site(data_dir: Path, *, now: dt.datetime = END, allowed_hosts: tuple[str, ...] = ()) -> Site:
    """What `kalshi monitor` makes, with a clock that stands still."""
    return Site(load_settings(None, {"KALSHI_DATA_DIR": str(data_dir)}), FakeClock(now), allowed_hosts)


@contextlib.asynccontextmanager
async def serving(served: Site) -> AsyncIterator[str]:
    """Serve; give the address without a path."""
    async with listening(served, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


class Answer(NamedTuple):
    status: int
    text: str
    headers: Any


class Browser:
    """Asks one server."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session, self.address = session, address

    async def get(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        async with self._session.request(method, self.address + path, headers=headers, allow_redirects=False) as answer:
            return Answer(answer.status, await answer.text(), answer.headers)


async def ask(data_dir: Path, path: str, *, now: dt.datetime = END, **headers: str) -> Answer:
    async with serving(site(data_dir, now=now)) as address, aiohttp.ClientSession() as session:
        return await Browser(session, address).get(path, **headers)


def text_of(page: str) -> str:
    """What a reader sees of a page, roughly."""
    return re.sub(r"\s+", " ", re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL))

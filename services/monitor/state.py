"""What the handlers share: settings, clock, readers, templates, files. Made once at the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

import kalshi_common
from kalshi_common.health import Finding, findings, since_first_seen
from kalshi_common.storage.health import free_bytes, read_facts
from kalshi_common.storage.readers import Readers
from monitor import render
from monitor.assets import assets

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from kalshi_common.clock import Clock
    from kalshi_common.config import Settings
    from kalshi_common.health import HealthFacts

HALT_NAME = "HALT"
"""The trader's kill switch; its presence alone counts."""


class Site:
    """The running monitor. Its methods may be called in any thread."""

    def __init__(self, settings: Settings, clock: Clock, allowed_hosts: Collection[str] = ()) -> None:
        self.settings, self.clock = settings, clock
        self.allowed_hosts = frozenset(name.lower() for name in allowed_hosts)
        self.readers = Readers(settings.storage.data_dir)
        self.assets = assets()
        self._templates = render.environment()
        self._seen: dict[tuple[str, str | None], str] = {}

    @property
    def data_dir(self) -> Path:
        """Where the data lies."""
        return self.settings.storage.data_dir

    def health(self) -> tuple[HealthFacts, list[Finding]]:
        """Read and judge now."""
        now = self.clock.now()
        facts = read_facts(self.data_dir)
        found = since_first_seen(findings(facts, self.settings.health, now), self._seen, now)
        self._seen = {(each.key, each.subject): each.since_utc for each in found if each.since_utc}
        return facts, found

    def halt_file(self) -> Path | None:
        """Name the file that halts all trading, where it lies in the data directory."""
        path = self.data_dir / HALT_NAME
        return path if path.exists() else None

    def free_bytes(self) -> int | None:
        """Tell how much the data volume has left."""
        return free_bytes(self.data_dir)

    def page(self, template: str, **content: Any) -> str:
        """Render a page."""
        return render.page(
            self._templates,
            template,
            now=self.clock.now(),
            assets=self.assets,
            version=kalshi_common.__version__,
            **content,
        )


SITE = web.AppKey("site", Site)

"""Backups, restores and drills for tests: a data directory, a clock the test owns, and what lies where afterwards."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

from kalshi_common import safekeeping
from kalshi_common.config import load_settings
from kalshi_common.storage import maintenance, snapshots
from kalshi_common.storage.database import Database, reading
from kalshi_common.storage.row_digest import TableDigest, table_digests
from support.data_dir import snapshot
from support.fake_clock import START, SkippingClock

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from kalshi_common.safekeeping import BackedUp, Restored
    from kalshi_common.storage.manifest import Manifest


class Safekeeper:
    """Does maintenance on a data directory, on a day of the test's choice."""

    def __init__(self, data_dir: Path, **backup: int) -> None:
        self.data_dir = data_dir
        self.backups = data_dir / "backups"
        settings = load_settings(environ={"KALSHI_DATA_DIR": str(data_dir)})
        self.settings = dataclasses.replace(settings, backup=settings.backup.model_copy(update=backup))
        self.clock = SkippingClock()

    def on(self, day: dt.date) -> Safekeeper:
        self.clock = SkippingClock(START.replace(year=day.year, month=day.month, day=day.day))
        return self

    def back_up(self) -> BackedUp:
        return asyncio.run(safekeeping.back_up(self.settings, self.clock))

    def put_back(self, backup: Path) -> Restored:
        return asyncio.run(safekeeping.put_back(self.settings, self.clock, backup))

    def drill(self, scratch: Path | None = None) -> tuple[Path, Manifest]:
        return asyncio.run(safekeeping.rehearse(self.settings, self.clock, scratch))

    def names(self) -> list[str]:
        return sorted(path.name for path in self.backups.iterdir()) if self.backups.exists() else []

    def digests(self) -> dict[str, TableDigest]:
        """The live tables' digests, without that of maintenance, which each run of it changes."""
        with reading(self.data_dir) as connection:
            return {name: each for name, each in table_digests(connection).items() if name != "maintenance"}

    def runs(self) -> list[dict[str, Any]]:
        with reading(self.data_dir) as connection:
            return maintenance.last_runs(connection)


def add_hour(database: Database, hour: str, *, markets: int = 30) -> None:
    """Store an hour's rows."""
    with database.write() as connection:
        snapshots.add(connection, [snapshot(f"KXCPI-26NOV-T{number}", hour=hour) for number in range(markets)])


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

"""The runbook's upgrade and its way back, with two versions of which the newer one has one migration more."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from support.server_folder import ServerFolder

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from support.docker_stack import DockerStack

SERVICES = ("collector", "monitor")
MIGRATIONS = "shared/kalshi_common/storage/migrations"


class Upgrade:
    """A server on which an operator types what docs/operations.md says."""

    def __init__(self, folder: ServerFolder) -> None:
        self.folder = folder
        self.old, self.new = f"{folder.project}-old", f"{folder.project}-new"
        migrations = sorted((folder.path / MIGRATIONS).glob("[0-9]*.sql"))
        self.migration = migrations[-1].stem
        self.use(self.new)
        folder.compose("build", *SERVICES)
        migrations[-1].unlink()
        self.use(self.old)
        folder.compose("build", *SERVICES)

    def use(self, version: str) -> None:
        """Name a version in .env."""
        self.folder.settings(KALSHI_VERSION=version, KALSHI_MONITOR_PORT="0")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `docker compose run --rm collector ARGUMENTS`."""
        return self.folder.run("docker", "compose", "--progress", "quiet", "run", "--rm", "-T", *arguments)

    def rows(self) -> int:
        """Count the stored snapshots."""
        count = "import sqlite3; print(sqlite3.connect('/var/lib/kalshi/kalshi.sqlite').execute(QUERY).fetchone()[0])"
        query = count.replace("QUERY", "'SELECT count(*) FROM market_snapshots'")
        return int(self.run("--entrypoint", "python", "collector", "-c", query).stdout)


@pytest.fixture
def upgrade(running_stack: DockerStack, tmp_path: Path) -> Iterator[Upgrade]:
    folder = ServerFolder(tmp_path / "kalshi", running_stack, "upgrade")
    folder.settings(KALSHI_MONITOR_PORT="0")
    try:
        yield Upgrade(folder)
    finally:
        folder.remove()
        for version in ("old", "new"):
            running_stack.remove_images(f"{folder.project}-{version}")


def test_an_upgrade_can_be_taken_back_with_the_backup_that_was_made_before_it(upgrade: Upgrade) -> None:
    folder = upgrade.folder
    folder.compose("up", "--detach", "monitor")
    assert upgrade.run("collector").returncode == 0
    before = upgrade.rows()

    # The upgrade.
    assert upgrade.run("collector", "backup").returncode == 0
    folder.compose("cp", "--archive", "monitor:/var/lib/kalshi/backups", "before-upgrade")
    upgrade.use(upgrade.new)
    migrated = upgrade.run("collector", "migrate")
    folder.compose("up", "--detach", "monitor")
    assert upgrade.migration in migrated.stdout
    assert upgrade.run("collector").returncode == 0

    # Only the version is taken back: nothing is read or written.
    upgrade.use(upgrade.old)
    refused = upgrade.run("collector")
    assert refused.returncode == 1
    reason = f"({upgrade.migration}): it was written by a newer version; run that version, or restore a backup"
    assert reason in refused.stderr
    assert "Traceback" not in refused.stderr

    # The way back.
    folder.compose("stop", "monitor")
    backup = f"/restore/kalshi_{dt.datetime.now(dt.UTC):%Y%m%d}.sqlite"
    restored = upgrade.run("-v", f"{folder.path}/before-upgrade:/restore:ro", "collector", "restore", backup)
    assert restored.returncode == 0, restored.stderr
    folder.compose("up", "--detach", "monitor")
    assert upgrade.rows() == before
    assert upgrade.run("collector").returncode == 0
    status = folder.run("docker", "compose", "exec", "-T", "monitor", "kalshi", "status", "--max-age", "90m")
    assert status.returncode == 0, status.stderr

"""Off the site and back, as ops/README.md tells it: restic into a local repository, rclone into a local folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.data_dir import HOUR, kalshi, migrated
from support.safekeeper import Safekeeper, add_hour

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "kalshi_20261123.sqlite"


def tool(*command: str | Path, **variables: str) -> str:
    """Run a tool of the machine; one that is missing fails the test: `ops/test-tools.sh` brings it."""
    assert shutil.which(command[0]), f"{command[0]} is missing; run ops/test-tools.sh, these tests are never skipped"
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_restic(backups: Path, away: Path, back: Path) -> None:
    variables = {"RESTIC_REPOSITORY": str(away), "RESTIC_PASSWORD": "for the test", "HOME": str(away.parent)}
    tool("restic", "init", **variables)
    tool("restic", "backup", "--tag", "kalshi", backups, **variables)
    tool("restic", "check", "--read-data", **variables)
    shutil.rmtree(backups.parent)
    tool("restic", "restore", "latest", "--tag", "kalshi", "--target", back, **variables)


def by_rclone(backups: Path, away: Path, back: Path) -> None:
    variables = {"RCLONE_CONFIG": str(away.parent / "rclone.conf"), "RCLONE_CONFIG_AWAY_TYPE": "local"}
    tool("rclone", "copy", "--immutable", backups, f"away:{away}", **variables)
    tool("rclone", "check", "--one-way", backups, f"away:{away}", **variables)
    shutil.rmtree(backups.parent)
    tool("rclone", "copy", f"away:{away}", back, **variables)


@pytest.mark.parametrize("sent", [by_restic, by_rclone])
def test_a_backup_that_was_sent_away_comes_back_good_and_can_be_restored(
    tmp_path: Path, sent: Callable[[Path, Path, Path], None]
) -> None:
    keeper = Safekeeper(tmp_path / "data")
    with migrated(keeper.data_dir) as database:
        add_hour(database, HOUR)
    keeper.back_up()
    before = keeper.digests()

    sent(keeper.backups, tmp_path / "away", tmp_path / "back")

    (found,) = (tmp_path / "back").rglob(NAME)
    assert kalshi("verify", found, data_dir=keeper.data_dir)[0] == 0
    assert kalshi("restore", found, data_dir=keeper.data_dir)[0] == 0
    assert keeper.digests() == before

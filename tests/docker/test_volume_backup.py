"""The whole volume as one archive and back, by the scripts an operator calls, on real volumes."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.docker_stack import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.docker_stack import DockerStack

_COUNT = "SELECT count(*), sum(yes_bid_microdollars) FROM market_snapshots"


class Place:
    """A Compose project of its own, so that its data volume is its own; the stack's images and simulator's network."""

    def __init__(self, stack: DockerStack, name: str) -> None:
        self.stack, self.project = stack, f"{stack.project}-{name}"
        self.volume = f"{self.project}_kalshi-data"

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        env = {name: text for name, text in os.environ.items() if not name.startswith(("KALSHI_", "COMPOSE_"))}
        env |= {
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_FILE": "compose.yaml:compose.demo.yaml",
            "COMPOSE_ENV_FILES": os.devnull,
            "KALSHI_VERSION": self.stack.version,
        }
        return subprocess.run(
            [*map(str, command)],
            cwd=REPO,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def rows(self) -> list[list[object]]:
        return self.stack.rows(self.stack.client.volumes.get(self.volume), _COUNT)

    def remove(self) -> None:
        self.run("docker", "compose", "--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "1")


@pytest.fixture(scope="module")
def here(running_stack: DockerStack) -> Iterator[Place]:
    place = Place(running_stack, "here")
    try:
        done = place.run("docker", "compose", "run", "--rm", "collector")
        assert done.returncode == 0, done.stderr
        place.run("docker", "compose", "stop", "simulator")
        yield place
    finally:
        place.remove()


@pytest.fixture
def there(stack: DockerStack) -> Iterator[Place]:
    place = Place(stack, "there")
    try:
        yield place
    finally:
        place.remove()


@pytest.mark.parametrize("how", [(), ("--online",)], ids=["stopped", "online"])
def test_a_volume_goes_into_an_archive_and_comes_back_whole_elsewhere(
    here: Place, there: Place, tmp_path: Path, how: tuple[str, ...]
) -> None:
    archive = tmp_path / "with space" / "volume.tar.gz"
    archive.parent.mkdir()
    took = here.run("ops/volume-backup.sh", archive, *how)
    assert took.returncode == 0, took.stderr
    assert [path.name for path in archive.parent.iterdir()] == ["volume.tar.gz"], "no half-written file stays"
    back = there.run("ops/volume-restore.sh", archive)
    assert back.returncode == 0, back.stderr
    assert there.rows() == here.rows()
    again = there.run("ops/volume-restore.sh", archive)
    assert again.returncode == 1
    assert "The volume is not empty, and nothing is overwritten" in again.stderr


def test_an_archive_is_never_overwritten_and_a_damaged_one_never_unpacked(
    here: Place, there: Place, tmp_path: Path
) -> None:
    archive = tmp_path / "volume.tar.gz"
    archive.write_bytes(b"somebody's")
    took = here.run("ops/volume-backup.sh", archive)
    assert (took.returncode, archive.read_bytes()) == (1, b"somebody's")
    assert f"{archive} exists" in took.stderr
    back = there.run("ops/volume-restore.sh", archive)
    assert back.returncode == 1
    assert "is no whole archive of ops/volume-backup.sh" in back.stderr


def test_a_running_stack_is_not_archived_behind_its_back_and_an_empty_one_has_nothing(
    here: Place, there: Place, tmp_path: Path
) -> None:
    sleeper = here.run("docker", "compose", "run", "--detach", "--no-deps", "--entrypoint", "sleep", "collector", "300")
    took = here.run("ops/volume-backup.sh", tmp_path / "volume.tar.gz")
    here.run("docker", "rm", "--force", sleeper.stdout.strip())
    assert took.returncode == 1
    assert "The stack is running" in took.stderr
    nothing = there.run("ops/volume-backup.sh", tmp_path / "volume.tar.gz")
    assert nothing.returncode == 1
    assert "There is nothing to back up" in nothing.stderr
    assert list(tmp_path.iterdir()) == []

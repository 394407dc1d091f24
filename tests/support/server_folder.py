"""A checkout as it lies on a server, with its own .env and Compose project, whose exchange is the simulator."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from support.docker_stack import REPO

if TYPE_CHECKING:
    from pathlib import Path

    from support.docker_stack import DockerStack

_PARTS = ("Dockerfile", ".dockerignore", "config", "ops", "requirements", "services", "shared")


class ServerFolder:
    """The files of a release in a folder of their own; commands run there as an operator would type them."""

    def __init__(self, path: Path, stack: DockerStack, name: str) -> None:
        self.path, self._stack = path, stack
        self.project = f"{stack.project}-{name}"
        self.root = path.parent / f"{path.name}-root"
        """Where files of the system go: DESTDIR."""
        path.mkdir()
        for part in (*_PARTS, *(file.name for file in REPO.glob("compose*.yaml"))):
            if (REPO / part).is_dir():
                shutil.copytree(REPO / part, path / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(REPO / part, path / part)

    def settings(self, **more: str) -> None:
        """Write .env: this project, the images built for the tests, the simulator in Kalshi's place."""
        given = {
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_FILE": "compose.yaml:compose.prod.yaml:compose.demo.yaml",
            "KALSHI_VERSION": self._stack.version,
            **more,
        }
        (self.path / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
        for folder in ("kalshi", "models", "notify"):
            (self.path / "secrets" / folder).mkdir(parents=True, exist_ok=True)

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder, in a shell without any setting of this machine; the exit code is not checked."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KALSHI_", "COMPOSE_"))}
        return subprocess.run(
            command,
            cwd=self.path,
            env=kept | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def compose(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run docker compose with all profiles; RuntimeError where it fails."""
        done = self.run("docker", "compose", "--progress", "quiet", "--profile", "*", *arguments)
        if done.returncode:
            raise RuntimeError(f"docker compose {' '.join(arguments)} exited {done.returncode}:\n{done.stderr}")
        return done

    def schedule(self, action: str, scheduler: str) -> subprocess.CompletedProcess[str]:
        """Run ops/schedule.sh with the files below `root`, so that nothing of this machine changes."""
        return self.run("ops/schedule.sh", action, scheduler, DESTDIR=str(self.root))

    def installed(self, path: str) -> str:
        """Give the text of an installed file."""
        return (self.root / path).read_text()

    def remove(self) -> None:
        """Take away every container, volume and network of the project."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "1")

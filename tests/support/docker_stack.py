"""The demo stack in real containers under a name of its own, for tests: one simulator, any number of collectors.

Everything carries the run's project name, and `remove` takes all of it away again. It asserts nothing.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker.errors

import docker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from docker.models.containers import Container
    from docker.models.volumes import Volume

REPO = Path(__file__).parents[2]
DATA = "/var/lib/kalshi"
PROJECT_LABEL = "com.docker.compose.project"
QUICK = REPO / "tests" / "docker" / "quick.json"
"""A configuration of one series at the simulator's full rate: a cycle of a second or two."""

_COMPOSE = (
    *("docker", "compose", "--progress", "quiet", "--env-file", os.devnull),
    *("-f", "compose.yaml", "-f", "compose.demo.yaml"),
)
_ASK_SIMULATOR = """
import sys, urllib.request as u
method, path, body = sys.argv[1:]
request = u.Request("http://127.0.0.1:8080/_sim" + path, body.encode() or None, method=method)
sys.stdout.write(u.urlopen(request, timeout=10).read().decode())
"""
_ASK_DATABASE = f"""
import json, sqlite3, sys
with sqlite3.connect("file:{DATA}/kalshi.sqlite?mode=ro", uri=True) as db:
    print(json.dumps(db.execute(sys.argv[1]).fetchall()))
"""


def eventually(what: str, found: Callable[[], bool], seconds: float = 60) -> None:
    """Look again and again until it is so; TimeoutError names what never came."""
    give_up = time.monotonic() + seconds
    while not found():
        if time.monotonic() > give_up:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.1)


class DockerStack:
    """One Compose project of compose.yaml and compose.demo.yaml, its images built for it alone."""

    def __init__(self) -> None:
        run = secrets.token_hex(4)
        self.project = f"kalshi-test-{run}"
        self.version = f"test-{run}"
        self.client = docker.from_env()
        self.collector_image = f"kalshi-collector:{self.version}"
        self.simulator_image = f"kalshi-simulator:{self.version}"
        self._named = 0

    def compose(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run docker compose on this project; no setting of this shell or an .env file gets in."""
        done = subprocess.run(
            [*_COMPOSE, "-p", self.project, *arguments],
            cwd=REPO,
            env=_clean_environment() | {"KALSHI_VERSION": self.version},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"docker compose {' '.join(arguments)} exited {done.returncode}:\n{done.stderr}")
        return done

    def up(self) -> None:
        """Build both images and start the simulator."""
        self.compose("build", "collector", "simulator")
        self.compose("up", "--detach", "--wait", "simulator")

    def remove(self) -> None:
        """Remove every container, volume, network and image of this run."""
        mine: dict[str, str | list[str] | bool] = {"label": f"{PROJECT_LABEL}={self.project}"}
        for container in self.client.containers.list(all=True, filters=mine):
            container.remove(force=True)
        self.compose("down", "--volumes", "--remove-orphans")
        for volume in self.client.volumes.list(filters=mine):
            volume.remove()
        self.remove_images(self.version)
        self.client.close()

    def remove_images(self, version: str) -> None:
        """Remove every image of the stack that has this version."""
        for image in self.client.images.list(filters={"reference": f"kalshi-*:{version}"}):
            for tag in image.tags:
                if tag.endswith(f":{version}"):
                    self.client.images.remove(tag)

    def volume(self) -> Volume:
        """Make a fresh named volume."""
        return self.client.volumes.create(self._name("data"), labels={PROJECT_LABEL: self.project})

    def collector(
        self,
        volume: Volume,
        *command: str,
        config: Path = QUICK,
        mounts: Mapping[Path, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Container:
        """Start a collector; see `worker`."""
        return self.worker("collector", volume, *command, config=config, mounts=mounts, environment=environment)

    def worker(
        self,
        service: str,
        volume: Volume,
        *command: str,
        config: Path = QUICK,
        mounts: Mapping[Path, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Container:
        """Start a worker as compose.yaml says, on its own volume; without a command it runs the image's default."""
        name = self._name(service)
        binds = {config: "/config.json", **(mounts or {})}
        variables = {"KALSHI_LOG_FORMAT": "json", "KALSHI_CONFIG": "/config.json", **(environment or {})}
        options = [f"--volume={volume.name}:{DATA}"]
        options += [f"--volume={host}:{inside}:ro" for host, inside in binds.items()]
        options += [f"--env={key}={value}" for key, value in variables.items()]
        self.compose("run", "--detach", "--no-deps", f"--name={name}", *options, service, *command)
        return self.client.containers.get(name)

    def python(self, volume: Volume, program: str, *arguments: str) -> str:
        """Run a Python program in the collector's image, beside the data; give what it prints."""
        printed: bytes = self.client.containers.run(
            self.collector_image, ["-c", program, *arguments], entrypoint="python", remove=True, network_mode="none",
            labels={PROJECT_LABEL: self.project}, volumes={volume.name: {"bind": DATA, "mode": "rw"}},
        )  # fmt: skip
        return printed.decode()

    def rows(self, volume: Volume, query: str) -> list[list[Any]]:
        """Give the rows of a query on the volume's database."""
        found: list[list[Any]] = json.loads(self.python(volume, _ASK_DATABASE, query))
        return found

    def simulator(self, method: str, path: str, /, **body: object) -> dict[str, Any]:
        """Ask the simulator's own `/_sim` address, from inside its container: it has no port outside."""
        simulator = self.client.containers.get(f"{self.project}-simulator-1")
        text = json.dumps(body) if body else ""
        code, printed = simulator.exec_run(["python", "-c", _ASK_SIMULATOR, method, path, text])
        if code or not isinstance(printed, bytes):
            raise RuntimeError(f"the simulator refused {method} /_sim{path}: {printed!r}")
        answer: dict[str, Any] = json.loads(printed)
        return answer

    def _name(self, what: str) -> str:
        self._named += 1
        return f"{self.project}-{what}-{self._named}"


def ended(container: Container) -> int:
    """Wait until the container has ended and give its exit code."""
    return int(container.wait(timeout=120)["StatusCode"])


def said(container: Container) -> str:
    """Give the container's standard output so far."""
    return _log(container, stdout=True)


def log_lines(container: Container) -> list[str]:
    """Give the lines of the container's standard error so far."""
    return _log(container, stdout=False).splitlines()


def _log(container: Container, *, stdout: bool) -> str:
    return b"".join(container.logs(stdout=stdout, stderr=not stdout, stream=True)).decode()


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("KALSHI_", "COMPOSE_"))}

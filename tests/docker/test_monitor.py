"""The monitor's container: its page on loopback, its health as Docker sees it, commands run in it, its end."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from support.docker_stack import DATA, REPO, ended, eventually

if TYPE_CHECKING:
    from docker.models.containers import Container
    from docker.models.volumes import Volume

    from support.docker_stack import DockerStack

_TELL = """
import json, os, pathlib
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({
    "uid": os.getuid(),
    "capabilities": int(status["CapEff"], 16),
    "read_only": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
    "parts": sorted(path.name for path in pathlib.Path("/app").iterdir() if path.is_dir()),
}))
"""


class Monitor:
    """One running monitor on a volume, its page on a port of this machine."""

    def __init__(self, container: Container) -> None:
        self.container = container

    def get(self, path: str) -> tuple[int, str]:
        self.container.reload()
        [bound] = self.container.ports["8080/tcp"]
        try:
            address = f"http://127.0.0.1:{bound['HostPort']}{path}"
            with urllib.request.urlopen(address, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ""

    def execute(self, *command: str) -> tuple[int, str]:
        code, printed = self.container.exec_run(list(command))
        return int(code or 0), bytes(printed).decode()  # type: ignore[arg-type]  # bytes, as nothing is streamed

    def looks_healthy(self) -> bool:
        """Run the HEALTHCHECK now, as Docker does each minute."""
        kind, *command = self.container.attrs["Config"]["Healthcheck"]["Test"]
        assert kind == "CMD"
        return self.execute(*command)[0] == 0


@pytest.fixture
def monitor(stack: DockerStack, volume: Volume) -> Monitor:
    name = f"{stack.project}-{volume.name}-monitor"
    options = (f"--name={name}", "--publish=127.0.0.1::8080", f"--volume={volume.name}:{DATA}")
    stack.compose("run", "--detach", "--no-deps", *options, "monitor")
    running = Monitor(stack.client.containers.get(name))
    eventually("the page answers", lambda: running.get("/health")[0] > 0)
    return running


def test_it_is_unhealthy_until_there_is_data_then_shows_it_runs_commands_and_ends_at_once(
    stack: DockerStack, volume: Volume, monitor: Monitor
) -> None:
    status, told = monitor.get("/health")
    assert (status, json.loads(told)["findings"][0]["key"]) == (503, "database_missing")
    assert not monitor.looks_healthy()

    assert ended(stack.collector(volume)) == 0

    assert monitor.get("/health")[0] == 200
    assert monitor.looks_healthy()
    status, page = monitor.get("/")
    assert (status, "KXCPI" in page) == (200, True)
    assert "kalshi_newest_complete_hour_age_seconds" in monitor.get("/metrics")[1]
    for command in ("gaps", "status", "health"):
        assert monitor.execute("kalshi", command)[0] == 0, command

    monitor.container.stop(timeout=10)
    # After these 10 s the engine sends SIGKILL, and the code would be 137.
    assert ended(monitor.container) == 0


def test_it_has_no_privileges_and_holds_no_code_of_the_other_services(monitor: Monitor) -> None:
    code, printed = monitor.execute("python", "-c", _TELL)
    assert code == 0
    assert json.loads(printed) == {
        "uid": 10001,
        "capabilities": 0,
        "read_only": True,
        "parts": ["config", "kalshi_common", "monitor"],
    }


@pytest.mark.parametrize("port", ["8080", "9191"])
def test_only_this_machine_reaches_the_page_at_the_port_that_is_set(port: str) -> None:
    variables = {} if port == "8080" else {"KALSHI_MONITOR_PORT": port}
    done = subprocess.run(
        ["docker", "compose", "--env-file", os.devnull, "--file=compose.yaml", "config", "--format=json"],
        cwd=REPO,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    services = json.loads(done.stdout)["services"]
    [published] = services["monitor"]["ports"]
    assert (published["host_ip"], published["published"], published["target"]) == ("127.0.0.1", port, 8080)
    assert [name for name, service in services.items() if service.get("ports")] == ["monitor"]

"""The calls Ofelia makes, made here by the Docker SDK through the shipped proxy: what they do, and what is refused.

Ofelia's own image cannot be pulled where this was built. Its calls are read from its source, core/runjob.go and
cli/docker_handler.go of mcuadros/ofelia: info, list, inspect, start, inspect until it has ended, logs.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
from typing import TYPE_CHECKING, Any

import docker.errors
import pytest
import requests

import docker
from support.docker_stack import eventually
from support.server_folder import ServerFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker.models.containers import Container

    from support.docker_stack import DockerStack

_HOLD = """
import fcntl, time
lock = open("/var/lib/kalshi/locks/collect.lock", "a")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""
ONE_SHOTS = ("collector", "backup", "drill")


@pytest.fixture(scope="module")
def server(running_stack: DockerStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerFolder]:
    """A server whose one-shot containers are made and stopped, as `ops/schedule.sh install ofelia` makes them."""
    folder = ServerFolder(tmp_path_factory.mktemp("opt") / "kalshi", running_stack, "ofelia")
    folder.settings()
    try:
        folder.compose("up", "--detach", "--wait", "simulator")
        folder.compose("up", "--no-start", *ONE_SHOTS)
        yield folder
    finally:
        folder.remove()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, server: ServerFolder) -> Iterator[str]:
    """The shipped haproxy.cfg in a real HAProxy before the real socket; only its port is another."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    config: Path = tmp_path_factory.mktemp("haproxy") / "haproxy.cfg"
    text = (server.path / "ops/ofelia/haproxy.cfg").read_text()
    assert "bind :2375" in text
    config.write_text(text.replace("bind :2375", f"bind {address}"))
    running = subprocess.Popen(
        ["haproxy", "-db", "-f", str(config)], env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    )
    try:
        eventually("the proxy's first answer", lambda: _answers(address), seconds=30)
        yield address
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture(scope="module")
def ofelia(proxy: str) -> Iterator[docker.DockerClient]:
    client = docker.DockerClient(base_url=f"tcp://{proxy}", version="auto")
    yield client
    client.close()


@pytest.fixture(scope="module")
def jobs(server: ServerFolder) -> dict[str, dict[str, str]]:
    """The jobs of compose.prod.yaml as Ofelia reads them from its own labels."""
    merged = json.loads(server.compose("config", "--format", "json").stdout)["services"]
    found: dict[str, dict[str, str]] = {}
    for label, value in merged["ofelia"]["labels"].items():
        if job := re.fullmatch(r"ofelia\.job-run\.(\w+)\.([\w-]+)", label):
            found.setdefault(job[1], {})[job[2]] = value
    return found


def _answers(address: str) -> bool:
    try:
        return requests.get(f"http://{address}/_ping", timeout=1).ok
    except requests.RequestException:
        return False


def run(ofelia: docker.DockerClient, name: str) -> Container:
    """Start a stopped container and look at it until it has ended: one run of a job."""
    container = ofelia.containers.get(name)
    container.start()

    def over() -> bool:
        container.reload()
        return not container.attrs["State"]["Running"]

    eventually(f"the end of {name}", over, seconds=90)
    return container


def exit_code(container: Container) -> int:
    return int(container.attrs["State"]["ExitCode"])


def test_each_job_names_a_container_that_is_there_and_has_six_fields_and_no_overlap(
    ofelia: docker.DockerClient, jobs: dict[str, dict[str, str]]
) -> None:
    assert sorted(jobs) == ["backup", "collect", "drill"]
    for job in jobs.values():
        assert len(job["schedule"].split()) == 6
        assert job["no-overlap"] == "true"
        assert ofelia.containers.get(job["container"]).status == "created"


def test_ofelia_is_told_to_read_the_labels_of_this_compose_project_alone(server: ServerFolder) -> None:
    command = json.loads(server.compose("config", "--format", "json").stdout)["services"]["ofelia"]["command"]

    assert command == ["daemon", "--docker", "--docker-filter", f"label=com.docker.compose.project={server.project}"]


def test_a_started_job_runs_a_cycle_and_its_exit_code_and_log_are_seen(
    ofelia: docker.DockerClient, jobs: dict[str, dict[str, str]]
) -> None:
    assert ofelia.info()["ServerVersion"]
    for _ in range(2):
        container = run(ofelia, jobs["collect"]["container"])

        assert exit_code(container) == 0
        assert b"outcome=ok" in container.logs(tail=1, stderr=False)
    for name in ("backup", "drill"):
        container = run(ofelia, jobs[name]["container"])
        assert exit_code(container) == 0, container.logs()


def test_a_job_whose_work_another_run_is_doing_ends_in_75_and_a_second_start_of_it_is_refused(
    ofelia: docker.DockerClient, proxy: str, server: ServerFolder, jobs: dict[str, dict[str, str]]
) -> None:
    holder = f"{server.project}-holder"
    server.compose("run", "--detach", "--name", holder, "--entrypoint", "python", "collector", "-c", _HOLD)
    try:
        eventually("the lock to be held", lambda: b"held" in ofelia.containers.get(holder).logs())
        container = run(ofelia, jobs["collect"]["container"])
        running = ofelia.containers.get(holder)
        again = requests.post(f"http://{proxy}/containers/{running.id}/start", timeout=10)
    finally:
        server.run("docker", "rm", "--force", holder)

    assert exit_code(container) == 75
    # Not modified: Ofelia reports it as an error, and no second process begins.
    assert again.status_code == 304


REFUSED = [
    ("POST", "/containers/create", {"Image": "x", "HostConfig": {"Privileged": True}}),
    ("POST", "/containers/NAME/exec", {"Cmd": ["id"]}),
    ("POST", "/containers/NAME/kill", None),
    ("POST", "/containers/NAME/stop", None),
    ("POST", "/containers/NAME/update", {"Memory": 0}),
    ("POST", "/containers/NAME/start/../../create", {"Image": "x"}),
    ("POST", "/containers/NAME%2fexec%3f/start", None),
    ("POST", "/v1.23/containers/NAME/start", {"Privileged": True}),
    ("DELETE", "/containers/NAME", None),
    ("PUT", "/containers/NAME/archive?path=/", None),
    ("GET", "/containers/NAME/archive?path=/var/lib/kalshi", None),
    ("GET", "/containers/NAME/export", None),
    ("GET", "/containers/NAME/attach/ws", None),
    ("GET", "/images/json", None),
    ("POST", "/images/create?fromImage=x", None),
    ("POST", "/build", None),
    ("GET", "/volumes", None),
    ("GET", "/secrets", None),
]


@pytest.mark.parametrize(("method", "path", "body"), REFUSED)
def test_everything_but_looking_and_starting_is_refused_by_the_proxy(
    proxy: str, jobs: dict[str, dict[str, str]], method: str, path: str, body: Any
) -> None:
    # The path goes out as it is written: other clients would tidy the dots away.
    with contextlib.closing(http.client.HTTPConnection(proxy, timeout=10)) as connection:
        target = path.replace("NAME", jobs["collect"]["container"])
        connection.request(method, target, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()

    assert answer.status == 403


def test_the_engine_would_have_done_what_the_proxy_refuses(
    running_stack: DockerStack, jobs: dict[str, dict[str, str]]
) -> None:
    """So that the refusals above are the proxy's, and not of requests that no engine understands."""
    container = running_stack.client.containers.get(jobs["collect"]["container"])

    container.update(mem_limit="300m", memswap_limit="600m")
    with pytest.raises(docker.errors.APIError, match="is not running"):
        container.kill()
    assert any(container.get_archive("/var/lib/kalshi")[0])

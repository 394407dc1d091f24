"""What compose.prod.yaml promises about a server: versions, limits, secrets, logs, and that nothing listens outside."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from support.docker_stack import REPO

WORKERS = {"collector", "analyzer", "trader", "backup", "drill"}
ALL_MIB = 1024
SYSTEM_MIB = 320
"""What Debian, sshd and the Docker Engine take of a small server, generously."""


def config(*files: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Let Compose merge the files, all profiles included, in a shell that has only these variables."""
    chosen = [f"--file={file}" for file in files or ("compose.yaml", "compose.prod.yaml")]
    return subprocess.run(
        ["docker", "compose", "--env-file", os.devnull, *chosen, "--profile=*", "config", "--format=json"],
        cwd=REPO,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    done = config(KALSHI_VERSION="1.2.3", KALSHI_SECRETS_DIR="/srv/secrets")
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    return found


def secret_folders(service: dict[str, Any]) -> dict[str, str]:
    mounts = [mount for mount in service["volumes"] if mount["target"].startswith("/run/secrets")]
    assert all(mount["read_only"] and not mount["bind"].get("create_host_path") for mount in mounts)
    return {mount["target"]: mount["source"] for mount in mounts}


def test_a_server_must_name_a_version() -> None:
    done = config()

    assert done.returncode != 0
    assert "set KALSHI_VERSION, for example in .env" in done.stderr


def test_every_image_is_of_a_named_version(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        repository, _, tag = service["image"].rpartition(":")
        assert repository
        if repository.startswith("kalshi-"):
            assert tag == "1.2.3", name
        else:
            assert tag[0].isdigit(), f"{name}: a foreign image without a version"


def test_the_one_shots_never_restart_by_themselves_and_the_others_do(services: dict[str, dict[str, Any]]) -> None:
    restarts = {name: service["restart"] for name, service in services.items()}

    assert restarts == {name: "no" if name in WORKERS else "unless-stopped" for name in services}


def test_the_largest_worker_and_all_that_run_for_ever_fit_into_a_gigabyte(services: dict[str, dict[str, Any]]) -> None:
    mib = {name: int(service["mem_limit"]) >> 20 for name, service in services.items()}
    for_ever = sum(size for name, size in mib.items() if name not in WORKERS)

    assert SYSTEM_MIB + for_ever + max(mib[name] for name in WORKERS) <= ALL_MIB, mib
    assert all(float(service["cpus"]) <= 1 for service in services.values())


def test_every_log_is_bounded_and_rotated(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["logging"]["driver"] == "json-file", name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name


def test_each_container_sees_only_the_secrets_it_needs(services: dict[str, dict[str, Any]]) -> None:
    kalshi, models, notify = (
        {f"/run/secrets/{name}": f"/srv/secrets/{name}"} for name in ("kalshi", "models", "notify")
    )

    assert secret_folders(services["collector"]) == kalshi | notify
    assert secret_folders(services["analyzer"]) == models | notify
    assert secret_folders(services["trader"]) == kalshi | notify


def test_every_service_has_a_read_only_root_and_no_capability(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name


@pytest.mark.parametrize(
    "files", [("compose.yaml",), ("compose.yaml", "compose.prod.yaml"), ("compose.yaml", "compose.demo.yaml")]
)
def test_nothing_listens_beyond_loopback(files: tuple[str, ...]) -> None:
    done = config(*files, KALSHI_VERSION="1.2.3")
    assert done.returncode == 0, done.stderr

    merged = json.loads(done.stdout)["services"]
    open_to = {
        name: port.get("host_ip", "every address")
        for name, service in merged.items()
        for port in service.get("ports", [])
    }
    assert set(open_to.values()) <= {"127.0.0.1"}, open_to
    assert [name for name, service in merged.items() if service.get("network_mode") == "host"] == []


def test_only_the_proxy_sees_the_docker_socket(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        sources = [mount.get("source", "") for mount in service.get("volumes", [])]
        assert any("docker.sock" in source for source in sources) == (name == "docker-proxy"), name
    assert set(services["docker-proxy"]["networks"]) == set(services["ofelia"]["networks"]) == {"scheduler"}

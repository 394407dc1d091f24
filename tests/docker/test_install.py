"""`ops/install.sh` on a bare checkout: everything up to a schedule, and a second run that changes nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.data_dir import as_root
from support.server_folder import ServerFolder

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from support.docker_stack import DockerStack


@pytest.fixture(scope="module")
def server(running_stack: DockerStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerFolder]:
    """A release without .env; its version is one that no other test builds."""
    folder = ServerFolder(tmp_path_factory.mktemp("opt") / "kalshi", running_stack, "install")
    package = folder.path / "shared/kalshi_common/__init__.py"
    package.write_text(re.sub(r'__version__ = ".*"', f'__version__ = "{version(folder)}"', package.read_text()))
    try:
        yield folder
    finally:
        folder.run("docker", "compose", "down", "--volumes", "--timeout", "1", **alone(folder))
        running_stack.remove_images(version(folder))


def version(folder: ServerFolder) -> str:
    return f"0.0.0-{folder.project}"


def alone(folder: ServerFolder) -> dict[str, str]:
    """A project and a port of its own, and the system's files below the folder's root."""
    return {"COMPOSE_PROJECT_NAME": folder.project, "KALSHI_MONITOR_PORT": "0", "DESTDIR": str(folder.root)}


def install(folder: ServerFolder) -> subprocess.CompletedProcess[str]:
    return folder.run("ops/install.sh", "cron", **alone(folder))


def everything(folder: ServerFolder) -> dict[str, str]:
    """What the installation has left: its files, and the containers and images by id."""
    containers = folder.run("docker", "compose", "ps", "--all", "--quiet", **alone(folder)).stdout
    images = folder.run(
        "docker", "image", "ls", "--no-trunc", "--quiet", f"--filter=reference=kalshi-*:{version(folder)}"
    )
    files = {str(path): path.read_text() for path in folder.root.rglob("*") if path.is_file()}
    return {".env": (folder.path / ".env").read_text(), "containers": containers, "images": images.stdout, **files}


@as_root
def test_a_bare_checkout_becomes_a_scheduled_stack_and_a_second_installation_changes_nothing(
    server: ServerFolder,
) -> None:
    first = install(server)
    assert first.returncode == 0, first.stderr
    left = everything(server)
    second = install(server)

    assert second.returncode == 0, second.stderr
    assert everything(server) == left
    assert not re.search("Writing|Adding|Making|Building", second.stderr)
    assert left[".env"].splitlines()[1:] == [
        "COMPOSE_FILE=compose.yaml:compose.prod.yaml", f"KALSHI_VERSION={version(server)}"
    ]  # fmt: skip
    assert (server.path / ".env").stat().st_mode & 0o777 == 0o600
    for folder in ("kalshi", "models", "notify"):
        status = (server.path / "secrets" / folder).stat()
        assert (status.st_mode & 0o777, status.st_gid) == (0o750, 10001)
    assert "docker compose run --rm -T collector" in server.installed("etc/cron.d/kalshi")
    assert len(left["containers"].split()) == 1, "the monitor"
    page = server.run("docker", "compose", "port", "monitor", "8080", **alone(server))
    assert page.stdout.startswith("127.0.0.1:"), "it listens on loopback alone"
    assert "The schedule by cron is in order." in second.stderr


@as_root
def test_a_version_that_is_neither_built_nor_the_codes_is_refused_and_settings_stay(server: ServerFolder) -> None:
    settings = server.path / ".env"
    before = settings.read_text() if settings.exists() else ""
    settings.write_text("COMPOSE_FILE=compose.yaml:compose.prod.yaml\nKALSHI_VERSION=9.9.9\n# mine\n")

    done = install(server)

    assert done.returncode == 1
    assert f"There is no image kalshi-collector:9.9.9, and the code here is {version(server)}." in done.stderr
    assert settings.read_text().endswith("KALSHI_VERSION=9.9.9\n# mine\n")
    settings.write_text(before)


def test_a_checkout_that_systemd_could_not_see_is_refused_before_anything_is_done(server: ServerFolder) -> None:
    before = sorted(server.path.iterdir())
    settings = server.path / ".env"
    text = settings.read_text() if settings.exists() else None

    done = server.run("ops/install.sh", "systemd", **{**alone(server), "DESTDIR": ""})

    assert done.returncode == 1
    assert f"The units cannot see {server.path}: move the checkout" in done.stderr
    assert sorted(server.path.iterdir()) == before
    assert (settings.read_text() if settings.exists() else None) == text


@pytest.mark.parametrize("arguments", [(), ("anacron",), ("cron", "systemd")])
def test_without_one_scheduler_named_nothing_is_done(server: ServerFolder, arguments: tuple[str, ...]) -> None:
    done = server.run("ops/install.sh", *arguments, **alone(server))

    assert done.returncode == 1
    assert "Usage: ops/install.sh systemd|cron|ofelia" in done.stderr

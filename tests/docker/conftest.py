"""One stack in real containers for all tests of this folder. Where Docker is missing they fail: never skipped."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import docker.errors
import pytest

from support.docker_stack import DockerStack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.models.volumes import Volume

_ROOM_S = 60


@pytest.fixture(scope="session")
def running_stack() -> Iterator[DockerStack]:
    try:
        stack = DockerStack()
        stack.client.ping()
    except docker.errors.DockerException as error:
        pytest.fail(f"no Docker Engine answers ({error}); run ops/bootstrap.sh, these tests are never skipped")
    try:
        stack.up()
        yield stack
    finally:
        stack.remove()


@pytest.fixture
def stack(running_stack: DockerStack) -> DockerStack:
    """Give the stack with a simulator that has no faults, no latency and an empty log, early enough in an hour."""
    running_stack.simulator("DELETE", "/faults")
    running_stack.simulator("PUT", "/limits", requests_per_second=20, burst=20, latency_s=0)
    running_stack.simulator("POST", "/reset")
    left = 3600 - dt.datetime.now(dt.UTC).timestamp() % 3600
    if left < _ROOM_S:  # the containers' clock is the real one, and a test's runs belong into one hour
        time.sleep(left)
    return running_stack


@pytest.fixture
def volume(stack: DockerStack) -> Volume:
    return stack.volume()

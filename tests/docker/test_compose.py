"""What the Compose files promise about limits, logs, variables and the separation of demo and real data."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from kalshi_common.config import VARIABLES
from support.docker_stack import REPO

if TYPE_CHECKING:
    from docker.models.volumes import Volume

    from support.docker_stack import DockerStack


def _set_variables(service: dict[str, Any]) -> set[str]:
    return {name for name, value in service["environment"].items() if value is not None}


def _merged(*files: str, **environment: str) -> dict[str, Any]:
    """Give the stack as Compose sees it in a shell that has these variables."""
    done = subprocess.run(
        [
            "docker",
            "compose",
            "--env-file",
            os.devnull,
            *(f"--file={file}" for file in files),
            "--profile=*",
            "config",
            "--format=json",
        ],
        cwd=REPO,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    merged: dict[str, Any] = json.loads(done.stdout)
    return merged


def test_a_collector_is_bounded_in_processes_memory_and_log_and_never_restarts_by_itself(
    stack: DockerStack, volume: Volume
) -> None:
    limits = stack.collector(volume, "--version").attrs["HostConfig"]

    assert limits["RestartPolicy"]["Name"] in {"", "no"}
    assert limits["PidsLimit"] == 64
    assert limits["Memory"] == 512 << 20
    assert limits["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "5"}}
    assert limits["Init"] is True


def test_each_key_reaches_only_the_services_that_need_it() -> None:
    shell = {"OPENAI_API_KEY": "x", "ANTHROPIC_API_KEY_FILE": "/x", "KALSHI_API_KEY": "x", "KALSHI_PING_URL": "x"}

    services = _merged("compose.yaml", **shell)["services"]
    given = {name: _set_variables(service) for name, service in services.items()}

    assert given["collector"] == {"KALSHI_API_KEY", "KALSHI_PING_URL"}
    assert given["analyzer"] == {"OPENAI_API_KEY", "ANTHROPIC_API_KEY_FILE"}
    assert given["trader"] == {"KALSHI_API_KEY"}
    assert not given.get("monitor", set())


def test_every_variable_the_program_knows_can_reach_a_container() -> None:
    services = _merged("compose.yaml")["services"].values()
    reachable = {name for service in services for name in service["environment"]}

    # The data directory is the volume's mount point, the same in every container.
    assert set(VARIABLES) - reachable == {"KALSHI_DATA_DIR"}


def test_no_container_asks_for_more_processors_than_the_smallest_server_has() -> None:
    """Docker makes no container that asks for more than there are."""
    for files in (("compose.yaml",), ("compose.yaml", "compose.demo.yaml"), ("tests/contract/compose.yaml",)):
        asked = {name: float(service["cpus"]) for name, service in _merged(*files)["services"].items()}
        assert max(asked.values()) <= 1, (files, asked)


def test_a_configuration_of_ones_own_is_in_force_without_a_build_and_cannot_be_written(stack: DockerStack) -> None:
    for name, service in _merged("compose.yaml", "compose.prod.yaml", KALSHI_VERSION="1")["services"].items():
        if name in {"collector", "analyzer", "trader", "monitor"}:
            (folder,) = (one for one in service["volumes"] if one["target"] == "/app/config/own")
            assert (folder["source"], folder["read_only"]) == (str(REPO / "config" / "own"), True), name
    own = REPO / "config" / "own" / "by-test.json"
    own.write_text('{"collect": {"scope": "series", "series": ["KXOWN"]}}', encoding="utf-8")
    try:
        show = ("config", "show", "--config", f"config/own/{own.name}")
        shown = stack.compose("run", "--rm", "--no-deps", "collector", *show)
    finally:
        own.unlink()
    assert "KXOWN" in shown.stdout


def test_only_known_variables_reach_the_collector_and_an_unset_one_stays_unset() -> None:
    shell = {"KALSHI_LOG_LEVEL": "DEBUG", "KALSHI_SURPRISE": "x", "HOSTNAME": "y"}

    variables = _merged("compose.yaml", **shell)["services"]["collector"]["environment"]

    assert {name: value for name, value in variables.items() if value is not None} == {"KALSHI_LOG_LEVEL": "DEBUG"}


def test_the_demo_takes_no_real_key_and_no_real_data() -> None:
    shell = {name: "real" for name in VARIABLES if name not in {"KALSHI_LOG_LEVEL", "KALSHI_LOG_FORMAT"}}

    real, demo = _merged("compose.yaml"), _merged("compose.yaml", "compose.demo.yaml", **shell)

    assert "real" not in json.dumps(demo["services"])
    assert demo["volumes"]["kalshi-data"]["name"] == "kalshi-demo_kalshi-data"
    assert real["volumes"]["kalshi-data"]["name"] == "kalshi_kalshi-data"

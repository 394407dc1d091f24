"""What the Compose files promise about limits, logs, variables and the separation of demo and real data."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from support.docker_stack import REPO

if TYPE_CHECKING:
    from docker.models.volumes import Volume

    from support.docker_stack import DockerStack


def _merged(*files: str, **environment: str) -> dict[str, Any]:
    """Give the stack as Compose sees it in a shell that has these variables."""
    done = subprocess.run(
        [
            "docker",
            "compose",
            "--env-file",
            os.devnull,
            *(f"--file={file}" for file in files),
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


def test_only_known_variables_reach_the_collector_and_an_unset_one_stays_unset() -> None:
    shell = {"KALSHI_LOG_LEVEL": "DEBUG", "KALSHI_SURPRISE": "x", "OPENAI_API_KEY": "y"}

    variables = _merged("compose.yaml", **shell)["services"]["collector"]["environment"]

    assert {name: value for name, value in variables.items() if value is not None} == {"KALSHI_LOG_LEVEL": "DEBUG"}


def test_the_demo_takes_no_real_key_and_no_real_data() -> None:
    shell = {"KALSHI_API_KEY": "real", "KALSHI_PRIVATE_KEY_PATH": "/real.pem", "KALSHI_API_BASE_URL": "https://real"}

    real, demo = _merged("compose.yaml"), _merged("compose.yaml", "compose.demo.yaml", **shell)

    assert "real" not in json.dumps(demo["services"])
    assert demo["volumes"]["kalshi-data"]["name"] == "kalshi-demo_kalshi-data"
    assert real["volumes"]["kalshi-data"]["name"] == "kalshi_kalshi-data"


def test_a_server_must_name_a_version_and_gives_its_secrets_as_a_read_only_folder() -> None:
    served = _merged("compose.yaml", "compose.prod.yaml", KALSHI_VERSION="1.2.3", KALSHI_SECRETS_DIR="/srv/secrets")

    collector = served["services"]["collector"]
    secrets = next(mount for mount in collector["volumes"] if mount["target"] == "/run/secrets")
    assert collector["image"] == "kalshi-collector:1.2.3"
    assert (secrets["source"], secrets["read_only"]) == ("/srv/secrets", True)

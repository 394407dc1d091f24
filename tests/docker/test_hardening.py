"""What a container may not do, and what `docker inspect` may not show."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from support.docker_stack import DATA, ended, log_lines, said

if TYPE_CHECKING:
    from pathlib import Path

    from docker.models.volumes import Volume

    from support.docker_stack import DockerStack

_TELL = """
import json, os
def writable(path):
    try:
        open(path, "a").close()
    except OSError:
        return False
    return True
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({
    "uid": os.getuid(),
    "capabilities": status["CapEff"].strip() + status["CapBnd"].strip(),
    "no_new_privileges": status["NoNewPrivs"].strip(),
    "root_is_read_only": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
    "writable": [path for path in ("/new", "/app/new", "/tmp/new", "/var/lib/kalshi/new") if writable(path)],
}))
"""
_SEARCH = f"""
import pathlib, sys
print([str(path) for path in pathlib.Path("{DATA}").rglob("*") if path.is_file()
       and any(word.encode() in path.read_bytes() for word in sys.argv[1:])])
"""


def _in_service(stack: DockerStack, service: str, program: str) -> dict[str, Any]:
    printed = stack.compose("run", "--rm", "--no-deps", "-T", "--entrypoint", "python", service, "-c", program).stdout
    told: dict[str, Any] = json.loads(printed)
    return told


@pytest.mark.parametrize(
    ("service", "writable"),
    [("collector", ["/tmp/new", "/var/lib/kalshi/new"]), ("simulator", ["/tmp/new"])],  # noqa: S108  # its tmpfs
)
def test_a_service_has_no_privileges_and_writes_only_to_its_volume_and_its_own_tmp(
    stack: DockerStack, service: str, writable: list[str]
) -> None:
    told = _in_service(stack, service, _TELL)

    assert told["uid"] == 10001
    assert int(told["capabilities"], 16) == 0
    assert told["no_new_privileges"] == "1"
    assert told["root_is_read_only"]
    assert told["writable"] == writable


def test_a_container_over_its_memory_limit_is_ended_by_the_kernel(stack: DockerStack) -> None:
    limit_mib = stack.client.containers.get(f"{stack.project}-simulator-1").attrs["HostConfig"]["Memory"] >> 20
    greedy = f"held = [b'x' * (1 << 20) for _ in range({3 * limit_mib})]"

    run = stack.compose(
        "run", "--rm", "--no-deps", "-T", "--entrypoint", "python", "collector", "-c", greedy, check=False
    )

    assert run.returncode == 137


def test_a_key_given_as_files_signs_requests_and_shows_up_nowhere(
    stack: DockerStack, volume: Volume, tmp_path: Path
) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()  # fmt: skip
    key_id = secrets.token_hex(16)
    stack.simulator("POST", "/keys", key_id=key_id, public_key_pem=public)
    tmp_path.chmod(0o755)
    (tmp_path / "key_id").write_text(key_id)
    (tmp_path / "key.pem").write_text(pem)
    files = {tmp_path / "key_id": "/run/secrets/key_id", tmp_path / "key.pem": "/run/secrets/key.pem"}

    run = stack.collector(
        volume,
        mounts=files,
        environment={
            "KALSHI_API_KEY_FILE": "/run/secrets/key_id",
            "KALSHI_PRIVATE_KEY_FILE": "/run/secrets/key.pem",
            "KALSHI_LOG_LEVEL": "DEBUG",
        },
    )

    assert ended(run) == 0
    arrivals = stack.simulator("GET", "/requests")["requests"]
    assert {arrival["status"] for arrival in arrivals if arrival["path"] == "/account/limits"} == {200}
    words = [key_id, pem.splitlines()[1]]
    image = stack.client.images.get(stack.collector_image)
    shown = json.dumps([run.attrs, image.attrs, image.history()]) + said(run) + "\n".join(log_lines(run))
    assert [word for word in words if word in shown] == []
    assert stack.python(volume, _SEARCH, *words).strip() == "[]"
    assert stack.python(volume, _SEARCH, "KXFED").strip() != "[]"

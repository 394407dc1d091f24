from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typer.testing import CliRunner

from kalshi_common.cli.config import config_app
from kalshi_common.errors import ConfigError
from kalshi_common.knobs import Knobs

if TYPE_CHECKING:
    from pathlib import Path

PEM = (
    Ed25519PrivateKey.generate()
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode("ascii")
    .strip()
)
UNUSABLE_PEM = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----"


@pytest.fixture
def knobs_json(tmp_path: Path) -> Path:
    path = tmp_path / "knobs.json"
    path.write_text('{"collect": {"scope": "all"}}')
    return path


@pytest.fixture(autouse=True)
def _only_these_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("KALSHI_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KALSHI_API_KEY", "made-up-id")
    monkeypatch.setenv("KALSHI_PRIVATE_KEY", PEM)


def printed(*arguments: str | Path) -> str:
    result = CliRunner().invoke(config_app, [*map(str, arguments)], catch_exceptions=False)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "made-up-id" not in result.stdout
    assert PEM.splitlines()[1] not in result.stdout
    return result.stdout


def test_check_says_which_file_is_valid(knobs_json: Path) -> None:
    assert printed("check", "--config", knobs_json) == f"valid: {knobs_json}\n"
    assert printed("check") == "valid: built-in defaults, no file\n"


def test_check_raises_what_is_wrong_for_the_command_to_tell(knobs_json: Path) -> None:
    knobs_json.write_text('{"collect": {"scope": "weekly"}, "x": 1}')
    with pytest.raises(ConfigError) as caught:
        printed("check", "--config", knobs_json)
    assert len(caught.value.problems) == 2


def test_check_finds_a_private_key_that_cannot_sign_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KALSHI_PRIVATE_KEY", UNUSABLE_PEM)
    with pytest.raises(ConfigError, match="not a readable PEM private key") as caught:
        printed("check")
    assert "bm90IGEga2V5" not in str(caught.value)


def test_show_lists_each_value_with_its_source(knobs_json: Path) -> None:
    lines = [line.split(maxsplit=2) for line in printed("show", "--config", knobs_json).splitlines()]
    assert ["collect.scope", "file", "all"] in lines
    assert ["collect.series", "default", "[]"] in lines
    assert ["kalshi_api_key", "environment", "***"] in lines


def test_show_gives_programs_the_same_as_json(knobs_json: Path) -> None:
    rows = json.loads(printed("show", "--config", knobs_json, "--format", "json"))
    assert rows["collect.scope"] == {"value": "all", "source": "file"}
    assert rows["kalshi_private_key"] == {"value": "***", "source": "environment"}


def test_schema_prints_the_json_schema_of_the_file() -> None:
    assert set(json.loads(printed("schema"))["properties"]) == set(Knobs.model_fields)


def test_importing_the_command_reads_no_model_code() -> None:
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; import kalshi_common.cli.config; "
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert "typer" in ran.stdout.split()
    assert not {"pydantic", "aiohttp", "yoyo"} & set(ran.stdout.split())

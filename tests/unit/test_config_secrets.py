from __future__ import annotations

import copy
import json
import pickle
from typing import TYPE_CHECKING

import pytest

from kalshi_common.config_secrets import Secrets, read_secrets

if TYPE_CHECKING:
    from pathlib import Path

ID = "made-up-id"
BODY = "bm90IGEga2V5"
PEM = f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----"


def read(**environ: str) -> tuple[Secrets, list[str]]:
    problems: list[str] = []
    return read_secrets(environ, problems), problems


def test_no_secret_is_needed() -> None:
    secrets, problems = read()
    assert (secrets.kalshi_api_key, secrets.kalshi_private_key, secrets.values()) == (None, None, ())
    assert problems == []


@pytest.mark.parametrize("text", [PEM, PEM + "\n", PEM.replace("\n", "\\n"), PEM.replace("\n", "\r\n")])
def test_a_pem_may_have_its_line_ends_written_in_any_way(text: str) -> None:
    secrets, problems = read(KALSHI_API_KEY=ID, KALSHI_PRIVATE_KEY=text)
    assert problems == []
    assert (secrets.kalshi_api_key, secrets.kalshi_private_key) == (ID, PEM)


@pytest.mark.parametrize("name", ["KALSHI_PRIVATE_KEY_FILE", "KALSHI_PRIVATE_KEY_PATH"])
def test_each_secret_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "id").write_text(f"{ID}\n")
    (tmp_path / "pem").write_text(f"{PEM}\n")
    secrets, problems = read(**{"KALSHI_API_KEY_FILE": str(tmp_path / "id"), name: str(tmp_path / "pem")})
    assert problems == []
    assert secrets.values() == (ID, PEM)


def test_the_path_of_the_private_key_may_come_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "pem").write_text(PEM)
    (tmp_path / "path").write_text(f"{tmp_path / 'pem'}\n")
    secrets, problems = read(KALSHI_API_KEY=ID, KALSHI_PRIVATE_KEY_PATH_FILE=str(tmp_path / "path"))
    assert (secrets.kalshi_private_key, problems) == (PEM, [])


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"KALSHI_API_KEY": ID, "KALSHI_API_KEY_FILE": "/x"}, "KALSHI_API_KEY and KALSHI_API_KEY_FILE are both set"),
        (
            {"KALSHI_PRIVATE_KEY": PEM, "KALSHI_PRIVATE_KEY_FILE": "/x"},
            "KALSHI_PRIVATE_KEY and KALSHI_PRIVATE_KEY_FILE",
        ),
        (
            {"KALSHI_PRIVATE_KEY": PEM, "KALSHI_PRIVATE_KEY_PATH": "/x"},
            "KALSHI_PRIVATE_KEY and KALSHI_PRIVATE_KEY_PATH",
        ),
        ({"KALSHI_API_KEY": ID}, "KALSHI_API_KEY is set without its private key"),
        ({"KALSHI_PRIVATE_KEY": PEM}, "KALSHI_PRIVATE_KEY or its path is set without the key's id"),
        ({"KALSHI_API_KEY": "two words", "KALSHI_PRIVATE_KEY": PEM}, "KALSHI_API_KEY is not a key id"),
        ({"KALSHI_API_KEY": ID, "KALSHI_PRIVATE_KEY": BODY}, "KALSHI_PRIVATE_KEY or its file is not a private key"),
        (
            {"KALSHI_API_KEY": ID, "KALSHI_PRIVATE_KEY": PEM.replace("PRIVATE", "PUBLIC")},
            "KALSHI_PRIVATE_KEY or its file is not a private key",
        ),
    ],
)
def test_secrets_that_do_not_fit_together_are_refused(environ: dict[str, str], sentence: str) -> None:
    _, problems = read(**environ)
    assert len(problems) == 1
    assert problems[0].startswith(sentence)
    assert BODY not in problems[0]
    assert ID not in problems[0]


def test_a_secret_file_that_gives_nothing_is_named_with_the_reason(tmp_path: Path) -> None:
    for name, content in {"empty": b" \n", "binary": b"\xff\xfe", "large": b"x" * 100_000}.items():
        (tmp_path / name).write_bytes(content)
    for name, reason in {
        "empty": "is empty",
        "binary": "is not UTF-8 text",
        "large": "is no secret: it is too large",
        "missing": "cannot be read (No such file or directory)",
        "": "cannot be read (Is a directory)",
    }.items():
        _, problems = read(KALSHI_API_KEY_FILE=str(tmp_path / name))
        assert problems == [f"KALSHI_API_KEY_FILE names {tmp_path / name}, which {reason}."]


def test_a_key_given_where_its_file_belongs_is_not_repeated() -> None:
    for key in [PEM, "0af3c6de-9a0c-4b51-8d5e-0f7a7d1c9e2b", "sk-made-up-0123456789", "Ab3dEf6hIj9lMn2pQr5tUv8x"]:
        _, problems = read(KALSHI_API_KEY_FILE=key)
        assert len(problems) == 1
        assert key not in problems[0]


def test_secrets_are_not_in_anything_python_writes_of_them() -> None:
    secrets = Secrets(ID, PEM)
    for text in (repr(secrets), str(secrets), f"{secrets}", f"{[secrets]}", json.dumps(secrets, default=str)):
        assert ID not in text
        assert BODY not in text
    with pytest.raises(TypeError):
        pickle.dumps(secrets)
    with pytest.raises(TypeError):
        vars(secrets)
    assert copy.copy(secrets) is copy.deepcopy(secrets) is secrets

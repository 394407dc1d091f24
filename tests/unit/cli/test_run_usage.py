"""`kalshi run` where it does not come to a cycle: wrong usage, a plan only, a lock held by another."""

from __future__ import annotations

import fcntl
import json
from typing import TYPE_CHECKING

import pytest

from kalshi_common.knobs import MACRO_SERIES
from support.data_dir import kalshi

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.parametrize("command", ["run", "run-once"])
@pytest.mark.parametrize("mode", ["sell", "", "COLLECT"])
def test_a_mode_that_is_not_in_the_image_ends_in_2_with_one_sentence(data_dir: Path, command: str, mode: str) -> None:
    code, out, err = kalshi(command, "--mode", mode, data_dir=data_dir)
    assert (code, out) == (2, "")
    assert err == (
        f"kalshi: --mode: {mode!r} is not in this image; it has: collect, analyze, trade. "
        "Each worker image holds the code of its own mode only\n"
    )
    assert not data_dir.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--lock-timeout", "-1"), "Error: Invalid value for '--lock-timeout': "),
        (("--lock-timeout", "3001"), "Error: Invalid value for '--lock-timeout': "),
        (("--lock-timeout", "nan"), "Error: Invalid value for '--lock-timeout': "),
        (("--lock-timeout", "soon"), "Error: Invalid value for '--lock-timeout': "),
        (("--once=maybe",), "Error: Option '--once' does not take a value."),
        (("extra",), "Error: Got unexpected extra argument"),
        (("--enable-live-trading",), "kalshi: --enable-live-trading: mode collect places no orders"),
        (("--log-level", "LOUD"), 'kalshi: --log-level is "LOUD"; allowed is one of DEBUG, INFO, WARNING, ERROR.'),
        (("--config", "/nowhere/knobs.json"), "kalshi: /nowhere/knobs.json cannot be read (No such file or directory)"),
    ],
)
def test_wrong_usage_ends_in_2_with_one_sentence_and_makes_nothing(
    data_dir: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    code, out, err = kalshi("run", *arguments, data_dir=data_dir)
    assert (code, out) == (2, "")
    told = [line for line in err.splitlines() if line.startswith(("Error: ", "kalshi: "))]
    assert len(told) == 1
    assert told[0].startswith(sentence)
    assert "Traceback" not in err
    assert not data_dir.exists()


def test_a_dry_run_prints_the_plan_and_makes_nothing(data_dir: Path) -> None:
    code, out, err = kalshi("run", "--dry-run", "--once", "--mode", "collect", data_dir=data_dir)
    assert (code, err) == (0, "")
    first, *lines = out.splitlines()
    series = [name for listed in MACRO_SERIES.values() for name in listed]
    assert first.startswith(f"scope macro: {len(series)} walks over open markets at https://external-api.kalshi.com/")
    assert [line.strip() for line in lines[: len(series)]] == series
    assert lines[-1].endswith("nothing was asked or written")
    assert not data_dir.exists()


def test_a_dry_run_of_the_whole_exchange_tells_its_windows(data_dir: Path) -> None:
    knobs = data_dir.parent / "knobs.json"
    knobs.write_text(json.dumps({"collect": {"scope": "all"}}))
    code, out, _ = kalshi("run", "--dry-run", "--config", knobs, data_dir=data_dir)
    assert code == 0
    assert out.startswith("scope all: 24 walks ")
    assert "  created .." in out


@pytest.mark.parametrize("waits", [(), ("--lock-timeout", "0.3")])
def test_a_run_while_another_holds_the_lock_ends_in_75_and_names_it(data_dir: Path, waits: tuple[str, ...]) -> None:
    path = data_dir / "locks" / "collect.lock"
    path.parent.mkdir(parents=True)
    holder = {"host": "there", "pid": "1", "cycle": "c1", "since": "2026-11-23T05:00:01Z"}
    with path.open("w+") as file:
        file.write(json.dumps(holder))
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        code, out, err = kalshi("run", *waits, data_dir=data_dir)
    assert (code, out) == (75, "")
    assert err == (
        "kalshi: another collect run holds the lock since 2026-11-23T05:00:01Z: cycle c1, pid 1 on there; "
        "let it end, or wait for it with --lock-timeout\n"
    )
    assert json.loads(path.read_text()) == holder
    assert not (data_dir / "kalshi.sqlite").exists()
    assert not (data_dir / "status.json").exists(), "the status is the holder's to write"


def test_a_private_key_that_cannot_sign_ends_in_2_before_anything_is_made(data_dir: Path) -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----"
    code, out, err = kalshi("run", data_dir=data_dir, api_key="made-up-id", private_key=pem)
    assert (code, out) == (2, "")
    assert err.startswith("kalshi: KALSHI_PRIVATE_KEY: the private key cannot be used: it is not a readable PEM")
    assert "bm90IGEga2V5" not in err
    assert not data_dir.exists()

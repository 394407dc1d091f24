"""The command tree, the exit codes of the whole, and that looking at help costs no heavy import."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

import kalshi_common
from kalshi_common.cli import app
from kalshi_common.errors import ExitCode
from support.data_dir import kalshi, migrated
from support.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TREE = """
kalshi --version --help
kalshi backup --lock-timeout --config --help
kalshi config --help
kalshi config check --config --help
kalshi config schema --help
kalshi config show --config --format --help
kalshi estimates --market --limit --format --config --help
kalshi drill --scratch --lock-timeout --config --help
kalshi backfill --since --until --series --dry-run --lock-timeout --config --help
kalshi gaps --since --until --series --market --scope --format --fail --config --help
kalshi halt --reason --market --config --help
kalshi health --format --config --help
kalshi migrate --check --config --help
kalshi monitor --host --port --allow-host --config --help
kalshi notify --help
kalshi notify test --format --config --help
kalshi positions --venue --format --config --help
kalshi reconcile --accept --format --config --help
kalshi report --help
kalshi report calibration --since --model --market-baseline --format --html --config --help
kalshi restore file --lock-timeout --config --help
kalshi resume --market --config --help
kalshi run --mode --config --once --dry-run --enable-live-trading --lock-timeout --log-level --help
kalshi run-once --mode --config --once --dry-run --enable-live-trading --lock-timeout --log-level --help
kalshi selftest --format --config --help
kalshi signals --market --format --config --help
kalshi status --format --max-age --config --help
kalshi verify file --config --help
"""
HEAVY = {"aiohttp", "asyncio", "cryptography", "msgspec", "sqlite3", "yoyo", "pythonjsonlogger", "collector.collect"}
HEAVY |= {"numpy", "openai", "anthropic", "jinja2", "plotly", "apprise", "requests", "prometheus_client"}
HEAVY |= {f"kalshi_common.{name}" for name in ("config", "knobs", "cycle", "exchange", "storage", "log")}
_MODULES = "import json; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"


def tree(command: Any, path: str = "kalshi") -> list[str]:
    """Each command of the tree on a line, with its long options in their order."""
    context = command.make_context(path, [], resilient_parsing=True)
    options = [max(each.opts, key=len) for each in command.get_params(context)]
    below = getattr(command, "commands", {})
    return [" ".join([path, *options]), *(line for name in below for line in tree(below[name], f"{path} {name}"))]


def loaded(*arguments: str, **settings: object) -> set[str]:
    """The modules a command has loaded when it ends."""
    _, _, err = kalshi(*arguments, told=_MODULES, **settings)
    return set(json.loads(err.splitlines()[-1]))


def test_the_command_tree_is_the_one_written_here() -> None:
    """A command or option that comes or goes must be told: change this text, the README and the CHANGELOG together."""
    assert sorted(tree(typer.main.get_command(app))) == sorted(TREE.strip().splitlines())


def test_the_readme_tells_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in TREE.strip().splitlines():
        words = [word for word in line.split() if not word.startswith("--") and word != "file"]  # an argument's name
        if words not in (["kalshi"], ["kalshi", "config"], ["kalshi", "notify"], ["kalshi", "report"]):
            assert f"`{' '.join(words)}`" in readme, line


def test_the_readme_tells_every_exit_code() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `?(\d+)`? \|", readme, re.MULTILINE)) == {str(int(code)) for code in ExitCode}


@pytest.mark.parametrize(
    "arguments", [("--help",), ("-h",), ("run", "-h"), ("status", "--help"), ("config", "show", "-h")]
)
def test_help_is_printed_and_is_no_failure(arguments: tuple[str, ...]) -> None:
    code, out, err = kalshi(*arguments)
    assert (code, err) == (0, "")
    assert out.startswith("Usage: kalshi ")


def test_without_a_command_the_help_is_shown_and_the_usage_is_wrong() -> None:
    code, out, err = kalshi()
    assert code == 2
    assert "Usage: kalshi [OPTIONS] COMMAND" in out + err


def test_the_version_is_the_packages() -> None:
    assert kalshi("--version") == (0, f"kalshi {kalshi_common.__version__}\n", "")


@pytest.mark.parametrize(
    "arguments", [("nope",), ("--nope",), ("status", "extra"), ("config", "nope"), ("migrate", "--fix")]
)
def test_a_wrong_command_line_ends_in_2_with_one_sentence_and_no_traceback(arguments: tuple[str, ...]) -> None:
    code, out, err = kalshi(*arguments)
    assert (code, out) == (2, "")
    assert len(re.findall("^Error: .*$", err, re.MULTILINE)) == 1
    assert "Traceback" not in err


def test_several_findings_are_told_each_on_its_line(tmp_path: Path) -> None:
    knobs = tmp_path / "knobs.json"
    knobs.write_text('{"collect": {"scope": "everything"}, "cycle": {"max_seconds": 1}}')
    code, out, err = kalshi("status", config=knobs)
    assert (code, out) == (2, "")
    head, *findings = err.splitlines()
    assert head == "kalshi:"
    assert sorted(finding.split()[1] for finding in findings) == ["collect.scope", "cycle.max_seconds"]


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("run", "--help"), ("config", "--help")])
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert HEAVY & loaded(*arguments) == set()


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_the_first_help_does_not_even_load_pydantic(arguments: tuple[str, ...]) -> None:
    """Typer itself needs it to read a command's typed options, so the help of a command does load it."""
    assert "pydantic" not in loaded(*arguments)


def test_a_status_line_loads_no_client_no_worker_and_no_migrations(tmp_path: Path) -> None:
    migrated(tmp_path).close()
    found = loaded("status", data_dir=tmp_path)
    assert found.isdisjoint({"aiohttp", "cryptography", "msgspec", "yoyo", "collector.collect", "pythonjsonlogger"})
    assert "sqlite3" in found, "the modules are really those of a status that was read"

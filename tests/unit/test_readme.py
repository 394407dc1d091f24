"""The README promises; the code must keep it: commands, options, exit codes, make targets, the summary line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kalshi_common.cli import app
from kalshi_common.errors import ExitCode
from kalshi_common.report import CycleEnding, CycleReport
from support.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer

README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(tree: typer.Typer, prefix: str = "kalshi") -> Iterator[str]:
    for command in tree.registered_commands:
        assert command.callback is not None
        yield f"{prefix} {command.name or command.callback.__name__}"
    for group in tree.registered_groups:
        assert group.typer_instance is not None
        yield from commands(group.typer_instance, f"{prefix} {group.name}")


def test_the_readme_lists_every_command_and_no_other() -> None:
    listed = re.findall(r"^\| `(kalshi [a-z -]+)` \|", README, re.MULTILINE)
    assert sorted(listed) == sorted(commands(app))


def test_the_readme_lists_every_exit_code_and_no_other() -> None:
    assert re.findall(r"^\| (\d+) \|", README, re.MULTILINE) == [str(int(code)) for code in ExitCode]


def test_every_make_target_the_readme_names_exists() -> None:
    named = set(re.findall(r"make ([a-z]+)", README))
    assert named
    assert named <= set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_summary_line_in_the_readme_has_the_fields_of_a_real_one() -> None:
    [shown] = re.findall(r"^cycle=.*$", README, re.MULTILINE)
    ending = CycleEnding("c", "collect", "h", "s", "f", 1.0, "ok", CycleReport())
    assert re.findall(r"(\w+)=", shown) == re.findall(r"(\w+)=", ending.summary_line())


def test_every_file_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []

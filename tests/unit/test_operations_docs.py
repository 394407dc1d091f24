"""Every command of the runbook and of ops/README.md exists: subcommands, options, services, scripts, units."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from kalshi_common.cli import app
from support.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = ("docs/operations.md", "ops/README.md", "README.md")
SERVICES = {
    name
    for file in ("compose.yaml", "compose.prod.yaml")
    for name in re.findall(
        r"^  ([a-z-]+):", (ROOT / file).read_text(encoding="utf-8").partition("\nservices:")[2], re.MULTILINE
    )
}
COMPOSE_COMMANDS = {"build", "config", "cp", "down", "exec", "logs", "run", "start", "stop", "up"}
TAKES_A_VALUE = {"-v", "--name", "--entrypoint", "--profile", "-f"}
SCRIPT_WORDS = {
    "schedule.sh": r"(install|verify|remove) (systemd|cron|ofelia)",
    "install.sh": r"systemd|cron|ofelia|systemd\|cron\|ofelia",
}


def commands(document: str) -> Iterator[str]:
    """Each command in a code block or between backquotes, without comments."""
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    for line in (*lines, *inline):
        command = re.sub(r"\s+# .*", "", re.sub(r"^5 \* \* \* \* +cd \S+ && ", "", line)).strip()
        if re.match(r"(docker compose|kalshi|ops/\w+\.sh|systemctl|journalctl)\b", command):
            yield command


EVERY = [(document, command) for document in DOCUMENTS for command in commands(document)]


def wrong(command: str) -> str | None:
    """What of the command does not exist; None where all does."""
    words = shlex.split(command)
    if words[0] == "docker":
        return wrong_compose(words[2:])
    if words[0] == "kalshi":
        return wrong_kalshi(words[1:])
    if words[0].startswith("ops/"):
        return wrong_script(words[0].removeprefix("ops/"), " ".join(words[1:]))
    named = [word for word in words[1:] if re.fullmatch(r"kalshi-[a-z]+(\.\w+)?", word)]
    missing = [name for name in named if not list((ROOT / "ops/systemd").glob(f"{name.partition('.')[0]}.*"))]
    return f"no unit {missing}" if missing else None


def positional(words: list[str]) -> list[str]:
    """The words from the first on that is neither an option nor an option's value."""
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in TAKES_A_VALUE else words[1:]
    return words


def wrong_compose(words: list[str]) -> str | None:
    words = positional(words)
    if not words:
        return None
    if words[0] not in COMPOSE_COMMANDS:
        return f"compose has no {words[0]}"
    rest = positional(words[1:])
    named = rest[:1] if words[0] in {"run", "exec"} else rest if words[0] != "cp" else [rest[0].partition(":")[0]]
    if unknown := [name for name in named if name not in SERVICES | {"SERVICE"}]:
        return f"no service {unknown}"
    inside = rest[1:]
    if words[0] == "exec":
        return wrong_kalshi(inside[1:]) if inside[:1] == ["kalshi"] else f"unknown program in {rest}"
    return wrong_kalshi(inside) if words[0] == "run" else None


def wrong_kalshi(words: list[str]) -> str | None:
    command: Any = typer.main.get_command(app)
    while words and not words[0].startswith("-") and getattr(command, "commands", None):
        if words[0] in {"COMMAND", "…"}:
            return None
        if words[0] not in command.commands:
            return f"no command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    known = {"--help", *(name for each in command.params for name in each.opts)}
    return next((f"no option {word}" for word in words if word.startswith("--") and word not in known), None)


def wrong_script(name: str, arguments: str) -> str | None:
    if not (ROOT / "ops" / name).is_file():
        return f"no script {name}"
    if arguments and not re.fullmatch(SCRIPT_WORDS.get(name, ""), arguments):
        return f"{name} does not take {arguments}"
    return None


@pytest.mark.parametrize(("document", "command"), sorted(set(EVERY)))
def test_a_documented_command_exists(document: str, command: str) -> None:
    assert wrong(command) is None, f"{document}: {command}"


def test_the_documents_are_really_read() -> None:
    found = {command for _, command in EVERY}
    assert len(found) > 40
    assert {
        "docker compose run --rm collector backfill --dry-run", "ops/schedule.sh install systemd",
        "docker compose exec monitor kalshi gaps", "kalshi config check",
    } <= found  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        "docker compose run --rm collektor",
        "docker compose run --rm -v /a:/b collector nope",
        "docker compose run --rm collector status --nope",
        "docker compose exec monitor kalshi nope",
        "docker compose launch collector",
        "kalshi config nope",
        "ops/nope.sh",
        "ops/schedule.sh start cron",
        "systemctl start kalshi-nope.timer",
    ],
)
def test_a_command_that_does_not_exist_is_seen(command: str) -> None:
    assert wrong(command)


def test_every_exit_code_the_runbook_explains_is_one_of_the_program_or_of_docker() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == ["0", "1", "2", "75", "137"]


def test_every_link_of_the_runbook_leads_somewhere() -> None:
    for document in ("docs/operations.md", "ops/README.md"):
        links = re.findall(r"\]\(([^)#]+)\)", (ROOT / document).read_text(encoding="utf-8"))
        assert links
        assert [link for link in links if not (ROOT / document).parent.joinpath(link).exists()] == []

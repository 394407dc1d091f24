"""Each image's lock against what its code imports: a missing package would show only when the container runs."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

import pytest

from support.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path

OURS = {"kalshi_common": ROOT / "shared", **{p.name: ROOT / "services" for p in (ROOT / "services").iterdir()}}
COMMAND = "kalshi_common.cli"
"""In every image but the simulator's."""
SERVICES = ["collector", "analyzer", "trader", "monitor", "simulator"]


def path_of(module: str) -> Path | None:
    """The file of one of our modules, None for a name inside one."""
    home = OURS[module.partition(".")[0]] / module.replace(".", "/")
    return next((path for path in (home / "__init__.py", home.with_suffix(".py")) if path.exists()), None)


@cache
def imported(module: str) -> frozenset[str]:
    """Everything a module imports at run time, in functions too, each name as far as it may be a module."""
    path = path_of(module)
    tree = ast.parse(path.read_text(encoding="utf-8")) if path else ast.Module([], [])
    unseen = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for node in ast.walk(branch)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if node not in unseen and isinstance(node, ast.Import):
            found.update(each.name for each in node.names)
        elif node not in unseen and isinstance(node, ast.ImportFrom):
            found.update(f"{node.module}.{each.name}" for each in node.names)
    return frozenset(found)


def needed(service: str) -> set[str]:
    """The foreign packages that a service's code imports, through ours too."""
    folder = ROOT / "services" / service
    todo = {
        f"{service}.{path.relative_to(folder).with_suffix('').as_posix().replace('/', '.')}"
        for path in folder.rglob("*.py")
    }
    todo |= {COMMAND} if service != "simulator" else set()
    seen: set[str] = set()
    foreign: set[str] = set()
    while todo:
        module = todo.pop()
        seen.add(module)
        top = module.partition(".")[0]
        if top not in OURS:
            foreign.add(top)
        elif path_of(module) is None:
            todo |= {module.rpartition(".")[0]} - seen
        else:
            todo |= (imported(module) | {module.rpartition(".")[0]} - {""}) - seen
    return foreign - set(sys.stdlib_module_names)


@pytest.mark.parametrize("service", SERVICES)
def test_the_lock_of_an_image_holds_all_that_its_code_imports(service: str) -> None:
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / f"requirements/{service}.txt").read_text(), re.MULTILINE))
    homes = packages_distributions()
    lacking = {
        package
        for package in needed(service)
        if not {re.sub(r"[._]+", "-", name.lower()) for name in homes[package]} & locked
    }
    assert lacking == set()


def test_an_import_that_no_lock_holds_would_be_seen() -> None:
    assert {"openai", "anthropic", "msgspec", "genai_prices"} <= needed("analyzer")
    assert "openai" not in needed("collector")

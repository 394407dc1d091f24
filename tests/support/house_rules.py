"""What breaks the rules of the house, found in a source file. It decides nothing about exceptions."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 300


class Source(NamedTuple):
    """A file as the rules see it."""

    text: str
    tree: ast.Module


def parsed(text: str) -> Source:
    return Source(text, ast.parse(text))


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of constants that are docstrings, of attributes too: they tell, and do nothing."""
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is not a docstring."""
    told = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of every variable, attribute, argument and keyword."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                yield node.lineno, name
            case ast.keyword(arg=str(name)):
                yield node.value.lineno, name


def dotted(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted text of every attribute and called name, imported aliases written out: `time.monotonic`."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases |= {each.asname or each.name.partition(".")[0]: each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            aliases |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, dot, rest = ast.unparse(node).partition(".")
            yield node.lineno, f"{aliases.get(first, first)}{dot}{rest}"


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of every imported module, type-checking imports too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            yield node.lineno, node.module or ""


def type_only(tree: ast.Module) -> set[int]:
    """The lines under `if TYPE_CHECKING:`, which never run: a connection's type may be named where it is passed on."""
    return {
        node.lineno
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for node in branch.body
    }


def wire_names(source: Source) -> Iterator[str]:
    for line, text in (*strings(source.tree), *names(source.tree)):
        for found in re.findall(r"\w*_(?:dollars|fp)\b", text):
            if found != "micro_dollars":
                yield f"{line}: {found}"


def sql(source: Source) -> Iterator[str]:
    words = r"\b(SELECT\s|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|(CREATE|DROP|ALTER)\s+\w+|PRAGMA\b|COMMIT\b)"
    yield from (f"{line}: {text[:40]}" for line, text in strings(source.tree) if re.search(words, text))
    typing = type_only(source.tree)
    yield from (
        f"{line}: import {name}" for line, name in imports(source.tree) if name == "sqlite3" and line not in typing
    )


def environment(source: Source) -> Iterator[str]:
    wanted = {"os.environ", "os.getenv", "os.putenv", "os.environb"}
    yield from (f"{line}: {name}" for line, name in dotted(source.tree) if name in wanted)


def clocks(source: Source) -> Iterator[str]:
    wanted = r"time\.(time|monotonic|perf_counter|process_time|sleep|localtime|gmtime)(_ns)?"
    wanted += r"|asyncio\.(sleep|wait_for|timeout(_at)?)|(.*\.)?(utcnow|today)|datetime\.(.*\.)?now"
    yield from (f"{line}: {name}" for line, name in dotted(source.tree) if re.fullmatch(wanted, name))


def talk(source: Source) -> Iterator[str]:
    wanted = {"print", "typer.echo", "typer.secho", "sys.stdout", "sys.stderr"}
    yield from (f"{line}: {name}" for line, name in dotted(source.tree) if name in wanted)


def http(source: Source) -> Iterator[str]:
    yield from (
        f"{line}: {name}"
        for line, name in imports(source.tree)
        if name.partition(".")[0] in {"aiohttp", "requests", "httpx", "urllib3"}
        or name in {"urllib.request", "http.client"}
    )


def exceptions(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            for base in map(ast.unparse, node.bases):
                known = getattr(builtins, base, None)
                if base.endswith(("Error", "Exception")) or (
                    isinstance(known, type) and issubclass(known, BaseException)
                ):
                    yield f"{node.lineno}: {node.name}"


def floats(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "float":
            yield f"{node.lineno}: {ast.unparse(node)}"


def undocumented(source: Source) -> Iterator[str]:
    first = (ast.get_docstring(source.tree) or "").partition("\n")[0]
    if not source.text.startswith('"""') or not first.endswith("."):
        yield "1: no docstring whose first line is a sentence"


def bare_waivers(source: Source) -> Iterator[str]:
    for number, line in enumerate(source.text.splitlines(), 1):
        found = re.search(r"#\s*(?:noqa\b(?::[\s,A-Z0-9]*[0-9])?|type:\s*ignore\b(?:\[[^\]]*\])?)(?P<reason>.*)", line)
        if found and len(found["reason"].strip(" #-—")) < 5:
            yield f"{number}: {line.strip()}"


def outsiders(source: Source) -> Iterator[str]:
    """What the pure domain may not import."""
    for line, name in imports(source.tree):
        own = name.startswith(("kalshi_common.domain", "kalshi_common.errors"))
        if not own and name.partition(".")[0] not in sys.stdlib_module_names - {"os", "socket", "time", "asyncio"}:
            yield f"{line}: {name}"


def long_files(source: Source) -> Iterator[str]:
    lines = source.text.count("\n")
    if lines > LONGEST:
        yield f"{lines} lines, more than {LONGEST}"

"""The rules of the house that no linter knows, each with its named exceptions and a snippet that breaks it."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from fnmatch import fnmatch
from typing import TYPE_CHECKING, NamedTuple

import pytest

from support.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

COMMON, EVERYWHERE = "shared/kalshi_common/", "*"
SIMULATOR = ("services/simulator/*", "it plays Kalshi, so it speaks Kalshi's language and keeps its own time")
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
    aliases = {}
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


def wire_names(source: Source) -> Iterator[str]:
    for line, text in (*strings(source.tree), *names(source.tree)):
        for found in re.findall(r"\w*_(?:dollars|fp)\b", text):
            if found != "micro_dollars":
                yield f"{line}: {found}"


def sql(source: Source) -> Iterator[str]:
    words = r"\b(SELECT\s|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|(CREATE|DROP|ALTER)\s+\w+|PRAGMA\b|COMMIT\b)"
    yield from (f"{line}: {text[:40]}" for line, text in strings(source.tree) if re.search(words, text))
    yield from (f"{line}: import {name}" for line, name in imports(source.tree) if name == "sqlite3")


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


class Rule(NamedTuple):
    """`find` names what breaks the rule in a file of `where`; `allowed` are the exceptions (pattern -> reason)."""

    find: Callable[[Source], Iterator[str]]
    breaks: str
    allowed: dict[str, str]
    where: str = EVERYWHERE

    def exempts(self, path: str, finding: str) -> bool:
        return any(
            fnmatch(path, pattern.partition("::")[0]) and pattern.partition("::")[2] in finding
            for pattern in self.allowed
        )


CLI = {f"{COMMON}cli/*": "the command's own voice", "services/*/cli.py": "a service's own command"}
RULES = {
    "wire names stay at the border": Rule(
        wire_names,
        "def f(m): return m['yes_bid_dollars']",
        {f"{COMMON}exchange/wire.py": "the border", SIMULATOR[0]: SIMULATOR[1]},
    ),
    "SQL stays in storage": Rule(sql, 'f = "SELECT * FROM markets"', {f"{COMMON}storage/*": "the border with SQLite"}),
    "only config reads the environment": Rule(
        environment,
        "from os import environ as e\nx = e['HOME']",
        {
            f"{COMMON}config.py": "it is the place",
            f"{COMMON}storage/migrate.py::os.environ": "yoyo asks for LOGNAME, which a numeric uid does not have",
        },
    ),
    "only the clock reads a clock": Rule(
        clocks,
        "import datetime as dt\nx = dt.datetime.now(dt.UTC)",
        {
            f"{COMMON}clock.py": "it is the place",
            f"{COMMON}storage/writer_lock.py::time.sleep": "a poll of 2 ms under a lock that no event loop waits for",
            "services/simulator/clock.py": "its own clock",
            SIMULATOR[0] + "::asyncio.": SIMULATOR[1],
        },
    ),
    "only commands talk": Rule(talk, "def f(): print('hello')", CLI),
    "HTTP is spoken in one file": Rule(
        http, "import aiohttp", {f"{COMMON}exchange/client.py": "the client", SIMULATOR[0]: SIMULATOR[1]}
    ),
    "errors are defined in one file": Rule(
        exceptions,
        "class Oops(ValueError): pass",
        {f"{COMMON}errors.py": "it is the place", SIMULATOR[0]: "it shares no code with what it tests"},
    ),
    "no float touches a price in the wire": Rule(floats, "x = float('0.29')", {}, f"{COMMON}exchange/wire.py"),
    "no float touches a price in the domain": Rule(floats, "x = float('0.29')", {}, f"{COMMON}domain/*"),
    "no float touches a price in storage": Rule(floats, "x = float('0.29')", {}, f"{COMMON}storage/*"),
    "the domain is pure": Rule(outsiders, "import msgspec", {}, f"{COMMON}domain/*"),
    "each file says what it is": Rule(undocumented, "x = 1", {}),
    "each waiver has its reason": Rule(bare_waivers, "x = 1  # noqa: E501", {}),
    "no file is long": Rule(long_files, "x = 1\n" * (LONGEST + 1), {}),
}
FORBIDDEN_STEMS = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}


def files(*roots: str) -> list[Path]:
    return sorted(path for root in roots for path in (ROOT / root).rglob("*.py"))


def broken(rule: Rule, sources: Iterable[tuple[str, Source]]) -> list[str]:
    """What breaks a rule, leaving out its exceptions."""
    return [
        f"{path}:{finding}"
        for path, source in sources
        if fnmatch(path, rule.where)
        for finding in rule.find(source)
        if not rule.exempts(path, finding)
    ]


@pytest.fixture(scope="module")
def sources() -> list[tuple[str, Source]]:
    return [
        (str(path.relative_to(ROOT)), parsed(path.read_text(encoding="utf-8"))) for path in files("shared", "services")
    ]


@pytest.mark.parametrize("name", RULES)
def test_the_rule_holds(name: str, sources: list[tuple[str, Source]]) -> None:
    assert broken(RULES[name], sources) == []


@pytest.mark.parametrize("name", RULES)
def test_the_rule_would_be_seen_to_be_broken(name: str) -> None:
    rule = RULES[name]
    planted = "shared/kalshi_common/lock.py" if rule.where == EVERYWHERE else rule.where.replace("*", "new.py")
    assert broken(rule, [(planted, parsed(rule.breaks))])


@pytest.mark.parametrize("name", RULES)
def test_every_exception_is_still_needed(name: str, sources: list[tuple[str, Source]]) -> None:
    rule = RULES[name]
    for pattern in rule.allowed:
        alone = rule._replace(allowed={each: why for each, why in rule.allowed.items() if each != pattern})
        assert broken(alone, sources), f"nothing needs the exception {pattern}"


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = {path.stem for path in files("shared", "services", "tests")}
    assert named & FORBIDDEN_STEMS == set()
    assert {"utils"} & FORBIDDEN_STEMS


def test_no_test_file_is_long() -> None:
    assert [path.name for path in files("tests") if list(long_files(parsed(path.read_text(encoding="utf-8"))))] == []


@pytest.mark.parametrize(
    ("find", "harmless"),
    [
        (
            wire_names,
            'def f():\n    """`yes_bid_dollars` is the wire\'s word."""\n    return micro_dollars(yes_bid_microdollars)',
        ),
        (sql, 'x = "select a market, insert a coin"\ny = "This will COMMITTED"'),
        (environment, "import os\nos.path.join('environ')"),
        (clocks, "async def f(clock): return clock.now(), clock.monotonic(), await clock.sleep(1)"),
        (talk, "def f(log): log.info('printed')"),
        (exceptions, "class Errors(NamedTuple): pass"),
        (floats, "x: float = 1.0"),
        (
            bare_waivers,
            "x = 1  # noqa: E501  # a URL does not wrap\ny = 2  # type: ignore[arg-type]  # names for values",
        ),
    ],
)
def test_what_is_in_order_is_left_in_peace(find: Callable[[Source], Iterator[str]], harmless: str) -> None:
    assert list(find(parsed(harmless))) == []


@pytest.mark.parametrize(
    ("find", "guilty"),
    [
        (wire_names, "x = market.volume_fp"),
        (wire_names, 'x = f"{side}_dollars"'),
        (sql, "import sqlite3"),
        (sql, 'x = """\n  UPDATE markets SET title = 1"""'),
        (environment, "import os\nx = os.getenv('HOME')"),
        (clocks, "from time import monotonic\nx = monotonic()"),
        (clocks, "from datetime import datetime\nx = datetime.now()"),
        (clocks, "import datetime\nx = datetime.date.today()"),
        (clocks, "import asyncio\nasync def f(): await asyncio.sleep(1)"),
        (talk, "import typer\ntyper.echo('x')"),
        (talk, "import sys\nsys.stderr.write('x')"),
        (http, "from aiohttp.web import Request"),
        (exceptions, "class Mine(errors.StorageError): pass"),
        (exceptions, "class Mine(KeyboardInterrupt): pass"),
        (bare_waivers, "x = 1  # noqa"),
        (bare_waivers, "x = 1  # type: ignore[arg-type]"),
        (undocumented, '"""no full stop"""'),
        (outsiders, "import asyncio"),
        (outsiders, "from kalshi_common.clock import Clock"),
    ],
)
def test_each_way_round_a_rule_is_seen(find: Callable[[Source], Iterator[str]], guilty: str) -> None:
    assert list(find(parsed(guilty)))

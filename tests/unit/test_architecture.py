"""The rules of the house that no linter knows, each with its named exceptions and a snippet that breaks it."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING, NamedTuple

import pytest

from support.house_rules import (
    LONGEST,
    Source,
    bare_waivers,
    clocks,
    environment,
    exceptions,
    floats,
    http,
    long_files,
    outsiders,
    parsed,
    sql,
    talk,
    undocumented,
    wire_names,
)
from support.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

COMMON, EVERYWHERE = "shared/kalshi_common/", "*"
SIMULATOR = ("services/simulator/*", "it plays Kalshi, so it speaks Kalshi's language and keeps its own time")


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
        {
            f"{COMMON}exchange/wire*.py": "the border, a file for each kind of answer",
            "services/monitor/metrics.py": "Prometheus's base unit of money, in the names of figures",
            SIMULATOR[0]: SIMULATOR[1],
        },
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
            f"{COMMON}exchange/client.py::asyncio.timeout": "a socket that trickles keeps real time",
            f"{COMMON}exchange/orders_client.py::asyncio.timeout": "likewise",
            "services/analyzer/providers_errors.py::asyncio.timeout": "likewise, of a model provider",
            SIMULATOR[0] + "::asyncio.": SIMULATOR[1],
        },
    ),
    "only commands talk": Rule(talk, "def f(): print('hello')", CLI),
    "HTTP is spoken in one file": Rule(
        http,
        "import aiohttp",
        {
            f"{COMMON}exchange/client.py": "the client",
            f"{COMMON}exchange/orders_client.py": "the client of writes, which shares no path with one that repeats",
            f"{COMMON}notify/channels.py::requests": "it speaks to the operator, never to Kalshi",
            "services/monitor/*::aiohttp": "it answers browsers, and asks nobody",
            SIMULATOR[0]: SIMULATOR[1],
        },
    ),
    "errors are defined in one file": Rule(
        exceptions,
        "class Oops(ValueError): pass",
        {f"{COMMON}errors.py": "it is the place", SIMULATOR[0]: "it shares no code with what it tests"},
    ),
    "no float touches a price in the wire": Rule(floats, "x = float('0.29')", {}, f"{COMMON}exchange/wire*.py"),
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
            'def f():\n    """`yes_bid_dollars` is a wire word."""\n    return micro_dollars(yes_bid_microdollars)',
        ),
        (sql, 'x = "select a market, insert a coin"\ny = "This will COMMITTED"'),
        (sql, "if TYPE_CHECKING:\n    import sqlite3"),
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

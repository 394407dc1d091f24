"""docs/schema.md against a freshly migrated database, in both directions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.data_dir import rows
from support.processes import ROOT

if TYPE_CHECKING:
    from kalshi_common.storage.database import Database

    Column = tuple[str, str, str]

TEXT = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
UNITS = {
    "_microdollars": "micro-dollars",
    "_hundredths": "hundredths of a contract",
    "_utc": "UTC",
    "_s": "seconds",
    "_dollars": "dollars",
}


def told(text: str = TEXT) -> dict[str, list[list[str]]]:
    """Each table's rows on the page, the cells of each."""
    found = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        name = section.split()[0]
        lines = [line for line in section.splitlines() if line.startswith("| ")][2:]
        if lines:
            found[name] = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return found


def made(database: Database) -> dict[str, list[Column]]:
    """Each table's columns in the database: name, type, and whether NULL may stand there."""
    tables = rows(database, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name")
    return {
        name: [
            (column, kind or "REAL", "no" if not_null else "yes")
            for _, column, kind, not_null, _, _ in rows(database, f"PRAGMA table_info({name})")
        ]
        for (name,) in tables
        if "yoyo" not in name
    }


def test_the_page_tells_every_table_and_view_and_no_other(database: Database) -> None:
    assert sorted(told()) == sorted(made(database))


@pytest.mark.parametrize("table", told())
def test_the_page_tells_every_column_with_its_type_in_the_tables_order(database: Database, table: str) -> None:
    assert [tuple(cells[:3]) for cells in told()[table]] == made(database)[table]


@pytest.mark.parametrize("table", told())
def test_every_column_has_a_meaning_and_a_source(table: str) -> None:
    for cells in told()[table]:
        assert len(cells) == 5
        assert all(cells)


@pytest.mark.parametrize("table", told())
def test_a_column_that_names_its_unit_is_told_in_that_unit(table: str) -> None:
    for column, _, _, meaning, _ in told()[table]:
        for suffix, unit in UNITS.items():
            if column.endswith(suffix):
                assert unit in meaning, column
                break


def test_yoyos_own_tables_are_named(database: Database) -> None:
    for (name,) in rows(database, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%yoyo%'"):
        assert f"`{name}`" in TEXT


def test_every_word_a_check_allows_stands_on_the_page(database: Database) -> None:
    for name, statement in rows(
        database, "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%CHECK (%'"
    ):
        section = TEXT.split(f"## {name}\n")[1].split("\n## ")[0]
        for words in re.findall(r"CHECK \(\w+ IN \(([^)]*)\)", statement):
            for word in re.findall(r"'(\w+)'", words):
                assert f"`{word}`" in section, (name, word)


def test_no_key_may_be_null(database: Database) -> None:
    """SQLite lets NULL into a TEXT PRIMARY KEY unless told otherwise."""
    for table in (name for name in made(database) if name != "snapshots"):
        keys = [row for row in rows(database, f"PRAGMA table_info({table})") if row[5]]
        assert keys
        assert all(not_null for _, _, _, not_null, _, _ in keys), table


def test_a_column_that_is_missing_from_the_page_would_be_seen(database: Database) -> None:
    without = told("\n".join(line for line in TEXT.splitlines() if not line.startswith("| last_error ")))
    assert [tuple(cells[:3]) for cells in without["status"]] != made(database)["status"]

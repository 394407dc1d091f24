"""The hash of a table: equal for equal rows whatever the file looks like, another for any other row."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.storage.row_digest import TableDigest, table_digests

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(),
)
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=5)


def digest(rows: Sequence[tuple[object, ...]], *, create: str = "CREATE TABLE t (a, b)") -> TableDigest:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(create)
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        return table_digests(connection)["t"]


def test_the_hash_is_the_documented_one_so_that_anyone_can_compute_it_again() -> None:
    written = b"i7,s7:\xc3\xbcbung!" + b"nr0.25," + b"s2:\x00\xff" + b"i-1,"
    assert digest([(7, "übung!"), (None, 0.25), (b"\x00\xff", -1)]) == TableDigest(
        3, hashlib.blake2b(written, digest_size=32).hexdigest()
    )


def test_a_table_without_rows_has_a_hash_too() -> None:
    assert digest([]) == TableDigest(0, hashlib.blake2b(b"", digest_size=32).hexdigest())


@pytest.mark.parametrize(
    "key", ["a INTEGER PRIMARY KEY NOT NULL, b", "a TEXT PRIMARY KEY NOT NULL, b", "a, b, PRIMARY KEY (b, a)"]
)
def test_rows_are_hashed_in_the_order_of_the_key_not_in_that_of_their_coming(key: str) -> None:
    rows = [(str(number), f"{number * 7 % 10}") for number in range(10)]
    create = f"CREATE TABLE t ({key})"
    assert digest(rows, create=create) == digest(rows[::-1], create=create)


def test_a_table_of_more_rows_than_are_read_at_once_is_hashed_whole() -> None:
    rows = [(number, "x") for number in range(1001)]
    assert digest(rows).rows == 1001
    assert digest(rows) != digest([*rows[:-1], (1000, "y")])


def test_names_that_must_be_quoted_and_views_and_indexes_do_no_harm() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(
            """CREATE TABLE "order ""by"" 1" ("group" TEXT PRIMARY KEY NOT NULL, b);
               CREATE VIEW v AS SELECT 1; CREATE INDEX i ON "order ""by"" 1" (b);"""
        )
        connection.row_factory = sqlite3.Row
        before = table_digests(connection)
        assert sorted(before) == ['order "by" 1', "sqlite_schema"]
        connection.execute("DROP INDEX i")
        assert table_digests(connection)["sqlite_schema"] != before["sqlite_schema"]
        assert connection.execute("SELECT 'text'").fetchone()[0] == "text", "the connection is as it was"


@given(ROWS, ROWS)
def test_two_tables_have_one_hash_exactly_when_their_rows_are_the_same(
    one: list[tuple[object, ...]], other: list[tuple[object, ...]]
) -> None:
    assert digest(one) == digest(list(one))
    assert (digest(one) == digest(other)) == (_stored(one) == _stored(other))


def _stored(rows: list[tuple[object, ...]]) -> list[list[tuple[str, bytes]]]:
    """How SQLite keeps the rows; a text and a blob of the same bytes count as the same."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (a, b)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        connection.text_factory = bytes
        return [[(type(v).__name__, repr(v).encode()) for v in row] for row in connection.execute("SELECT a, b FROM t")]

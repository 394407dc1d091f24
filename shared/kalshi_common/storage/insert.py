"""The two ways a record becomes a row: added once, or kept on change. Columns are the record's own field names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


def write_rows(connection: sqlite3.Connection, statement: str, rows: Iterable[tuple[object, ...]]) -> int:
    """Run a statement for each row; return how many rows it added or changed."""
    # Plain tuples: sqlite3 reads any other kind of row, a NamedTuple too, item by item, at a fifth more of the cost.
    return max(connection.executemany(statement, map(tuple, rows)).rowcount, 0)  # -1 where there was no row


def insert_once(table: str, columns: tuple[str, ...]) -> str:
    """Write an INSERT that leaves an existing row as it is."""
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING"


def upsert(table: str, columns: tuple[str, ...], *, key: tuple[str, ...], keep: tuple[str, ...] = ()) -> str:
    """Write an INSERT that updates an existing row's columns, but for those in `key` and `keep`."""
    marks = ", ".join("?" * len(columns))
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key + keep)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {updates}"
    )

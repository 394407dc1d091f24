"""The two ways a record becomes a row: added once, or kept on change. Columns are the record's own field names."""

from __future__ import annotations


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

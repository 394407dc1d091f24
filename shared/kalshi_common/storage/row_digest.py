"""What a database holds, as one number and one hash for each table: the proof that a copy is equal, row by row.

The hash of a table is BLAKE2b (32 bytes) over its rows in the order of the primary key (of rowid without one), the
columns of a row in the table's order. NULL is written `n`, an INTEGER `i7,`, a REAL `r0.25,` (the shortest decimal
that reads back the same), a TEXT or BLOB `s3:abc` with its length in bytes; so no two rows are written alike.
The schema itself is hashed as the table `sqlite_schema`: type, name, table and statement of all that was created.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

SCHEMA = "sqlite_schema"
_ROWS_AT_ONCE = 200


class TableDigest(NamedTuple):
    """A table's number of rows, and the hash over them in hexadecimal."""

    rows: int
    blake2b: str


def table_digests(connection: sqlite3.Connection) -> dict[str, TableDigest]:
    """Count and hash the rows of every table, by its name.

    The connection should be inside a read transaction, or the tables are not of one instant.
    """
    found = {SCHEMA: _digest(connection, f"SELECT type, name, tbl_name, sql FROM {SCHEMA} ORDER BY type, name")}
    for table in _tables(connection):
        found[table] = _digest(connection, f"SELECT * FROM {_quoted(table)} ORDER BY {_key(connection, table)}")
    return found


def _tables(connection: sqlite3.Connection) -> list[str]:
    named = connection.execute(
        f"SELECT name FROM {SCHEMA} WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    return [row[0] for row in named]


def _key(connection: sqlite3.Connection, table: str) -> str:
    columns = connection.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,))
    return ", ".join(_quoted(row[0]) for row in columns) or "rowid"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _digest(connection: sqlite3.Connection, query: str) -> TableDigest:
    rows, digest = 0, hashlib.blake2b(digest_size=32)
    cursor = connection.cursor()
    cursor.row_factory = None
    text_factory, connection.text_factory = connection.text_factory, bytes  # the file's own bytes, whatever they are
    try:
        cursor.execute(query)
        while some := cursor.fetchmany(_ROWS_AT_ONCE):
            rows += len(some)
            digest.update(_written(some))
    finally:
        connection.text_factory = text_factory
    return TableDigest(rows, digest.hexdigest())


def _written(rows: Iterable[tuple[Any, ...]]) -> bytes:
    parts: list[bytes] = []
    for row in rows:
        for value in row:
            if type(value) is bytes:
                parts += (b"s%d:" % len(value), value)
            elif value is None:
                parts.append(b"n")
            elif type(value) is int:
                parts.append(b"i%d," % value)
            else:
                parts.append(b"r%r," % value)
    return b"".join(parts)

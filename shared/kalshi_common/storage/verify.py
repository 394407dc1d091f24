"""Whether a database is sound: the live file as it is, or a backup against its manifest. It changes nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.errors import StorageError
from kalshi_common.storage.database import DATABASE_NAME, read_only, reading, translated
from kalshi_common.storage.disk import sha256_of
from kalshi_common.storage.manifest import Manifest, read_manifest
from kalshi_common.storage.migrate import applied_in, known, objects_of, refuse_newer
from kalshi_common.storage.row_digest import TableDigest, table_digests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Contents(NamedTuple):
    """What a sound database file holds; `schema_version` is 0 before the first migration."""

    schema_version: int
    migrations: list[str]
    tables: dict[str, TableDigest]


class Soundness(NamedTuple):
    """What was found of a sound live database: its version, what is still to apply, and objects that are not ours."""

    schema_version: int
    pending: list[str]
    foreign: list[str]


def verify_live(data_dir: Path) -> Soundness:
    """Check the live database: structure, indexes against tables, schema. It keeps no writer waiting.

    Raises:
        SchemaError: it was written by a newer version.
        StorageError: there is none, it is damaged, or something the migrations made is missing.
    """
    path = data_dir / DATABASE_NAME
    with reading(data_dir) as connection:
        connection.execute("BEGIN")
        _require_integrity(connection, path)
        applied = applied_in(connection)
        refuse_newer(applied, path)
        there = {f"{row[0]} {row[1]}" for row in connection.execute("SELECT type, name FROM sqlite_schema")}
        version = _schema_version(connection)
    ours = objects_of(applied)
    if missing := sorted(ours - there):
        raise StorageError(f"{path}: {missing[0]} is missing, somebody removed it; restore a backup")
    foreign = sorted(each for each in there - ours if "yoyo" not in each and "sqlite_" not in each)
    return Soundness(version, [name for name in known() if name not in applied], foreign)


def verify_backup(backup: Path) -> Manifest:
    """Check a backup against its manifest, byte by byte and row by row; return the manifest.

    Raises:
        StorageError: the file or its manifest is missing or damaged, or they differ; the first table that differs is
            named.
    """
    manifest = read_manifest(backup)
    found = sha256_of(backup)
    if found != manifest.sha256 and (renewed := read_manifest(backup)) != manifest:
        manifest, found = renewed, sha256_of(backup)  # that day's backup was taken again at this very instant
    contents = contents_of(backup)
    require_equal(manifest.tables, contents.tables, backup)
    if found != manifest.sha256:
        raise StorageError(
            f"{backup}: its bytes are not those the manifest tells, though each row is; take another backup"
        )
    return manifest


def contents_of(path: Path) -> Contents:
    """Read all of a database file that nobody writes: its integrity, schema and rows. It makes no file beside it.

    Raises:
        StorageError: it cannot be read, or is damaged.
    """
    with unwritten(path) as connection:
        _require_integrity(connection, path)
        return Contents(_schema_version(connection), sorted(applied_in(connection)), table_digests(connection))


@contextlib.contextmanager
def unwritten(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a read-only connection to a file that nobody writes, also on a medium that cannot be written.

    Raises:
        StorageError: it cannot be read, or is damaged.
    """
    with translated(path):
        # `immutable`: no lock and no file beside it. Whoever writes to a backup makes it differ from its manifest.
        uri = f"{read_only(path)}&immutable=1"
        with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            yield connection


def require_equal(expected: Mapping[str, TableDigest], found: Mapping[str, TableDigest], path: Path) -> None:
    """Compare the digests of two databases.

    Raises:
        StorageError: they differ; the first table that does is named.
    """
    for table in sorted({*expected, *found}):
        one, other = expected.get(table), found.get(table)
        if one != other:
            raise StorageError(f"{path}: table {table} differs: {_difference(one, other)}; take another backup")


def _difference(expected: TableDigest | None, found: TableDigest | None) -> str:
    if expected is None or found is None:
        return "it is missing" if found is None else "it should not be there"
    if expected.rows != found.rows:
        return f"{found.rows} rows instead of {expected.rows}"
    return f"its {found.rows} rows are not the same"


def _require_integrity(connection: sqlite3.Connection, path: Path) -> None:
    # Not quick_check, which is 2.5 times as fast: it does not compare indexes with their tables, and an index that
    # lacks a row hides it from every query and lets it be stored twice. The rows' hashes cannot see that either.
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise StorageError(f"{path} is damaged: {' '.join(str(found).split())}; keep the file, and restore a backup")


def _schema_version(connection: sqlite3.Connection) -> int:
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'").fetchone():
        return 0
    return int(connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()[0])

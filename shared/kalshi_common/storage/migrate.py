"""Schema migrations with yoyo: which are pending, and applying them. It changes no data by itself."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from kalshi_common.errors import SchemaError
from kalshi_common.storage.database import DATABASE_NAME, Database, database_exists, reading, translated, writer_lock

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from typing import Literal

_FOLDER = Path(__file__).parent / "migrations"
_MADE = re.compile(r"^CREATE (?:UNIQUE )?(TABLE|INDEX|VIEW|TRIGGER) IF NOT EXISTS (\w+)", re.MULTILINE)


def known() -> list[str]:
    """List the migrations of this program, oldest first.

    Raises:
        SchemaError: the program was installed without its migrations.
    """
    found = sorted(path.stem for path in _FOLDER.glob("[0-9]*.sql"))
    if not found:
        raise SchemaError(f"no migration in {_FOLDER}: the program is not fully installed; build the image again")
    return found


def pending(data_dir: Path) -> list[str]:
    """List the migrations a database still lacks, oldest first; all of them where there is no database.

    Raises:
        SchemaError: the database was made by a newer program.
        StorageError: the database cannot be read.
    """
    ours = known()
    if not database_exists(data_dir):
        return ours
    with reading(data_dir) as connection:
        applied = applied_in(connection)
    refuse_newer(applied, data_dir / DATABASE_NAME)
    return [name for name in ours if name not in applied]


def applied_in(connection: sqlite3.Connection) -> set[str]:
    """Name the migrations that a database is marked with."""
    marked = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = '_yoyo_migration'").fetchone()
    found = connection.execute("SELECT migration_id FROM _yoyo_migration") if marked else ()
    return {row[0] for row in found}


def refuse_newer(applied: Iterable[str], path: Path) -> None:
    """Let only a database pass whose migrations this program knows.

    Raises:
        SchemaError: it was made by a newer program.
    """
    if newer := sorted(set(applied) - set(known())):
        raise SchemaError(
            f"{path} has migrations this program does not know ({', '.join(newer)}): "
            "it was written by a newer version; run that version, or restore a backup"
        )


def objects_of(migrations: Iterable[str]) -> set[str]:
    """List what migrations make, as `table cycles` or `index cycles_by_start`."""
    texts = [(_FOLDER / f"{name}.sql").read_text(encoding="utf-8") for name in migrations]
    made = (_MADE.findall(text) for text in texts)
    return {f"{kind.lower()} {name}" for found in made for kind, name in found}


def migrate(data_dir: Path) -> list[str]:
    """Apply what is pending and return its names. Does nothing, and does not load yoyo, where nothing is.

    Raises:
        SchemaError: the database was made by a newer program.
        StorageError: the database cannot be read or written.
    """
    if not pending(data_dir):
        return []
    lock = writer_lock(data_dir)
    with contextlib.closing(lock), lock.held(), translated(data_dir / DATABASE_NAME):
        return _apply(data_dir / DATABASE_NAME)


def open_database(data_dir: Path, *, synchronous: Literal["FULL", "NORMAL"] = "FULL") -> tuple[Database, list[str]]:
    """Open the database with its schema up to date; return it and the migrations just applied.

    Raises:
        SchemaError: the database was made by a newer program.
        StorageError: the database cannot be opened, read or written.
    """
    database = Database(data_dir, synchronous=synchronous)  # first: WAL must be set before yoyo connects
    try:
        return database, migrate(data_dir)
    except BaseException:
        database.close()
        raise


def _apply(path: Path) -> list[str]:
    from yoyo import get_backend, read_migrations  # noqa: PLC0415  # 0.1 s only when pending

    # yoyo asks for the user's name, which a numeric uid in a container does not have.
    os.environ["LOGNAME"] = os.environ.get("LOGNAME") or "kalshi"
    with get_backend(f"sqlite:///{quote(str(path.resolve()))}") as backend:
        backend.break_lock()  # we hold the writer lock, so a row left here is a dead process's
        backend.ensure_internal_schema_updated()
        migrations = read_migrations(str(_FOLDER))
        with backend.lock(timeout=5):
            todo = backend.to_apply(migrations)
            names = [migration.id for migration in todo]
            backend.apply_migrations(todo)
            return names

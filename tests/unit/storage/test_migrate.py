"""Bringing the schema up to date: once, again, after every way to be interrupted, and never backwards."""

from __future__ import annotations

import re
import shutil
import sqlite3
import sys
import tempfile
import warnings
from contextlib import closing
from pathlib import Path

import pytest

from kalshi_common.errors import SchemaError, StorageError
from kalshi_common.storage import migrate as module
from kalshi_common.storage.database import DATABASE_NAME, Database, reading
from kalshi_common.storage.migrate import known, migrate, open_database, pending
from support.data_dir import as_root, child, ended, open_files, rows
from support.processes import environment

ALL = known()
_OPEN = """
import sys
from pathlib import Path
from kalshi_common.storage.migrate import open_database

database, applied = open_database(Path(sys.argv[1]))
database.close()
print(*applied, sep=",")
print("yoyo" in sys.modules)
"""
_OPEN_AS_NOBODY = """
import os, sys, tempfile
from pathlib import Path
from kalshi_common.storage.migrate import open_database, pending

given = dict(os.environ)
with tempfile.TemporaryDirectory() as name:  # loads all it needs while this user may still read Python's own folder
    open_database(Path(name))[0].close()
os.environ.clear()
os.environ.update(given)
os.setgroups([]); os.setgid(54321); os.setuid(54321)
database, applied = open_database(Path(sys.argv[1]))
database.close()
print(applied, pending(Path(sys.argv[1])))
"""


def run(data_dir: Path, sql: str) -> None:
    """Change a database behind the program's back."""
    with closing(sqlite3.connect(data_dir / DATABASE_NAME)) as connection, connection:
        connection.execute(sql)


def shape(data_dir: Path) -> list[tuple[str, ...]]:
    with reading(data_dir) as connection:
        return [tuple(row) for row in connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name")]


def opened(data_dir: Path) -> list[str]:
    database, applied = open_database(data_dir)
    database.close()
    return applied


def test_a_fresh_directory_gets_every_migration_and_a_second_start_none(tmp_path: Path) -> None:
    assert known() == ALL
    assert pending(tmp_path) == ALL
    assert opened(tmp_path) == ALL
    assert pending(tmp_path) == []
    before = shape(tmp_path)
    assert opened(tmp_path) == []
    assert shape(tmp_path) == before


def test_asking_what_is_pending_makes_no_file(tmp_path: Path) -> None:
    assert pending(tmp_path) == ALL
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_was_opened_and_never_migrated_still_needs_all(tmp_path: Path) -> None:
    Database(tmp_path).close()
    assert pending(tmp_path) == ALL
    assert opened(tmp_path) == ALL


def test_the_version_can_be_read_by_anyone(tmp_path: Path) -> None:
    opened(tmp_path)
    with reading(tmp_path) as connection:
        version, applied_at = connection.execute(
            "SELECT version, applied_at_utc FROM schema_version ORDER BY version DESC"
        ).fetchone()
    assert version == len(ALL)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", applied_at)


def test_every_migration_tells_the_version_of_its_number() -> None:
    for name in known():
        text = (module._FOLDER / f"{name}.sql").read_text()  # noqa: SLF001  # the folder is no one else's business
        assert f"INSERT INTO schema_version (version, applied_at_utc) VALUES ({int(name[:4])}," in text


def test_a_database_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    opened(tmp_path)
    run(tmp_path, "INSERT INTO _yoyo_migration (migration_hash, migration_id) VALUES ('x', '0999_from_the_future')")
    before = shape(tmp_path)
    for asking in (pending, migrate, opened):
        with pytest.raises(
            SchemaError, match=r"0999_from_the_future\): it was written by a newer version; run that"
        ) as caught:
            asking(tmp_path)
        assert "\n" not in str(caught.value)
    assert shape(tmp_path) == before


def test_a_process_killed_between_applying_and_marking_is_recovered_from(tmp_path: Path) -> None:
    opened(tmp_path)
    before = shape(tmp_path)
    run(tmp_path, "DELETE FROM _yoyo_migration")
    run(tmp_path, "INSERT INTO cycles (cycle_id, mode, version, host, snapshot_hour_utc, started_at_utc, outcome)"
        " VALUES ('c', 'collect', '1', 'h', 'x', 'x', 'ok')")  # fmt: skip
    assert pending(tmp_path) == ALL
    assert opened(tmp_path) == ALL
    assert shape(tmp_path) == before
    with reading(tmp_path) as connection:
        assert connection.execute("SELECT count(*) FROM cycles").fetchone()[0] == 1
        assert connection.execute("SELECT count(*) FROM schema_version").fetchone()[0] == len(ALL)


def test_a_process_killed_in_the_middle_of_the_tables_is_recovered_from(tmp_path: Path) -> None:
    opened(tmp_path)
    whole = shape(tmp_path)
    run(tmp_path, "DELETE FROM _yoyo_migration")
    for lost in ("DROP VIEW snapshots", "DROP TABLE status", "DROP TABLE schema_version", "DROP INDEX cycles_by_start"):
        run(tmp_path, lost)
    assert opened(tmp_path) == ALL
    assert shape(tmp_path) == whole


def test_the_lock_row_a_killed_migration_left_is_broken(tmp_path: Path) -> None:
    opened(tmp_path)
    run(tmp_path, "DELETE FROM _yoyo_migration")
    run(tmp_path, "INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, '2026-11-23 05:00:00', 1)")
    assert opened(tmp_path) == ALL
    with reading(tmp_path) as connection:
        assert connection.execute("SELECT count(*) FROM yoyo_lock").fetchone()[0] == 0


def test_yoyo_is_loaded_only_when_something_is_pending(tmp_path: Path) -> None:
    assert ended(child(_OPEN, tmp_path)) == (0, f"{','.join(ALL)}\nTrue\n", "")
    assert ended(child(_OPEN, tmp_path)) == (0, "\nFalse\n", "")


def test_two_processes_that_start_on_a_fresh_volume_migrate_it_once(tmp_path: Path) -> None:
    endings = [ended(process) for process in [child(_OPEN, tmp_path) for _ in range(4)]]
    assert [(code, err) for code, _, err in endings] == [(0, "")] * 4
    assert [out.splitlines()[0] for _, out, _ in endings].count(",".join(ALL)) == 1
    assert pending(tmp_path) == []


@as_root
@pytest.mark.parametrize("logname", [None, ""])
def test_a_numeric_user_without_a_name_can_migrate(logname: str | None) -> None:
    env = {name: text for name, text in environment().items() if name not in {"LOGNAME", "USER", "LNAME", "USERNAME"}}
    if logname is not None:
        env["LOGNAME"] = logname
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        Path(name).chmod(0o777)
        assert ended(child(_OPEN_AS_NOBODY, name, env=env)) == (0, f"{ALL} []\n", "")


def test_a_program_installed_without_its_migrations_refuses_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path / "data")
    empty = tmp_path / "migrations"
    empty.mkdir()
    monkeypatch.setattr(module, "_FOLDER", empty)
    for asking in (pending, migrate, opened):
        with pytest.raises(SchemaError, match="the program is not fully installed; build the image again"):
            asking(tmp_path / "data")


def test_a_later_migration_is_applied_over_the_rows_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path)
    run(tmp_path, "INSERT INTO status VALUES ('collect', NULL, NULL, 'c', 1.5, NULL)")
    folder = tmp_path / "migrations"
    shutil.copytree(module._FOLDER, folder)  # noqa: SLF001
    (folder / "0999_more.sql").write_text(
        "CREATE TABLE IF NOT EXISTS more (n INTEGER);\n"
        "INSERT INTO schema_version (version, applied_at_utc) VALUES (999, 'then') ON CONFLICT DO NOTHING;\n"
    )
    monkeypatch.setattr(module, "_FOLDER", folder)
    assert pending(tmp_path) == ["0999_more"]
    database, applied = open_database(tmp_path)
    with database:
        assert applied == ["0999_more"]
        assert rows(database, "SELECT max(version) FROM schema_version") == [(999,)]
        assert rows(database, "SELECT mode FROM status") == [("collect",)]


def test_a_migration_that_fails_changes_nothing_and_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path)
    before = shape(tmp_path)
    folder = tmp_path / "migrations"
    shutil.copytree(module._FOLDER, folder)  # noqa: SLF001
    (folder / "0002_broken.sql").write_text("CREATE TABLE half (n INTEGER);\nINSERT INTO nowhere VALUES (1);\n")
    monkeypatch.setattr(module, "_FOLDER", folder)
    for _ in range(2):
        with pytest.raises(StorageError, match=r"kalshi\.sqlite: no such table: nowhere") as caught:
            opened(tmp_path)
        assert "\n" not in str(caught.value)
    assert shape(tmp_path) == before
    assert pending(tmp_path) == ["0002_broken"]


def test_a_file_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    opened(tmp_path)
    with (tmp_path / DATABASE_NAME).open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 8000)
    with pytest.raises(StorageError, match="malformed"):
        pending(tmp_path)


_ASK_AS_NOBODY = """
import os, sys
from pathlib import Path
from kalshi_common.errors import StorageError
from kalshi_common.storage.migrate import pending

os.setgroups([]); os.setgid(54321); os.setuid(54321)
try:
    print(pending(Path(sys.argv[1])))
except StorageError as error:
    print(error)
"""


@as_root
@pytest.mark.parametrize(
    ("folder", "file"), [(0o755, 0o600), (0o755, 0o644)], ids=["closed file", "folder closed to the WAL's own files"]
)
def test_a_file_the_user_may_not_read_is_not_taken_for_an_empty_one(folder: int, file: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        opened(Path(name))
        (Path(name) / DATABASE_NAME).chmod(file)
        Path(name).chmod(folder)
        code, out, err = ended(child(_ASK_AS_NOBODY, name))
    assert (code, err) == (0, "")
    assert "; check the volume, its owner" in out


def test_migrating_closes_what_it_opened(tmp_path: Path) -> None:
    opened(tmp_path / "first")  # what is opened once for all is open now
    before = open_files()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n in range(3):
            opened(tmp_path / str(n))
    assert open_files() == before
    assert "yoyo" in sys.modules

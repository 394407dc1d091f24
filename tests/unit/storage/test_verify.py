"""What a verification sees, and that it changes nothing, not even where it could."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from kalshi_common.errors import SchemaError, StorageError
from kalshi_common.storage.database import DATABASE_NAME
from kalshi_common.storage.manifest import read_manifest, write_manifest
from kalshi_common.storage.migrate import known, objects_of
from kalshi_common.storage.verify import verify_backup, verify_live
from support.data_dir import HOUR, as_root, child, ended, migrated
from support.safekeeper import Safekeeper, add_hour, files

_HARM = {
    "UPDATE market_snapshots SET yes_bid_microdollars = 1 WHERE snapshot_id = 7":
        "table market_snapshots differs: its 30 rows are not the same",
    "DELETE FROM market_snapshots WHERE snapshot_id = 7": "table market_snapshots differs: 29 rows instead of 30",
    "INSERT INTO series_copy SELECT 1": "table series_copy differs",
    "DROP TABLE outcomes": "table outcomes differs: it is missing",
    "CREATE TABLE notes (n)": "table notes differs: it should not be there",
    "DROP INDEX market_snapshots_by_hour": "table sqlite_schema differs: ",
    "PRAGMA user_version = 7": "its bytes are not those the manifest tells, though each row is",
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("made")
    with migrated(data_dir) as database:
        add_hour(database, HOUR)
        with database.write() as connection:
            connection.execute("CREATE TABLE series_copy (n)")
    Safekeeper(data_dir).back_up()
    return data_dir


@pytest.fixture
def data_dir(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def backup(data_dir: Path) -> Path:
    return data_dir / "backups" / "kalshi_20261123.sqlite"


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as shell, shell:
        shell.execute(statement)


@pytest.mark.parametrize("statement", _HARM)
def test_any_change_to_a_backup_is_seen_and_the_first_table_that_differs_is_named(backup: Path, statement: str) -> None:
    verify_backup(backup)
    change(backup, statement)
    with pytest.raises(StorageError) as caught:
        verify_backup(backup)
    assert _HARM[statement] in str(caught.value)
    assert str(caught.value).startswith(str(backup))


def test_each_byte_that_turns_in_the_file_is_seen(backup: Path) -> None:
    good = backup.read_bytes()
    for place in range(0, len(good), len(good) // 40):
        backup.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(StorageError):
            verify_backup(backup)


def test_verifying_changes_no_file_and_makes_none_beside_a_backup(data_dir: Path, backup: Path) -> None:
    before, shelf = files(data_dir), files(backup.parent)
    verify_backup(backup)
    verify_live(data_dir)
    assert files(backup.parent) == shelf
    assert before.items() <= files(data_dir).items(), "a reader of the live file has SQLite's own files beside it"


_AS_NOBODY = """
import os, sys
from pathlib import Path
from kalshi_common.storage.verify import verify_backup

os.setuid(54321)
print(verify_backup(Path(sys.argv[1])).file)
"""


@as_root
def test_a_backup_can_be_verified_where_nothing_can_be_written(data_dir: Path) -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        shelf = Path(name) / "shelf"
        shutil.copytree(data_dir / "backups", shelf)
        Path(name).chmod(0o755)
        shelf.chmod(0o555)
        assert ended(child(_AS_NOBODY, shelf / "kalshi_20261123.sqlite")) == (0, "kalshi_20261123.sqlite\n", "")


def test_a_backup_that_is_taken_again_while_it_is_verified_is_verified_again(data_dir: Path, backup: Path) -> None:
    """The manifest that was read first is then no longer the one beside the file."""
    keeper = Safekeeper(data_dir)
    first = read_manifest(backup)
    second = keeper.back_up().manifest
    write_manifest(backup.with_suffix(".manifest.json"), first)
    with pytest.raises(StorageError, match="table maintenance differs: 1 rows instead of 0"):
        verify_backup(backup)
    write_manifest(backup.with_suffix(".manifest.json"), second)
    assert verify_backup(backup) == second


def test_a_fresh_live_database_is_sound_and_nothing_in_it_is_foreign(tmp_path: Path) -> None:
    migrated(tmp_path).close()
    sound = verify_live(tmp_path)
    assert (sound.pending, sound.foreign) == ([], [])
    assert sound.schema_version == len(known())
    assert len(objects_of(known())) > 20


def test_what_is_not_ours_is_named_and_what_of_ours_is_missing_fails(data_dir: Path) -> None:
    assert verify_live(data_dir).foreign == ["table series_copy"]
    change(data_dir / DATABASE_NAME, "DROP INDEX cycles_by_start")
    with pytest.raises(StorageError, match="index cycles_by_start is missing, somebody removed it; restore a backup"):
        verify_live(data_dir)


def test_an_index_that_lacks_a_row_is_found_in_the_live_database(data_dir: Path) -> None:
    to = "UPDATE sqlite_schema SET sql = {} WHERE name = 'market_snapshots_by_hour'"
    with closing(sqlite3.connect(data_dir / DATABASE_NAME, isolation_level=None)) as shell:
        shell.execute("PRAGMA writable_schema = ON")
        shell.execute(to.format("sql || ' WHERE status = 1'"))
        shell.execute("PRAGMA writable_schema = RESET")
        shell.execute("DELETE FROM market_snapshots WHERE snapshot_id = 7")
        shell.execute("PRAGMA writable_schema = ON")
        shell.execute(to.format("replace(sql, ' WHERE status = 1', '')"))
    with pytest.raises(StorageError, match="is damaged: wrong # of entries in index market_snapshots_by_hour"):
        verify_live(data_dir)


def test_a_live_database_of_a_newer_version_is_told(data_dir: Path) -> None:
    change(
        data_dir / DATABASE_NAME,
        "INSERT INTO _yoyo_migration (migration_hash, migration_id) VALUES ('x', '9999_future')",
    )
    with pytest.raises(SchemaError, match="written by a newer version"):
        verify_live(data_dir)

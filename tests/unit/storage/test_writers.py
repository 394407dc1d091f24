"""Several real processes on one database: nobody is ever told it is locked, nothing committed is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import StorageError
from kalshi_common.storage import writer_lock
from kalshi_common.storage.database import DATABASE_NAME, Database, reading
from kalshi_common.storage.writer_lock import WriterLock
from support.data_dir import child, ended

if TYPE_CHECKING:
    from pathlib import Path

_WRITER = """
import sys
from pathlib import Path
from kalshi_common.storage.database import Database

data_dir, name, per_opening = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for first in range(0, 300, per_opening):
    with Database(data_dir) as database:
        for n in range(first, first + per_opening):
            with database.write() as connection:
                connection.execute("INSERT INTO notes VALUES (?, ?)", (name, n))
"""
_READER = """
import sys
from pathlib import Path
from kalshi_common.storage.database import reading

seen = 0
for _ in range(1_000_000):  # no orphan runs for ever
    if seen == 600:
        break
    with reading(Path(sys.argv[1])) as connection:
        for _ in range(10):
            found = connection.execute("SELECT count(*) FROM notes").fetchone()[0]
            assert found >= seen, (found, seen)
            seen = found
print(seen)
"""
_HANGS = """
import sys
from pathlib import Path
from kalshi_common.storage.database import Database

with Database(Path(sys.argv[1])) as database:
    with database.write() as connection:
        connection.execute("INSERT INTO notes VALUES ('before', 0)")
    with database.write() as connection:
        connection.execute("PRAGMA cache_size = 5")  # so that the unfinished transaction spills into the WAL
        connection.executemany("INSERT INTO notes VALUES ('torn', ?)", [(n,) for n in range(20_000)])
        print("inside", flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    with Database(tmp_path) as database, database.write() as connection:
        connection.execute("CREATE TABLE notes (name TEXT, n INTEGER)")
    return tmp_path


def count(data_dir: Path) -> int:
    with reading(data_dir) as connection:
        found: int = connection.execute("SELECT count(*) FROM notes").fetchone()[0]
        return found


@pytest.mark.parametrize("per_opening", [300, 20], ids=["one opening", "opened and closed again and again"])
def test_two_processes_write_300_transactions_each_and_a_reader_watches_without_one_error(
    data_dir: Path, per_opening: int
) -> None:
    everyone = [child(_WRITER, data_dir, name, per_opening) for name in ("a", "b")] + [child(_READER, data_dir)]
    endings = [ended(process) for process in everyone]
    assert endings == [(0, "", ""), (0, "", ""), (0, "600\n", "")]
    with reading(data_dir) as connection:
        assert connection.execute("SELECT count(*) FROM (SELECT DISTINCT name, n FROM notes)").fetchone()[0] == 600
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_writer_killed_inside_a_transaction_leaves_all_before_it_and_nothing_of_it(data_dir: Path) -> None:
    process = child(_HANGS, data_dir)
    assert process.stdout is not None
    assert process.stdout.readline() == "inside\n"
    assert (data_dir / f"{DATABASE_NAME}-wal").stat().st_size > 100_000, "the torn pages are in the WAL"
    assert count(data_dir) == 1, "a reader sees nothing of it meanwhile"
    process.kill()
    assert ended(process)[0] == -9
    assert count(data_dir) == 1
    with Database(data_dir) as database:
        with database.write() as connection:
            connection.execute("INSERT INTO notes VALUES ('after', 0)")
        with database.read() as connection:
            assert connection.execute("SELECT name FROM notes").fetchall() == [("before",), ("after",)]
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_nobody_writes_while_another_process_holds_the_writer_lock(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Database(data_dir) as database:
        process = child(_HANGS, data_dir)
        assert process.stdout is not None
        process.stdout.readline()
        monkeypatch.setattr(writer_lock, "_PATIENCE_POLLS", 3)
        with pytest.raises(StorageError, match=r"writing under .*writer\.lock for two minutes"), database.write():
            pytest.fail("two writers at once")
        process.kill()
        ended(process)
        with database.write() as connection:
            assert connection.execute("SELECT count(*) FROM notes").fetchone() == (1,)


def test_a_transaction_has_the_files_own_write_lock_from_its_first_moment(data_dir: Path) -> None:
    """Not only from its first write: a foreign writer in between would make what was read before it out of date."""
    with Database(data_dir) as database, closing(sqlite3.connect(data_dir / DATABASE_NAME, timeout=0)) as shell:
        with database.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
            shell.execute("BEGIN IMMEDIATE")
        shell.execute("BEGIN IMMEDIATE")


def test_the_lock_is_free_again_after_an_exception_and_excludes_its_own_process_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_lock, "_PATIENCE_POLLS", 3)
    with closing(WriterLock(tmp_path / "locks" / "w")) as one, closing(WriterLock(tmp_path / "locks" / "w")) as other:
        with one.held(), pytest.raises(StorageError), other.held():
            pytest.fail("held twice")
        with suppress(ValueError), one.held():
            raise ValueError
        with other.held():
            pass


def test_a_foreign_program_that_locks_the_file_itself_is_waited_for(data_dir: Path) -> None:
    """The sqlite3 shell knows nothing of our lock: its transaction delays a writer and fails nobody."""
    with closing(sqlite3.connect(data_dir / DATABASE_NAME, isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")
        process = child(_WRITER, data_dir, "a", 300)
        shell.execute("INSERT INTO notes VALUES ('shell', 0)")
        shell.execute("COMMIT")
        assert ended(process) == (0, "", "")
    assert count(data_dir) == 301

"""One connection: how it is set, what a transaction keeps, what an operator is told when the file is no good."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from kalshi_common.errors import StorageError
from kalshi_common.storage.database import DATABASE_NAME, Database, reading
from kalshi_common.storage.migrate import known, open_database, pending
from support.data_dir import as_root, child, ended, open_files, rows

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path) as database:
        with database.write() as connection:
            connection.execute("CREATE TABLE notes (n INTEGER PRIMARY KEY)")
        yield database


def add(database: Database, n: int) -> None:
    with database.write() as connection:
        connection.execute("INSERT INTO notes VALUES (?)", (n,))


def write(database: Database, *statements: str, then: BaseException | None = None) -> None:
    with database.write() as connection:
        for statement in statements:
            connection.execute(statement)
        if then is not None:
            raise then


def numbers(database: Database) -> list[int]:
    return [row[0] for row in rows(database, "SELECT n FROM notes ORDER BY n")]


def test_the_file_is_in_wal_mode_and_every_commit_reaches_the_disk(notes: Database) -> None:
    assert rows(notes, "PRAGMA journal_mode") == [("wal",)]
    assert rows(notes, "PRAGMA synchronous") == [(2,)]


@pytest.mark.parametrize(("knob", "level"), [("FULL", 2), ("NORMAL", 1)])
def test_the_knob_for_synchronous_is_honoured(tmp_path: Path, knob: Literal["FULL", "NORMAL"], level: int) -> None:
    with Database(tmp_path, synchronous=knob) as database:
        assert rows(database, "PRAGMA synchronous") == [(level,)]


@pytest.mark.parametrize("exception", [ValueError, KeyboardInterrupt, SystemExit])
def test_any_exception_rolls_the_whole_transaction_back_and_the_next_one_works(
    notes: Database, exception: type[BaseException]
) -> None:
    add(notes, 1)
    with pytest.raises(exception):
        write(notes, "INSERT INTO notes VALUES (2)", then=exception())
    add(notes, 3)
    assert numbers(notes) == [1, 3]


def test_a_failing_statement_is_told_in_one_sentence_and_takes_the_transaction_with_it(notes: Database) -> None:
    add(notes, 1)
    with pytest.raises(StorageError, match=r"kalshi\.sqlite: UNIQUE constraint failed") as caught:
        write(notes, "INSERT INTO notes VALUES (2)", "INSERT INTO notes VALUES (1)")
    assert "\n" not in str(caught.value)
    assert numbers(notes) == [1]


def test_worker_threads_take_turns_on_one_connection(notes: Database) -> None:
    def work(first: int) -> None:
        for n in range(first, first + 50):
            add(notes, n)

    threads = [threading.Thread(target=work, args=(100 * k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers(notes)) == 200


@pytest.mark.parametrize(
    "name",
    ["with space", "it's", 'a "quoted" one', "100%41", "what?mode=memory", "hash#tag", "a&b=c;d", "übung \N{ROCKET}"],
)
def test_any_folder_name_works_for_writer_reader_and_migrations(tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / name
    database, applied = open_database(data_dir)
    with database:
        assert applied == known()
        with reading(data_dir) as connection:
            versions = [row[0] for row in connection.execute("SELECT version FROM schema_version ORDER BY 1")]
        assert versions == list(range(1, len(known()) + 1))
    assert pending(data_dir) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [name], "a file was made elsewhere"


def test_a_full_database_says_so_in_one_sentence_keeps_what_was_there_and_works_again_later(notes: Database) -> None:
    add(notes, 1)
    with notes.write() as connection:
        connection.execute("CREATE TABLE bulk (text TEXT)")
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(StorageError, match="the disk is full: free some space") as caught:
        write(notes, "INSERT INTO notes VALUES (2)", "INSERT INTO bulk VALUES (zeroblob(1000000))")
    assert "\n" not in str(caught.value)
    assert numbers(notes) == [1]
    assert rows(notes, "SELECT count(*) FROM bulk") == [(0,)]
    with notes.read() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    add(notes, 2)
    assert numbers(notes) == [1, 2]


_FILL = """
import resource, sys
from pathlib import Path
from kalshi_common.errors import StorageError
from kalshi_common.storage.database import Database

with Database(Path(sys.argv[1])) as database:
    with database.write() as connection:
        connection.execute("CREATE TABLE bulk (text TEXT)")
        connection.execute("INSERT INTO bulk VALUES ('first')")
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    try:
        with database.write() as connection:
            connection.executemany("INSERT INTO bulk VALUES (?)", [("x" * 1000,) for _ in range(1000)])
    except StorageError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with database.write() as connection:
        connection.execute("INSERT INTO bulk VALUES ('after')")
"""


def test_a_volume_that_takes_no_more_bytes_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    code, out, err = ended(child(_FILL, tmp_path))
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    assert "free space" in out
    with reading(tmp_path) as connection:
        assert [row["text"] for row in connection.execute("SELECT text FROM bulk")] == ["first", "after"]
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    path.write_text("Dear diary, this is not a database. " * 100)
    damaged = r"kalshi\.sqlite: file is not a database; the file is damaged: stop the stack, keep the file"
    with pytest.raises(StorageError, match=damaged):
        Database(tmp_path)
    with pytest.raises(StorageError, match=damaged), reading(tmp_path) as connection:
        connection.execute("SELECT * FROM sqlite_schema")
    assert path.read_text().startswith("Dear diary")


def test_what_could_not_be_opened_leaves_no_open_file_behind(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_text("Dear diary, this is not a database. " * 100)

    with suppress(StorageError):
        Database(tmp_path)
    before = open_files()
    for _ in range(5):
        with pytest.raises(StorageError):
            Database(tmp_path)
    assert open_files() == before


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).mkdir()
    with pytest.raises(StorageError, match="unable to open database file; check the volume, its owner"):
        Database(tmp_path)


def test_a_file_in_the_data_directorys_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StorageError, match="the data directory must be writable"):
        Database(tmp_path / "data")


_AS_NOBODY = """
import os, sys
from pathlib import Path
from kalshi_common.errors import StorageError
from kalshi_common.storage.database import Database, reading
from kalshi_common.storage.migrate import pending

def read(path):
    with reading(path):
        pass

os.setuid(54321)
for opening in (Database, pending, read):
    try:
        opening(Path(sys.argv[1]))
    except StorageError as error:
        print(error)
"""


@as_root
@pytest.mark.parametrize(
    ("mode", "sentences"),
    [
        (0o555, ["the data directory must be writable by user id 54321", "does not exist: no cycle has run yet"]),
        (0o000, ["the data directory must be writable by user id 54321", "Permission denied", "Permission denied"]),
    ],
)
def test_a_directory_the_user_may_not_write_or_read_is_told_in_sentences(mode: int, sentences: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        data_dir = Path(name) / "data"
        data_dir.mkdir()
        data_dir.chmod(mode)
        Path(name).chmod(0o755)
        code, out, err = ended(child(_AS_NOBODY, data_dir))
    assert (code, err) == (0, "")
    said = out.splitlines()
    assert len(said) == len(sentences)
    assert all(sentence in line for sentence, line in zip(sentences, said, strict=True)), said


def test_reading_without_a_database_says_how_to_get_one_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="does not exist: no cycle has run yet; start one with `kalshi run`"):
        reading(tmp_path).__enter__()
    assert list(tmp_path.iterdir()) == []


def test_a_reader_can_neither_write_nor_keep_a_writer_waiting(notes: Database, tmp_path: Path) -> None:
    add(notes, 1)
    with reading(tmp_path) as connection:
        connection.execute("BEGIN")
        assert connection.execute("SELECT count(*) FROM notes").fetchone()[0] == 1
        add(notes, 2)
        assert connection.execute("SELECT count(*) FROM notes").fetchone()[0] == 1, "a reader sees one moment"
        connection.execute("COMMIT")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("INSERT INTO notes VALUES (3)")
    assert numbers(notes) == [1, 2]


def test_an_error_while_reading_becomes_a_sentence(notes: Database, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such table: nowhere"), reading(tmp_path) as connection:
        connection.execute("SELECT * FROM nowhere")
    with pytest.raises(StorageError, match="no such table: nowhere"), notes.read() as connection:
        connection.execute("SELECT * FROM nowhere")


def test_closing_moves_everything_into_the_one_file(tmp_path: Path) -> None:
    with Database(tmp_path) as database, database.write() as connection:
        connection.execute("CREATE TABLE notes (n)")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [DATABASE_NAME]
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (0,)

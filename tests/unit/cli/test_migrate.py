"""`kalshi migrate`: applying what is pending, and saying so beforehand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from kalshi_common.storage.migrate import known
from support.data_dir import kalshi

if TYPE_CHECKING:
    from pathlib import Path


def test_a_check_lists_what_is_pending_changes_nothing_and_ends_in_1(tmp_path: Path) -> None:
    assert kalshi("migrate", "--check", data_dir=tmp_path) == (1, "".join(f"pending  {name}\n" for name in known()), "")
    assert list(tmp_path.iterdir()) == []


def test_it_applies_once_and_is_up_to_date_afterwards(tmp_path: Path) -> None:
    assert kalshi("migrate", data_dir=tmp_path) == (0, "".join(f"applied  {name}\n" for name in known()), "")
    assert kalshi("migrate", data_dir=tmp_path) == (0, "up to date\n", "")
    assert kalshi("migrate", "--check", data_dir=tmp_path) == (0, "up to date\n", "")


def test_a_database_of_a_newer_program_ends_in_1_with_one_sentence(tmp_path: Path) -> None:
    kalshi("migrate", data_dir=tmp_path)
    with closing(sqlite3.connect(tmp_path / "kalshi.sqlite")) as connection, connection:
        connection.execute("INSERT INTO _yoyo_migration (migration_hash, migration_id) VALUES ('x', '0999_later')")
    for arguments in (("migrate",), ("migrate", "--check")):
        code, out, err = kalshi(*arguments, data_dir=tmp_path)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert "0999_later): it was written by a newer version; run that version, or restore a backup" in err


def test_a_data_directory_that_cannot_be_made_ends_in_1_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, out, err = kalshi("migrate", data_dir=tmp_path / "file" / "data")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "the data directory must be writable" in err

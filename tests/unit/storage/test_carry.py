"""What was spent on models since a backup is known to the limits after its restore."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from typing import TYPE_CHECKING

import pytest

from kalshi_common.storage import llm_calls
from kalshi_common.storage.carry import carry_calls
from kalshi_common.storage.database import DATABASE_NAME
from kalshi_common.storage.llm_calls import Charged, Reservation, Settlement
from support.data_dir import HOUR, LATER, NOW, migrated, rows
from support.safekeeper import Safekeeper

if TYPE_CHECKING:
    from pathlib import Path

    from kalshi_common.storage.database import Database

WIDE = Charged(10**12, 10**12, 10**12)


def reserve(database: Database, call_id: str, nano: int) -> None:
    call = Reservation(call_id, "c1", "hash", "M", HOUR, "openai", "m", "blind_v1", "digest", "{}", 0, 1, NOW, nano)
    with database.write() as connection:
        assert llm_calls.reserve(connection, call, WIDE) is None


def settle(database: Database, call_id: str, nano: int) -> None:
    with database.write() as connection:
        llm_calls.settle(connection, call_id, Settlement("ok", LATER, nano, probability=0.5))


@pytest.fixture
def keeper(tmp_path: Path) -> Safekeeper:
    """A backup with a paid call and an open one; since then the open one was paid, and a third reserved."""
    keeper = Safekeeper(tmp_path / "data")
    with migrated(keeper.data_dir) as database:
        reserve(database, "paid", 100)
        settle(database, "paid", 70)
        reserve(database, "open", 100)
    keeper.back_up()
    with migrated(keeper.data_dir) as database:
        settle(database, "open", 30)
        reserve(database, "since", 5)
    return keeper


def backup_of(keeper: Safekeeper) -> Path:
    return keeper.backups / "kalshi_20261123.sqlite"


def test_a_restore_carries_over_what_was_spent_since_the_backup_call_by_call_and_day_by_day(keeper: Safekeeper) -> None:
    done = keeper.put_back(backup_of(keeper))
    assert done.calls_carried == 2
    with migrated(keeper.data_dir) as database:
        assert rows(database, "SELECT call_id, outcome, actual_nanodollars FROM llm_calls ORDER BY 1") == [
            ("open", "ok", 30), ("paid", "ok", 70), ("since", "reserved", None)
        ]  # fmt: skip
        with database.read() as connection:
            assert llm_calls.charged(connection, cycle_id="c1", now=NOW) == Charged(105, 105, 105)


def test_a_second_restore_carries_over_the_same_and_nothing_twice(keeper: Safekeeper) -> None:
    keeper.put_back(backup_of(keeper))
    assert keeper.on(dt.date(2026, 11, 24)).put_back(backup_of(keeper)).calls_carried == 2
    with migrated(keeper.data_dir) as database:
        assert rows(database, "SELECT charged_nanodollars FROM llm_days") == [(105,)]


def test_where_there_was_no_database_nothing_is_carried(keeper: Safekeeper) -> None:
    for path in keeper.data_dir.glob(f"{DATABASE_NAME}*"):
        path.unlink()
    assert keeper.put_back(backup_of(keeper)).calls_carried == 0


def test_a_damaged_database_hinders_no_restore_and_it_is_said_that_its_calls_are_forgotten(keeper: Safekeeper) -> None:
    live = keeper.data_dir / DATABASE_NAME
    live.write_bytes(b"SQLite format 3\0" + b"\xff" * 8176)
    assert keeper.put_back(backup_of(keeper)).calls_carried is None
    with migrated(keeper.data_dir) as database:
        assert rows(database, "SELECT call_id FROM llm_calls ORDER BY 1") == [("open",), ("paid",)]


def test_a_backup_from_before_there_were_calls_forgets_them_and_says_so(keeper: Safekeeper, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "old.sqlite")) as old:
        old.execute("CREATE TABLE markets (market_id TEXT)")
    assert carry_calls(keeper.data_dir, tmp_path / "old.sqlite") is None

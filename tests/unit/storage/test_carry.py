"""What was spent on models since a backup is known to the limits after its restore."""

from __future__ import annotations

import contextlib
import datetime as dt
import resource
import sqlite3
from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import StorageError
from kalshi_common.storage import halts
from kalshi_common.storage.carry import carry_over
from kalshi_common.storage.database import DATABASE_NAME
from kalshi_common.storage.llm_calls import Charged
from support.data_dir import LATER, NOW, migrated, rows
from support.model_calls import charged, reservation, reserve, settle
from support.safekeeper import Safekeeper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def keeper(tmp_path: Path) -> Safekeeper:
    """A backup with a paid call and an open one; since then the open one was paid, and a third reserved."""
    keeper = Safekeeper(tmp_path / "data")
    with migrated(keeper.data_dir) as database:
        reserve(database, reservation("paid", 100))
        settle(database, "paid", 70)
        reserve(database, reservation("open", 100))
    keeper.back_up()
    with migrated(keeper.data_dir) as database:
        settle(database, "open", 30)
        reserve(database, reservation("since", 5))
    return keeper


def backup_of(keeper: Safekeeper) -> Path:
    return keeper.backups / "kalshi_20261123.sqlite"


def test_a_restore_carries_over_what_was_spent_since_the_backup_call_by_call_and_day_by_day(keeper: Safekeeper) -> None:
    done = keeper.put_back(backup_of(keeper))
    assert done.carried.calls == 2
    with migrated(keeper.data_dir) as database:
        assert rows(database, "SELECT call_id, outcome, actual_nanodollars FROM llm_calls ORDER BY 1") == [
            ("open", "ok", 30), ("paid", "ok", 70), ("since", "reserved", None)
        ]  # fmt: skip
        assert charged(database) == Charged(105, 105, 105)


def test_a_second_restore_carries_over_the_same_and_nothing_twice(keeper: Safekeeper) -> None:
    keeper.put_back(backup_of(keeper))
    assert keeper.on(dt.date(2026, 11, 24)).put_back(backup_of(keeper)).carried.calls == 2
    with migrated(keeper.data_dir) as database:
        assert rows(database, "SELECT charged_nanodollars FROM llm_days") == [(105,)]


def lost(data_dir: Path) -> None:
    for path in data_dir.glob(f"{DATABASE_NAME}*"):
        path.unlink()


def replaced_by_an_hourly_cycle(data_dir: Path) -> None:
    lost(data_dir)
    with migrated(data_dir):
        pass


def truncated(data_dir: Path) -> None:
    lost(data_dir)
    (data_dir / DATABASE_NAME).touch()


@pytest.mark.parametrize("disaster", [lost, replaced_by_an_hourly_cycle, truncated])
def test_where_the_database_of_the_backup_is_gone_it_is_said_that_calls_may_be_forgotten(
    keeper: Safekeeper, disaster: Callable[[Path], None]
) -> None:
    disaster(keeper.data_dir)
    assert keeper.put_back(backup_of(keeper)).carried.calls is None


def test_a_database_that_never_asked_a_model_has_forgotten_nothing(tmp_path: Path) -> None:
    keeper = Safekeeper(tmp_path / "data")
    with migrated(keeper.data_dir):
        pass
    keeper.back_up()
    assert keeper.put_back(backup_of(keeper)).carried == (0, 0, False)


def test_what_cannot_be_written_fails_the_restore_and_the_database_is_what_it_was(keeper: Safekeeper) -> None:
    with migrated(keeper.data_dir) as database:
        for number in range(3_000):
            reserve(database, reservation(f"many{number}", 1))
    before = keeper.digests()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (backup_of(keeper).stat().st_size + 16_384, hard))
    try:
        with pytest.raises(StorageError):
            keeper.put_back(backup_of(keeper))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert keeper.digests() == before


def test_halts_of_since_the_backup_stay_in_force_once_each(keeper: Safekeeper) -> None:
    with migrated(keeper.data_dir) as database, database.write() as connection:
        halts.add(connection, "KXFED-1", "odd prices", now=LATER)
        halts.add(connection, "KXFED-2", "was resumed", now=LATER)
        halts.resume(connection, "KXFED-2", now=LATER)
    assert keeper.put_back(backup_of(keeper)).carried.halts == 1
    assert keeper.on(dt.date(2026, 11, 24)).put_back(backup_of(keeper)).carried.halts == 1
    with migrated(keeper.data_dir) as database, database.read() as connection:
        assert [(halt.market_id, halt.reason) for halt in halts.in_force(connection)] == [("KXFED-1", "odd prices")]


def test_where_there_is_a_live_order_everything_is_halted_until_somebody_has_looked(keeper: Safekeeper) -> None:
    with migrated(keeper.data_dir) as database, database.write() as connection:
        connection.execute(
            """INSERT INTO order_intents (intent_id, client_order_id, cycle_id, venue, environment, market_id,
                 series_ticker, event_ticker, side, count_hundredths, price_microdollars, fee_microdollars,
                 time_in_force, created_at_utc, state)
               VALUES ('i', 'o', 'c', 'live', 'demo', 'M', 'S', 'E', 'yes', 1, 1, 0, 'fill_or_kill', ?, 'sent')""",
            (LATER,),
        )
    assert keeper.put_back(backup_of(keeper)).carried.halted
    with migrated(keeper.data_dir) as database, database.read() as connection:
        assert [halt.market_id for halt in halts.in_force(connection)] == [None]


def no_database(live: Path) -> None:
    live.write_bytes(b"SQLite format 3\0" + b"\xff" * 8176)


def torn_pages_of_calls(live: Path) -> None:
    with contextlib.closing(sqlite3.connect(live)) as shell:
        shell.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = shell.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'llm_calls'").fetchone()
        (size,) = shell.execute("PRAGMA page_size").fetchone()
    with live.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.parametrize("damage", [no_database, torn_pages_of_calls])
def test_a_damaged_database_hinders_no_restore_and_it_is_said_that_its_calls_are_forgotten(
    keeper: Safekeeper, damage: Callable[[Path], None]
) -> None:
    damage(keeper.data_dir / DATABASE_NAME)
    assert keeper.put_back(backup_of(keeper)).carried.calls is None
    with migrated(keeper.data_dir) as database:
        assert rows(database, "SELECT call_id FROM llm_calls ORDER BY 1") == [("open",), ("paid",)]


def test_a_backup_from_before_there_were_calls_forgets_them_and_says_so(keeper: Safekeeper, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "old.sqlite")) as old:
        old.execute("CREATE TABLE markets (market_id TEXT)")
    assert carry_over(keeper.data_dir, tmp_path / "old.sqlite", now=NOW).calls is None

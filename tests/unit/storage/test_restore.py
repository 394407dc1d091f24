"""Restoring: proven before it is swapped in, the old database or the new at every instant, what was there is kept."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import LockHeldError, SchemaError, StorageError
from kalshi_common.lock import mode_lock
from kalshi_common.storage.database import DATABASE_NAME, Database, reading
from kalshi_common.storage.migrate import open_database, pending
from kalshi_common.storage.verify import verify_live
from support.data_dir import HOUR, LATER, child, ended, migrated, rows
from support.safekeeper import Safekeeper, add_hour, files

if TYPE_CHECKING:
    from pathlib import Path

KEPT = f"{DATABASE_NAME}.replaced-20261123T050709Z"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of one hour that was backed up, and of a second hour since."""
    keeper = Safekeeper(tmp_path_factory.mktemp("made"))
    with migrated(keeper.data_dir) as database:
        add_hour(database, HOUR)
    keeper.back_up()
    with migrated(keeper.data_dir) as database:
        add_hour(database, LATER)
    return keeper.data_dir


@pytest.fixture
def keeper(made: Path, tmp_path: Path) -> Safekeeper:
    shutil.copytree(made, tmp_path / "data")
    return Safekeeper(tmp_path / "data")


def backup_of(keeper: Safekeeper) -> Path:
    return keeper.backups / "kalshi_20261123.sqlite"


def stored_hours(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as shell:
        return [row[0] for row in shell.execute("SELECT DISTINCT snapshot_hour_utc FROM market_snapshots ORDER BY 1")]


def test_what_is_restored_is_the_backup_row_by_row_and_what_it_replaced_is_kept(keeper: Safekeeper) -> None:
    before = keeper.digests()
    done = keeper.put_back(backup_of(keeper))
    assert keeper.digests() == {name: each for name, each in done.manifest.tables.items() if name != "maintenance"}
    assert keeper.digests() != before
    assert done.replaced == keeper.data_dir / KEPT
    assert stored_hours(keeper.data_dir / KEPT) == [HOUR, LATER]
    assert sorted(path.name for path in keeper.data_dir.iterdir()) == ["backups", DATABASE_NAME, KEPT, "locks"]


def test_the_restored_database_tells_of_its_restore(keeper: Safekeeper) -> None:
    keeper.put_back(backup_of(keeper))
    (run,) = keeper.runs()
    assert (run["kind"], run["last_file"]) == ("restore", str(backup_of(keeper)))


def test_writing_goes_on_where_the_backup_ended(keeper: Safekeeper) -> None:
    keeper.put_back(backup_of(keeper))
    with open_database(keeper.data_dir)[0] as database:
        add_hour(database, "2026-11-23T07:00:00Z")
        assert rows(database, "PRAGMA journal_mode") == [("wal",)]
    assert stored_hours(keeper.data_dir / DATABASE_NAME) == [HOUR, "2026-11-23T07:00:00Z"]
    assert verify_live(keeper.data_dir).foreign == []


@pytest.mark.parametrize("mode", ["collect", "analyze", "trade"])
def test_while_a_mode_runs_nothing_is_restored(keeper: Safekeeper, mode: str) -> None:
    before = files(keeper.data_dir)

    async def meanwhile() -> None:
        holder = {"host": "h", "pid": "1", "cycle": "c1", "since": LATER}
        async with mode_lock(keeper.data_dir, mode, holder, timeout_s=0, clock=keeper.clock):
            with pytest.raises(LockHeldError, match=f"another {mode} run holds the lock since {LATER}: cycle c1"):
                await asyncio.to_thread(keeper.put_back, backup_of(keeper))

    asyncio.run(meanwhile())
    now = files(keeper.data_dir)
    assert {name: now[name] for name in before} == before


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda path: path.unlink(), "cannot read .*kalshi_20261123.sqlite: No such file"),
        (lambda path: path.with_suffix(".manifest.json").unlink(), "only good with its manifest beside it, bring both"),
        (lambda path: path.with_suffix(".manifest.json").write_text("{}"), "not a manifest this program understands"),
        (lambda path: path.with_suffix(".manifest.json").write_text("[" * 9999), "not a manifest this program"),
        (lambda path: path.write_bytes(b""), "table .* differs: it is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-8192]), "is damaged|malformed|differs"),
        (lambda path: path.write_text("Dear diary. " * 1000), "file is not a database"),
    ],
)
def test_a_backup_that_is_not_good_is_refused_and_the_live_database_is_what_it_was(
    keeper: Safekeeper, harm: object, sentence: str
) -> None:
    before = keeper.digests()
    harm(backup_of(keeper))  # type: ignore[operator]  # one of the lambdas above
    with pytest.raises(StorageError, match=sentence) as caught:
        keeper.put_back(backup_of(keeper))
    assert "\n" not in str(caught.value)
    assert keeper.digests() == before
    assert not list(keeper.data_dir.glob("*restoring*"))
    failed = [run for run in keeper.runs() if run["kind"] == "restore"]
    assert failed[0]["last_error"] == str(caught.value)


def test_a_backup_of_a_newer_version_is_refused_in_one_sentence(keeper: Safekeeper) -> None:
    with closing(sqlite3.connect(keeper.data_dir / DATABASE_NAME)) as shell, shell:
        shell.execute("INSERT INTO _yoyo_migration (migration_hash, migration_id) VALUES ('x', '9999_future')")
    keeper.back_up()
    with closing(sqlite3.connect(keeper.data_dir / DATABASE_NAME)) as shell, shell:
        shell.execute("DELETE FROM _yoyo_migration WHERE migration_id = '9999_future'")
    before = keeper.digests()
    with pytest.raises(
        SchemaError, match=r"does not know \(9999_future\): it was written by a newer version"
    ) as caught:
        keeper.put_back(backup_of(keeper))
    assert "\n" not in str(caught.value)
    assert keeper.digests() == before


def test_a_backup_of_an_older_version_is_restored_and_migrated_at_the_next_start(tmp_path: Path) -> None:
    """A database of the first migration only: no table of maintenance yet, and none is needed."""
    keeper = Safekeeper(tmp_path)
    with migrated(tmp_path) as database, database.write() as connection:
        for (name,) in connection.execute("SELECT migration_id FROM _yoyo_migration WHERE migration_id > '0001_z'"):
            connection.execute("DELETE FROM _yoyo_migration WHERE migration_id = ?", (name,))
        connection.execute("DROP TABLE maintenance")
        connection.execute("DELETE FROM schema_version WHERE version > 1")
    backup = keeper.back_up()
    assert backup.manifest.schema_version == 1
    done = keeper.put_back(backup.path)
    assert done.pending[0] == "0002_operate"
    assert pending(tmp_path) == done.pending
    open_database(tmp_path)[0].close()
    assert keeper.runs() == []


def test_a_destroyed_volume_is_restored_from_a_backup_brought_from_elsewhere(
    keeper: Safekeeper, tmp_path: Path
) -> None:
    shutil.copytree(keeper.backups, tmp_path / "off-site")
    shutil.rmtree(keeper.data_dir)
    done = keeper.put_back(tmp_path / "off-site" / "kalshi_20261123.sqlite")
    assert done.replaced is None
    assert stored_hours(keeper.data_dir / DATABASE_NAME) == [HOUR]


@pytest.mark.parametrize("damage", [b"Dear diary. " * 1000, b"", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_database_is_replaced_and_kept_as_it_is_with_what_lay_beside_it(
    keeper: Safekeeper, damage: bytes
) -> None:
    (keeper.data_dir / DATABASE_NAME).write_bytes(damage)
    wal = b"7\x7f\x06\x82" + b"w" * 100
    (keeper.data_dir / f"{DATABASE_NAME}-wal").write_bytes(wal if damage else b"")
    keeper.put_back(backup_of(keeper))
    assert stored_hours(keeper.data_dir / DATABASE_NAME) == [HOUR]
    assert (keeper.data_dir / KEPT).read_bytes() == damage
    if damage:
        assert (keeper.data_dir / f"{KEPT}-wal").read_bytes() == wal
    assert not (keeper.data_dir / f"{DATABASE_NAME}-wal").exists()


_KILLED_IN_A_WRITE = """
import os, sys
from pathlib import Path
from kalshi_common.storage.database import Database

with Database(Path(sys.argv[1])).write() as connection:
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("UPDATE market_snapshots SET status = 'closed'")
    connection.execute("COMMIT")
    os.kill(os.getpid(), 9)
"""


def test_a_wal_that_a_killed_writer_left_goes_into_the_kept_file_and_never_into_the_restored_one(
    keeper: Safekeeper,
) -> None:
    assert ended(child(_KILLED_IN_A_WRITE, keeper.data_dir))[0] == -9
    assert (keeper.data_dir / f"{DATABASE_NAME}-wal").stat().st_size > 10_000
    keeper.put_back(backup_of(keeper))
    statuses = []
    for name in (DATABASE_NAME, KEPT):
        with closing(sqlite3.connect(keeper.data_dir / name)) as shell:
            statuses += shell.execute("SELECT DISTINCT status FROM market_snapshots").fetchall()
    assert statuses == [("active",), ("closed",)]


def test_somebody_who_still_reads_the_database_is_waited_for_and_then_told_of(keeper: Safekeeper) -> None:
    before = keeper.digests()
    with reading(keeper.data_dir) as monitor:
        monitor.execute("SELECT count(*) FROM cycles").fetchone()
        with pytest.raises(StorageError, match=r"is open in another program; stop the monitor .* then restore again"):
            keeper.put_back(backup_of(keeper))
        assert monitor.execute("SELECT count(*) FROM market_snapshots").fetchone()[0] == 60
    assert sum(keeper.clock.slept) == pytest.approx(10, abs=0.5)
    assert keeper.digests() == before
    keeper.put_back(backup_of(keeper))


_RESTORES_AND_DIES = """
import asyncio, os, shutil, sys
from pathlib import Path
from kalshi_common import safekeeping
from kalshi_common.clock import SystemClock
from kalshi_common.config import load_settings

made, tried = map(Path, sys.argv[1:])

def restore_and_die_before(step):
    count = 0
    def die(event, arguments):
        nonlocal count
        if event in ("os.rename", "os.link", "open", "os.remove", "sqlite3.connect", "os.mkdir"):
            count += 1
            if count == step:
                os.kill(os.getpid(), 9)
    data_dir = tried / str(step)
    shutil.copytree(made, data_dir)
    settings = load_settings(environ={"KALSHI_DATA_DIR": str(data_dir)})
    clock, backup = SystemClock(), data_dir / "backups" / "kalshi_20261123.sqlite"
    sys.addaudithook(die)
    asyncio.run(safekeeping.put_back(settings, clock, backup))
    os._exit(0)

for step in range(1, 1000):
    child = os.fork()
    if not child:
        restore_and_die_before(step)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != -9:
        print(step)
        sys.exit(code)
"""


def test_killed_at_any_step_of_a_restore_the_database_is_the_old_one_whole_or_the_new(
    made: Path, tmp_path: Path
) -> None:
    """Killed before the first, second … of its calls that open, make, link, rename or remove a file, to the end."""
    code, out, err = ended(child(_RESTORES_AND_DIES, made, tmp_path))
    assert (code, err) == (0, "")
    found = []
    for step in range(1, int(out) + 1):
        verify_live(tmp_path / str(step))
        with Database(tmp_path / str(step)) as database:
            add_hour(database, "2026-11-23T07:00:00Z", markets=1)
        found.append(stored_hours(tmp_path / str(step) / DATABASE_NAME)[:-1])
    old, new = found.count([HOUR, LATER]), found.count([HOUR])
    assert found == [[HOUR, LATER]] * old + [[HOUR]] * new
    assert old > 10
    assert new > 1, "it was killed after the swap too"


def test_what_a_killed_restore_left_behind_is_removed_by_the_next_run(keeper: Safekeeper) -> None:
    (keeper.data_dir / f"{DATABASE_NAME}.restoring").write_bytes(b"half")
    (keeper.data_dir / f"{DATABASE_NAME}.restoring-journal").write_bytes(b"half")
    keeper.put_back(backup_of(keeper))
    assert not list(keeper.data_dir.glob("*restoring*"))


def test_the_manifest_must_be_that_of_the_file(keeper: Safekeeper) -> None:
    path = backup_of(keeper).with_suffix(".manifest.json")
    told = json.loads(path.read_text())
    told["sha256"] = "0" * 64
    path.write_text(json.dumps(told))
    with pytest.raises(StorageError, match="its bytes are not those the manifest tells, though each row is"):
        keeper.put_back(backup_of(keeper))

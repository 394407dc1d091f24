"""How long backup, verify, drill and restore of 1 GB take, and how long a page waits meanwhile. Only printed."""

from __future__ import annotations

import datetime as dt
import random
import time
from typing import TYPE_CHECKING

from kalshi_common.domain.hour import utc_text
from kalshi_common.storage import snapshots
from kalshi_common.storage.verify import verify_backup, verify_live
from support.data_dir import child, ended, migrated, snapshot
from support.safekeeper import Safekeeper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kalshi_common.storage.database import Database

GIGABYTE, MARKETS = 1_000_000_000, 723
_PAYLOAD_CHARACTERS = 1_650  # with the other columns, a row of about 2.1 KB


def hour_of_rows(database: Database, number: int, payload: str) -> None:
    hour = utc_text(dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=number))
    rows = [
        snapshot(f"KXCPI-26NOV-T{market}", hour=hour, yes_bid_microdollars=market, payload_json=payload)
        for market in range(MARKETS)
    ]
    with database.write() as connection:
        snapshots.add(connection, rows)


def fill(data_dir: Path, size: int) -> None:
    chance = random.Random(7)  # noqa: S311  # a text that does not repeat itself
    payload = "".join(chance.choices('abcdefgh{}":,0123456789', k=_PAYLOAD_CHARACTERS))
    with migrated(data_dir) as database:
        number = 0
        while database.path.stat().st_size < size:
            hour_of_rows(database, number, payload)
            number += 1


_PAGES = """
import select, sys, time
from pathlib import Path
from bench.test_backup import hour_of_rows
from support.data_dir import migrated

took, number = [], 100_000
with migrated(Path(sys.argv[1])) as database:
    print("begun", flush=True)
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        began = time.monotonic()
        hour_of_rows(database, number, "{}")
        took.append(time.monotonic() - began)
        number += 1
print(f"{'the slowest page meanwhile':28} {max(took):6.2f} s wall, of {len(took)} pages of 723 rows")
"""


def test_time_of_a_backup_its_verification_a_drill_and_a_restore(tmp_path: Path) -> None:
    keeper = Safekeeper(tmp_path / "data")
    fill(keeper.data_dir, GIGABYTE)
    backup = keeper.backups / "kalshi_20261123.sqlite"
    slowest = ""

    def while_writing() -> None:
        nonlocal slowest
        pages = child(_PAGES, keeper.data_dir)  # as a collector stores them, in a process of its own
        assert pages.stdout is not None
        pages.stdout.readline()
        keeper.back_up()
        code, slowest, err = ended(pages)
        assert code == 0, err

    steps: dict[str, Callable[[], object]] = {
        "backup, a collector writing": while_writing,
        "verify the live database": lambda: verify_live(keeper.data_dir),
        "verify the backup": lambda: verify_backup(backup),
        "drill": keeper.drill,
        "restore": lambda: keeper.put_back(backup),
    }
    print()
    for name, step in steps.items():
        wall, cpu = time.monotonic(), time.process_time()
        step()
        print(f"{name:28} {time.monotonic() - wall:6.1f} s wall  {time.process_time() - cpu:6.1f} s CPU")
    print(slowest, end="")
    print(f"{'size':28} {backup.stat().st_size / GIGABYTE:6.2f} GB")

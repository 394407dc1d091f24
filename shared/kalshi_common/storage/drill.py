"""The restore drill: a backup is restored into a scratch folder, compared, migrated and read. The live data is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kalshi_common.errors import StorageError
from kalshi_common.storage import restore
from kalshi_common.storage.database import DATABASE_NAME, reading
from kalshi_common.storage.migrate import open_database
from kalshi_common.storage.verify import contents_of, require_equal, verify_backup

if TYPE_CHECKING:
    from pathlib import Path

    from kalshi_common.storage.manifest import Manifest

_HOURS_READ = 24


def rehearse(scratch: Path, backup: Path, *, moment: str) -> Manifest:
    """Do with a scratch folder all that a restore and the next start do; return the backup's manifest.

    Raises:
        StorageError: some step failed: on the day it is needed, this backup would not help.
    """
    manifest = verify_backup(backup)
    restore.swap_in(scratch, restore.fresh_copy(scratch, backup, manifest), moment=moment)
    restored = scratch / DATABASE_NAME
    require_equal(manifest.tables, contents_of(restored).tables, restored)
    open_database(scratch)[0].close()
    _read_ledger(scratch)
    return manifest


def _read_ledger(scratch: Path) -> None:
    # Only the newest hours: older ones may have gone to the archive.
    with reading(scratch) as connection:
        empty = connection.execute(
            """SELECT snapshot_hour_utc FROM
                 (SELECT * FROM snapshot_hours WHERE status = 'complete' ORDER BY snapshot_hour_utc DESC LIMIT ?) h
               WHERE rows_seen > 0 AND NOT EXISTS
                 (SELECT 1 FROM market_snapshots s WHERE s.snapshot_hour_utc = h.snapshot_hour_utc)""",
            (_HOURS_READ,),
        ).fetchone()
    if empty:
        raise StorageError(f"{scratch}: the hour {empty[0]} is called complete but has no row; take another backup")

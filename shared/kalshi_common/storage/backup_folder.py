"""The folder of backups: which are good, putting a new one in its place, removing old and unfinished ones."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from kalshi_common.domain.rotation import kept
from kalshi_common.errors import StorageError
from kalshi_common.storage.disk import remove, sync, writing
from kalshi_common.storage.manifest import manifest_path, read_manifest, write_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from kalshi_common.storage.manifest import Manifest

_NAME = re.compile(r"kalshi_([0-9]{8})\.sqlite")
NEW = ".new"
"""What the name of a file that is not finished ends in."""


def backups_of(data_dir: Path) -> Path:
    """Name the folder of backups of a data directory."""
    return data_dir / "backups"


def backup_name(day: dt.date) -> str:
    """Name a day's backup."""
    return f"kalshi_{day:%Y%m%d}.sqlite"


def unfinished(backup: Path) -> Path:
    """Name a file on its way to its final name."""
    return backup.with_name(backup.name + NEW)


def newest(folder: Path) -> Path:
    """Name the newest backup by its day, whether good or not: a bad one must be seen, not passed over.

    Raises:
        StorageError: there is none.
    """
    found = {day: path for path in folder.glob("kalshi_*.sqlite") if (day := _day_of(path))}
    if not found:
        raise StorageError(f"there is no backup in {folder} yet; take one with `kalshi backup`")
    return found[max(found)]


def good_backups(folder: Path) -> dict[dt.date, Path]:
    """List the backups that have their manifest and the size it tells, by day; whatever else lies there is not ours."""
    found = {day: path for path in folder.glob("kalshi_*.sqlite") if (day := _day_of(path)) and _is_whole(path)}
    return dict(sorted(found.items()))


def publish(new: Path, manifest: Manifest) -> Path:
    """Give a finished backup its final name, in place of an earlier one of that day; return where it is.

    Two files cannot be renamed in one step. Both are whole on the disk before the first is, so `settle` can finish it.

    Raises:
        StorageError: the folder cannot be written.
    """
    final = new.with_name(manifest.file)
    write_manifest(unfinished(manifest_path(final)), manifest)
    with writing(final):
        new.replace(final)
        unfinished(manifest_path(final)).replace(manifest_path(final))
        sync(final.parent)
    return final


def settle(folder: Path) -> list[str]:
    """Finish or remove what a killed backup left behind; name what was removed. For whoever holds the lock alone.

    Raises:
        StorageError: the folder cannot be written.
    """
    removed = []
    with writing(folder):
        for manifest in folder.glob(f"kalshi_*.manifest.json{NEW}"):
            backup = folder / (manifest.name.removesuffix(f".manifest.json{NEW}") + ".sqlite")
            if not unfinished(backup).exists():  # renamed already, only its manifest was not
                manifest.replace(manifest_path(backup))
        for path in folder.glob(f"kalshi_*{NEW}*"):
            path.unlink()
            removed.append(path.name)
    return removed


def abandon(folder: Path) -> None:
    """Remove the unfinished files of a backup that failed."""
    remove(folder.glob(f"kalshi_*{NEW}*"))


def to_go(folder: Path, *, daily: int, weekly: int, monthly: int, this_day: dt.date) -> list[Path]:
    """List the good backups that the rules let go, oldest first; never the newest that is not of the future."""
    good = good_backups(folder)
    stay = kept(good, daily=daily, weekly=weekly, monthly=monthly)
    stay.add(max((day for day in good if day <= this_day), default=this_day))
    return [path for day, path in good.items() if day not in stay]


def let_go(backups: list[Path]) -> list[str]:
    """Remove backups and their manifests; name them.

    Raises:
        StorageError: one cannot be removed.
    """
    for path in backups:
        with writing(path.parent):
            path.unlink()  # first: a manifest alone takes no room
            manifest_path(path).unlink()
    return [path.name for path in backups]


def _day_of(path: Path) -> dt.date | None:
    found = _NAME.fullmatch(path.name)
    try:
        return dt.datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=dt.UTC).date() if found else None
    except ValueError:
        return None


def _is_whole(path: Path) -> bool:
    try:
        manifest = read_manifest(path)
        return path.is_file() and manifest.file == path.name and manifest.bytes == path.stat().st_size
    except (StorageError, OSError):
        return False

"""The manifest beside a backup: what the file must be, byte by byte and row by row. It checks nothing itself."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kalshi_common.errors import StorageError
from kalshi_common.storage.disk import writing
from kalshi_common.storage.row_digest import TableDigest

if TYPE_CHECKING:
    from pathlib import Path

_FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """`sha256` and `bytes` are the file's; `tables` are its rows' digests (see `row_digest`)."""

    file: str
    created_at_utc: str
    program_version: str
    schema_version: int
    migrations: list[str]
    bytes: int
    sha256: str
    tables: dict[str, TableDigest]

    @property
    def rows(self) -> int:
        """The rows of all tables together."""
        return sum(digest.rows for digest in self.tables.values())

    def as_json(self) -> dict[str, Any]:
        """Give the content of the file."""
        tables = {name: digest._asdict() for name, digest in self.tables.items()}
        return {"format": _FORMAT, **asdict(self), "tables": tables}


def manifest_path(backup: Path) -> Path:
    """Name the manifest of a backup file: `kalshi_20261123.sqlite` has `kalshi_20261123.manifest.json`."""
    return backup.with_suffix(".manifest.json")


def read_manifest(backup: Path) -> Manifest:
    """Read the manifest of a backup file.

    Raises:
        StorageError: there is none, or it is damaged or of another format.
    """
    path = manifest_path(backup)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a text"
        raise StorageError(
            f"cannot read {path}: {why}; a backup is only good with its manifest beside it, bring both"
        ) from error
    try:
        return _parsed(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise StorageError(
            f"{path} is not a manifest this program understands; bring it again, or take another backup"
        ) from error


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest, down to the disk.

    Raises:
        StorageError: it cannot be written.
    """
    with writing(path), path.open("w", encoding="utf-8") as file:
        json.dump(manifest.as_json(), file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def _parsed(content: dict[str, Any]) -> Manifest:
    if content.pop("format") != _FORMAT:
        raise ValueError("another format")
    tables = {
        name: TableDigest(int(digest["rows"]), str(digest["blake2b"])) for name, digest in content["tables"].items()
    }
    return Manifest(**{**content, "tables": tables})

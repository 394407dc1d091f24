"""Files on the data volume beside the database: room, durable copies and renames, errors in a sentence. No SQL."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from typing import TYPE_CHECKING

from kalshi_common.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MIB = 1 << 20


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the system's errors in the body into a sentence for the operator.

    Raises:
        StorageError: in place of any OSError; `path` is named where the error names no file itself.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{error.filename or path}: {error.strerror}; check the volume, its owner and the free space"
        ) from error


def free_bytes(folder: Path) -> int:
    """Tell how much room is left where a folder lies.

    Raises:
        StorageError: the folder cannot be made.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(folder).free


def require_room(folder: Path, needed: int, *, leave: int = 0) -> None:
    """Refuse, before anything is written, what would not fit or would leave less than `leave` bytes free.

    Raises:
        StorageError: there is too little room, or the folder cannot be made.
    """
    free = free_bytes(folder)
    if free < needed + leave:
        leaving = f" and {_mib(leave)} must stay free" if leave else ""
        raise StorageError(
            f"{folder}: the disk is too full: {_mib(needed)} are needed{leaving}, {_mib(free)} are free; "
            "free some space and run it again"
        )


def sha256_of(path: Path) -> str:
    """Hash a file's bytes.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror}; name a backup that is there") from error


def copy_file(source: Path, target: Path) -> str:
    """Copy a file, down to the disk; give the SHA-256 of the bytes that were read and written.

    Raises:
        StorageError: it cannot be read or written.
    """
    digest = hashlib.sha256()
    with writing(target), source.open("rb") as reader, target.open("wb") as writer:
        while some := reader.read(MIB):
            digest.update(some)
            writer.write(some)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Bring a file's content, or the renames in a folder, down to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(paths: Iterable[Path]) -> None:
    """Tidy files away where that is possible; it must not hide what went wrong before."""
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()


def _mib(size: int) -> str:
    return f"{-(-size // MIB)} MiB"

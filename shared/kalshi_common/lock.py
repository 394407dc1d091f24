"""The mode lock: at most one run of a mode at a time, over all containers that share the data directory.

`flock` on a file: the kernel frees it when the holder dies, whatever way, and it means the same in every container,
where a process id does not. The file's text only tells people who holds it; the lock itself is the kernel's.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from typing import TYPE_CHECKING

from kalshi_common.errors import LockHeldError, StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kalshi_common.clock import Clock

_POLL_S = 0.25


@contextlib.asynccontextmanager
async def mode_lock(
    data_dir: Path, mode: str, holder: dict[str, str], *, timeout_s: float, clock: Clock
) -> AsyncIterator[dict[str, str] | None]:
    """Hold the lock of a mode; give what a killed holder left in it (None where the last one ended in order).

    `holder` (host, pid, cycle, since) is what a refused run will be told.

    Raises:
        LockHeldError: another run holds it and did not end within `timeout_s` seconds.
        StorageError: the lock file cannot be opened.
    """
    path = data_dir / "locks" / f"{mode}.lock"
    file = _open(path)
    try:
        await _take(file, path, mode, timeout_s, clock)
        left_behind = _read(file)
        _write(file, json.dumps(holder))
        try:
            yield left_behind
        finally:
            _write(file, "")
            fcntl.flock(file, fcntl.LOCK_UN)
    finally:
        os.close(file)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageError(
            f"cannot open {path}: {error.strerror}; the data directory must be writable by user id {os.getuid()}"
        ) from error


async def _take(file: int, path: Path, mode: str, timeout_s: float, clock: Clock) -> None:
    give_up = clock.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not clock.monotonic() < give_up:  # so that a NaN gives up too
                raise LockHeldError(_refusal(mode, _read(file), path)) from None
            await clock.sleep(_POLL_S)
        else:
            return


def _refusal(mode: str, holder: dict[str, str] | None, path: Path) -> str:
    if holder is None:
        return f"another {mode} run has just taken {path}; let it end, or wait for it with --lock-timeout"
    return (
        f"another {mode} run holds the lock since {holder.get('since')}: cycle {holder.get('cycle')}, "
        f"pid {holder.get('pid')} on {holder.get('host')}; let it end, or wait for it with --lock-timeout"
    )


def _read(file: int) -> dict[str, str] | None:
    text = os.pread(file, 4096, 0)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _write(file: int, text: str) -> None:
    with contextlib.suppress(OSError):  # a full disk must not end a run over a note for people
        os.ftruncate(file, 0)
        os.pwrite(file, text.encode(), 0)

"""`status.json`: each mode's last word as a small file for anything that cannot open the database.

It is written after the database and holds the same; where the database itself is what failed, it is all there is.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

from kalshi_common.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

STATUS_NAME = "status.json"
_COLUMNS = {"mode", "last_success_at_utc", "last_error_at_utc", "last_cycle_id", "last_duration_s", "last_error"}
_BLOCK_BYTES = 512  # of st_blocks, whatever the file system's own are


def write_json(path: Path, content: object) -> None:
    """Replace a JSON file in one step: a reader sees the old text or the new, never half of one.

    Raises:
        StorageError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            # A text that is no Unicode (a file's name may be) becomes its JSON escape.
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                json.dump(content, file, indent=1, ensure_ascii=False)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)  # noqa: PTH101  # the name is mkstemp's text
            os.replace(name, path)  # noqa: PTH105  # likewise
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)  # noqa: PTH108  # likewise
            raise
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}; check the volume and its free space") from error


def read_status(data_dir: Path) -> dict[str, Any]:
    """Give the content of `status.json`; empty where there is none or it is damaged (it is only a copy)."""
    try:
        found = json.loads((data_dir / STATUS_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def mode_rows(data_dir: Path) -> list[dict[str, Any]]:
    """Give each mode's row as `status.json` has it; none that is damaged."""
    known = read_status(data_dir).get("modes")
    rows = known.values() if isinstance(known, dict) else ()
    return [row for row in rows if isinstance(row, dict) and row.keys() >= _COLUMNS]


def with_later_errors(rows: Iterable[dict[str, Any]], data_dir: Path) -> list[dict[str, Any]]:
    """Add to the database's rows what only `status.json` could still be told: an error later than all they know."""
    found = {row["mode"]: row for row in rows}
    for copy in mode_rows(data_dir):
        success, error = (found.get(copy["mode"], {}).get(f"last_{what}_at_utc") or "" for what in ("success", "error"))
        if (copy["last_error_at_utc"] or "") > max(success, error):
            found[copy["mode"]] = {**copy, "last_success_at_utc": success or None}
    return list(found.values())


def update_status(data_dir: Path, mode: str, row: Mapping[str, object]) -> None:
    """Set one mode's entry in `status.json`, keeping the other modes'. An absent value keeps the earlier one.

    Raises:
        StorageError: the file cannot be written.
    """
    with one_at_a_time(data_dir, "status"):
        known = read_status(data_dir).get("modes")
        modes: dict[str, Any] = known if isinstance(known, dict) else {}
        earlier = modes.get(mode)
        merged: dict[str, object] = dict(earlier) if isinstance(earlier, dict) else {}
        merged.update({name: value for name, value in row.items() if value is not None or name not in merged})
        content = {"last_mode": mode, "modes": {**modes, mode: merged}}
        try:
            write_json(data_dir / STATUS_NAME, content)
        except StorageError:
            if not _written_over(data_dir / STATUS_NAME, content):
                raise


def _written_over(path: Path, content: object) -> bool:
    """Write a file's new text in the room it already has: on a full disk nothing else can still tell that it is full.

    Blanks fill up what is longer, so that a reader sees JSON all the while.
    """
    text = json.dumps(content).encode()
    try:
        with path.open("r+b") as file:
            found = os.fstat(file.fileno())
            if len(text) > found.st_blocks * _BLOCK_BYTES:
                return False
            os.pwrite(file.fileno(), text.ljust(found.st_size), 0)
            os.ftruncate(file.fileno(), len(text))
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


@contextlib.contextmanager
def one_at_a_time(data_dir: Path, what: str) -> Iterator[None]:
    """Let one process read, change and replace a file while the body runs: two modes may end in the same instant.

    Raises:
        StorageError: the lock `what` cannot be opened.
    """
    path = data_dir / "locks" / f"{what}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise StorageError(f"cannot open {path}: {error.strerror}; check the volume and its owner") from error

"""The mode lock: one run at a time over all processes, freed by every kind of death, and honest about who holds it."""

from __future__ import annotations

import asyncio
import fcntl
import json
import math
import signal
from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import LockHeldError, StorageError
from kalshi_common.lock import mode_lock
from support.data_dir import as_root, child, ended, open_files
from support.fake_clock import FakeClock, SkippingClock, turn

if TYPE_CHECKING:
    import subprocess
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from kalshi_common.clock import Clock

ME = {"host": "here", "pid": "7", "cycle": "c2", "since": "2026-11-23T05:07:09Z"}
_HOLDS = """
import asyncio, os, sys
from pathlib import Path
from kalshi_common.clock import SystemClock
from kalshi_common.lock import mode_lock

async def main():
    holder = {"host": "there", "pid": str(os.getpid()), "cycle": "c1", "since": "2026-11-23T05:00:01Z"}
    async with mode_lock(Path(sys.argv[1]), "collect", holder, timeout_s=0, clock=SystemClock()):
        print("held", flush=True)
        sys.stdin.readline()

asyncio.run(main())
"""


def lock(
    data_dir: Path, mode: str = "collect", *, timeout_s: float = 0, clock: Clock | None = None
) -> AbstractAsyncContextManager[dict[str, str] | None]:
    return mode_lock(data_dir, mode, ME, timeout_s=timeout_s, clock=clock or SkippingClock())


def text(data_dir: Path) -> str:
    return (data_dir / "locks" / "collect.lock").read_text()


def holder(data_dir: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock until it is told a line or killed."""
    process = child(_HOLDS, data_dir)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


async def test_a_first_run_finds_nothing_left_behind_and_leaves_nothing(tmp_path: Path) -> None:
    async with lock(tmp_path) as left_behind:
        assert left_behind is None
        assert json.loads(text(tmp_path)) == ME
    assert text(tmp_path) == ""
    async with lock(tmp_path) as left_behind:
        assert left_behind is None


async def test_another_process_is_refused_in_one_sentence_that_names_holder_cycle_and_since(tmp_path: Path) -> None:
    process = holder(tmp_path)
    with pytest.raises(LockHeldError) as caught:
        await lock(tmp_path).__aenter__()
    assert str(caught.value) == (
        f"another collect run holds the lock since 2026-11-23T05:00:01Z: cycle c1, pid {process.pid} on there; "
        "let it end, or wait for it with --lock-timeout"
    )
    assert caught.value.exit_code == 75
    assert ended(process) == (0, "", "")
    async with lock(tmp_path) as left_behind:
        assert left_behind is None, "it ended in order"


async def test_a_killed_holder_frees_the_lock_and_the_next_run_is_told_whose_it_was(tmp_path: Path) -> None:
    process = holder(tmp_path)
    process.kill()
    assert ended(process)[0] == -signal.SIGKILL
    async with lock(tmp_path) as left_behind:
        assert left_behind == {
            "host": "there", "pid": str(process.pid), "cycle": "c1", "since": "2026-11-23T05:00:01Z"
        }  # fmt: skip
        assert json.loads(text(tmp_path)) == ME
    async with lock(tmp_path) as left_behind:
        assert left_behind is None, "it is told once"


async def test_a_run_that_waits_gets_the_lock_when_its_holder_is_killed(tmp_path: Path) -> None:
    process = holder(tmp_path)
    clock = FakeClock()

    async def wait() -> dict[str, str] | None:
        async with lock(tmp_path, timeout_s=3000, clock=clock) as left_behind:
            return left_behind

    waiting = asyncio.create_task(wait())
    await clock.advance(10)
    assert not waiting.done()
    process.kill()
    ended(process)
    await clock.advance(1)
    found = await waiting
    assert found is not None
    assert found["cycle"] == "c1"


async def test_within_one_process_too_the_second_is_refused(tmp_path: Path) -> None:
    async with lock(tmp_path):
        with pytest.raises(LockHeldError, match="cycle c2, pid 7 on here"):
            await lock(tmp_path).__aenter__()
        assert json.loads(text(tmp_path)) == ME, "the refused one wrote nothing"


async def test_a_file_is_open_only_while_the_lock_is_held_or_waited_for(tmp_path: Path) -> None:
    before = open_files()
    async with lock(tmp_path):
        with pytest.raises(LockHeldError):
            await lock(tmp_path).__aenter__()
        assert open_files() == before + 1
    assert open_files() == before


async def test_modes_do_not_wait_for_each_other(tmp_path: Path) -> None:
    async with lock(tmp_path, "collect"), lock(tmp_path, "trade"):
        pass


@pytest.mark.parametrize("end", [ValueError("a bug"), asyncio.CancelledError()])
async def test_a_run_that_ends_by_an_exception_still_ends_in_order(tmp_path: Path, end: BaseException) -> None:
    with pytest.raises(type(end)):
        async with lock(tmp_path):
            raise end
    assert text(tmp_path) == ""
    async with lock(tmp_path) as left_behind:
        assert left_behind is None


@pytest.mark.parametrize(("timeout_s", "least", "most"), [(0, 0, 0), (0.1, 0.1, 0.5), (30, 30, 30.5)])
async def test_the_wait_lasts_as_long_as_asked_and_no_longer(
    tmp_path: Path, timeout_s: float, least: float, most: float
) -> None:
    clock = SkippingClock()
    async with lock(tmp_path):
        with pytest.raises(LockHeldError):
            await lock(tmp_path, timeout_s=timeout_s, clock=clock).__aenter__()
    assert least <= clock.monotonic() <= most


async def test_a_timeout_that_is_no_number_does_not_wait_for_ever(tmp_path: Path) -> None:
    async with lock(tmp_path):
        with pytest.raises(LockHeldError):
            await asyncio.wait_for(lock(tmp_path, timeout_s=math.nan).__aenter__(), 5)


async def test_a_waiting_run_that_is_cancelled_lets_go_of_its_file(tmp_path: Path) -> None:
    async with lock(tmp_path):
        waiting = asyncio.create_task(lock(tmp_path, timeout_s=100, clock=FakeClock()).__aenter__())
        await turn()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with lock(tmp_path):
        pass


@pytest.mark.parametrize(
    "garbage", [b"", b"\xff\xfe\x00", b"{", b"[1]", b"null", b'"text"', b"7", b"[" * 4096, b'{"a":' * 900]
)
async def test_garbage_in_the_lock_file_is_nobodys_word(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "locks" / "collect.lock"
    path.parent.mkdir()
    path.write_bytes(garbage)
    async with lock(tmp_path) as left_behind:
        assert left_behind is None
        assert json.loads(text(tmp_path)) == ME


async def test_a_holder_that_has_not_yet_written_its_name_refuses_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "collect.lock"
    path.parent.mkdir()
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(LockHeldError, match="another collect run has just taken"):
            await lock(tmp_path).__aenter__()


async def test_a_data_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="the data directory must be writable by user id"):
        await lock(tmp_path / "file" / "data").__aenter__()


_AS_NOBODY = _HOLDS.replace("async def main", "os.setgroups([]); os.setgid(54321); os.setuid(54321)\nasync def main")


@as_root
def test_a_directory_of_another_user_is_told(tmp_path: Path) -> None:
    code, _, err = ended(child(_AS_NOBODY, tmp_path))
    assert code == 1
    assert "StorageError: cannot open " in err
    assert "Permission denied; the data directory must be writable by user id 54321" in err

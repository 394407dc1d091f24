"""The monitor's own look: what it tells, when it says it is over, and that it goes on."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from kalshi_common.config import load_settings
from kalshi_common.health import KEYS, Finding
from monitor.state import Site
from monitor.watch import EVERY_S, TOLD_BY_THE_CYCLE, tell, watch
from support.data_dir import migrated
from support.fake_clock import FakeClock
from support.monitor_world import END, fill

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator
    from pathlib import Path

STALE = Finding("hour_stale", None, "2026-11-23T03:30:00Z", "The newest complete hour began long ago.")
FAILED = Finding("cycle_failed", "collect", "2026-11-23T03:30:00Z", "The last run failed.")


class Board:
    """An alarm that writes down what it was told."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str, str]] = []
        self.over: list[str] = []

    def problem(self, key: str, title: str, body: str) -> list[str]:
        self.problems.append((key, title, body))
        return []

    def recovered(self, key: str, title: str, body: str) -> list[str]:
        assert title
        assert body
        self.over.append(key)
        return []


def test_a_finding_is_told_with_its_words_and_its_date() -> None:
    board = Board()
    tell(board, [STALE])
    [(key, title, body)] = board.problems
    assert (key, title) == ("health:hour_stale", "Kalshi stack: the data is stale")
    assert body == "The newest complete hour began long ago.\nSince 2026-11-23T03:30:00Z."


def test_whatever_is_not_found_is_over_and_what_is_found_is_not() -> None:
    board = Board()
    tell(board, [STALE])
    assert board.over == [f"health:{key}" for key in KEYS if key not in {"hour_stale", *TOLD_BY_THE_CYCLE}]


def test_a_failed_cycle_is_left_to_the_cycle_which_tells_it_at_once() -> None:
    board = Board()
    tell(board, [FAILED])
    assert board.problems == []
    assert "health:cycle_failed" not in board.over


@contextlib.asynccontextmanager
async def watching(site: Site, board: Board) -> AsyncIterator[None]:
    task = asyncio.create_task(watch(site, board))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


class WatchedClock(FakeClock):
    """A fake clock that tells when somebody sleeps on it; its time fails so many times before it is told."""

    def __init__(self, start: dt.datetime = END, *, failures: int = 0) -> None:
        super().__init__(start)
        self.asleep, self._failures = asyncio.Event(), failures

    def now(self) -> dt.datetime:
        if self._failures:
            self._failures -= 1
            raise RuntimeError("no time")
        return super().now()

    async def sleep(self, seconds: float) -> None:
        self.asleep.set()
        await super().sleep(seconds)

    async def next_look(self, after_s: float = EVERY_S) -> None:
        """Let time pass, and wait until the look that is then due is over."""
        self.asleep.clear()
        await self.advance(after_s)
        await self.asleep.wait()


async def test_it_looks_every_minute_and_tells_when_data_has_grown_stale(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        fill(database, days=2, money=False)
    clock, board = WatchedClock(), Board()
    site = Site(load_settings(None, {"KALSHI_DATA_DIR": str(tmp_path)}), clock)
    async with watching(site, board):
        await clock.asleep.wait()
        assert board.problems == []
        assert "health:hour_stale" in board.over
        told = len(board.over)
        await clock.advance(EVERY_S - 1)
        assert len(board.over) == told
        await clock.next_look(3600)
        assert [key for key, _, _ in board.problems] == ["health:hour_stale"]
        assert "health:hour_stale" not in board.over[told:]


async def test_a_look_that_fails_is_not_the_last_one(tmp_path: Path) -> None:
    clock, board = WatchedClock(failures=1), Board()
    site = Site(load_settings(None, {"KALSHI_DATA_DIR": str(tmp_path)}), clock)
    async with watching(site, board):
        await clock.asleep.wait()
        assert board.problems == []
        await clock.next_look()
        assert [key for key, _, _ in board.problems] == ["health:database_missing"]

"""A cycle in a process of its own, at an hour that stands still: for tests that kill it, race it, measure it.

Run as `python collect_child.py START_ISO [MODE]`, MODE being collect unless said; everything else comes from the
environment, as for the real command.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import time

from kalshi_common import log, modes
from kalshi_common.config import load_settings
from kalshi_common.cycle import run_cycle
from kalshi_common.errors import KalshiError


class PinnedClock:
    """The machine's durations, and a wall clock that starts at a given instant."""

    def __init__(self, start: dt.datetime) -> None:
        self._start, self._began = start, time.monotonic()

    def now(self) -> dt.datetime:
        return self._start + dt.timedelta(seconds=time.monotonic() - self._began)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def main() -> int:
    settings = load_settings()
    mode = sys.argv[2] if len(sys.argv) > 2 else "collect"
    log.setup(settings.log_level, settings.log_format, mode=mode)
    clock = PinnedClock(dt.datetime.fromisoformat(sys.argv[1]))
    try:
        outcome = asyncio.run(run_cycle(mode, modes.work_of(mode), settings, clock))
    except KalshiError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    print(outcome.summary_line)
    return int(outcome.exit_code)


if __name__ == "__main__":
    sys.exit(main())

"""The simulated world's clock: the machine's time, shifted or frozen. The simulator reads time nowhere else."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def monotonic() -> float:
    """Return the seconds of CLOCK_MONOTONIC, for durations and arrival times."""
    return time.monotonic()


def _machine_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class SimClock:
    """World time. `source` gives aware datetimes; `set` and `advance` move the world away from it."""

    def __init__(self, source: Callable[[], dt.datetime] | None = None) -> None:
        self._source = source or _machine_now
        self._shift = dt.timedelta()
        self._frozen_at: dt.datetime | None = None

    def now(self) -> dt.datetime:
        """Return the world's time, aware, in UTC."""
        return (self._frozen_at or self._source() + self._shift).astimezone(dt.UTC)

    def set(self, moment: dt.datetime, *, frozen: bool) -> None:
        """Move the world to `moment`; frozen, it stays there, else time flows on from it.

        Raises:
            ValueError: `moment` is naive.
        """
        if moment.tzinfo is None:
            raise ValueError("the world's time needs a time zone")
        self._frozen_at = moment if frozen else None
        self._shift = moment - self._source()

    def advance(self, seconds: float) -> None:
        """Move the world forward (or back) by `seconds`, frozen or not."""
        step = dt.timedelta(seconds=seconds)
        self._shift += step
        if self._frozen_at is not None:
            self._frozen_at += step

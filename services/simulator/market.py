"""One event and its markets: lifecycle and outcome as pure functions of time. No prices and no JSON here.

Times are whole Unix seconds (UTC). Nothing is ever updated: what a market is follows from the moment asked about.
"""

from __future__ import annotations

import enum
import hashlib
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.catalog import SeriesSpec
    from simulator.traits import Traits

_HALF_DAY = 43_200
_ESTIMATES_KEPT = 1_024
_QUICK_RESULT = 7_200
_SLOW_RESULT = 12 * 86_400
_WAVES = 16


class Status(enum.StrEnum):
    """A market's status as the exchange spells it (kalshi-python-async 3.34.0, models/market.py)."""

    INITIALIZED = "initialized"
    INACTIVE = "inactive"
    ACTIVE = "active"
    CLOSED = "closed"
    DETERMINED = "determined"
    DISPUTED = "disputed"
    AMENDED = "amended"
    FINALIZED = "finalized"


TRADING = frozenset({Status.ACTIVE, Status.INACTIVE})


def number(*parts: object) -> int:
    """Return a large number that depends on `parts` alone: the world's every chance."""
    text = "\0".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


class SimEvent:
    """One occurrence of a series. Its hidden `value` decides every market; `estimate` is what the public knows."""

    __slots__ = (
        "_estimates", "centre", "closes", "created", "exclusive", "markets", "opens", "series", "spread", "sub_title",
        "tail", "tick_seconds", "ticker", "timer", "title", "waves",
    )  # fmt: skip

    def __init__(self, ticker: str, series: SeriesSpec, *, title: str, sub_title: str, exclusive: bool) -> None:
        self.ticker = ticker
        self.series = series
        self.title = title
        self.sub_title = sub_title
        self.exclusive = exclusive
        self.markets: list[SimMarket] = []
        self.created = self.opens = self.closes = 0
        self.timer = 3600
        self.tick_seconds = 60
        self.centre = self.spread = 1.0
        self.waves: tuple[float, ...] = (0.0,)
        self.tail = b""
        self._estimates: dict[int, tuple[float, float]] = {}

    @property
    def value(self) -> float:
        """The figure that will be published when the event closes."""
        return self.centre + self.spread * self.waves[0]

    def estimate(self, moment: int) -> tuple[float, float]:
        """Return mean and deviation of the public's forecast at `moment`: a Brownian path that ends on the value.

        Prices made from it are calibrated by construction. The path is its Karhunen-Loeve series, so any moment can be
        asked for at once. It moves every `tick_seconds`.
        """
        tick = moment - moment % self.tick_seconds
        known = self._estimates.get(tick)
        if known is None:
            if len(self._estimates) >= _ESTIMATES_KEPT:
                self._estimates.clear()
            known = self._estimates[tick] = self._estimate(tick)
        return known

    def _estimate(self, tick: int) -> tuple[float, float]:
        gone = min(max((tick - self.opens) / (self.closes - self.opens), 0.0), 1.0)
        walked = self.waves[0] * gone
        for k, wave in enumerate(self.waves[1:], 1):
            walked += wave * math.sqrt(2) * math.sin(k * math.pi * gone) / (k * math.pi)
        tremor = (number(self.ticker, tick) % 2001 - 1000) / 40_000
        left = math.sqrt(max(1 - gone, 1e-4))
        return self.centre + self.spread * (walked + tremor * left), self.spread * left


class SimMarket:
    """One market: yes when the event's value lies in (`low`, `high`]."""

    __slots__ = (
        "closes", "created", "determined", "draw", "early", "event", "finalized", "head", "high", "live", "low",
        "strike_json", "sub_title", "tail", "ticker", "traits",
    )  # fmt: skip

    def __init__(self, ticker: str, event: SimEvent, bounds: tuple[float, float], *, traits: Traits, draw: int) -> None:
        self.ticker = ticker
        self.event = event
        self.low, self.high = bounds
        self.traits = traits
        self.draw = draw
        self.sub_title = ""
        self.strike_json = b""
        self.created = event.created
        self.early = draw % 29 == 0
        """Closes early, after nine tenths of its time."""
        span = event.closes - event.opens
        self.closes = event.opens + span * 9 // 10 if self.early else event.closes
        # Some results are known within hours, some take more than a week.
        self.determined = self.closes + 300 + draw % (_SLOW_RESULT if draw % 7 == 0 else _QUICK_RESULT)
        self.finalized = self.determined + event.timer
        self.head = b""
        self.tail = b""
        self.live: tuple[int, Status, bytes] | None = None

    def status(self, moment: int) -> Status | None:
        """Return the status at `moment`, or None while the market has not been created."""
        if moment < self.created:
            return None
        if moment < self.event.opens:
            return Status.INITIALIZED
        if moment < self.closes:
            return Status.INACTIVE if self.traits.pauses and moment % 86_400 < _HALF_DAY else Status.ACTIVE
        return self._status_after_close(moment)

    def _status_after_close(self, moment: int) -> Status:
        if moment < self.determined:
            return Status.CLOSED
        if moment >= self.finalized:
            return Status.FINALIZED
        if not self.traits.disputed:
            return Status.DETERMINED
        third = (moment - self.determined) * 3 // (self.finalized - self.determined)
        return (Status.DETERMINED, Status.DISPUTED, Status.AMENDED)[third]

    def close_shown(self, moment: int) -> int:
        """Return the close time the exchange shows: the scheduled one, until an early close moved it."""
        return self.closes if moment >= self.closes else self.event.closes

    def changed(self, moment: int) -> int:
        """Return the moment of the last change other than trading, as `updated_time` shows it."""
        steps = (self.created, self.event.opens, self.closes, self.determined, self.finalized)
        return max((step for step in steps if step <= moment), default=self.created)

    @property
    def result(self) -> str:
        """The result once determined: yes, no or scalar."""
        if self.traits.scalar:
            return "scalar"
        return "yes" if self.low < self.event.value <= self.high else "no"

    @property
    def settlement_value(self) -> int:
        """What a yes contract pays, in ten-thousandths of a dollar."""
        if self.traits.scalar:
            return round(self.share(self.event.value) * 10_000)
        return 10_000 if self.result == "yes" else 0

    def share(self, value: float) -> float:
        """Return where in the scalar range `value` lies, 0 to 1."""
        event = self.event
        return min(max((value - event.centre) / (6 * event.spread) + 0.5, 0.0), 1.0)

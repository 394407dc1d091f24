"""What reached the simulated exchange, in order of arrival. It judges nothing."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 200_000


@dataclass(slots=True)
class Arrival:
    """One request on the wire."""

    at: float
    """Monotonic seconds (CLOCK_MONOTONIC)."""
    method: str
    path: str
    """Without `/trade-api/v2`."""
    query: str
    attempt: int
    """1 for the first arrival of this method, path and query, then 2, and so on."""
    status: int = 0
    """The HTTP status sent; 0 while there is none, or when the connection was broken before one."""
    fault: str = ""
    """The faults applied, comma-separated; `rate_limit` is the bucket's own refusal."""


class RequestLog:
    """The last 200,000 arrivals, and how often each same request came."""

    def __init__(self) -> None:
        self.arrivals: deque[Arrival] = deque(maxlen=_KEPT)
        self._attempts: Counter[str] = Counter()
        self._more = asyncio.Event()

    def arrived(self, at: float, method: str, path: str, query: str) -> Arrival:
        """Note a request and return its entry, to be completed."""
        key = f"{method} {path}?{query}"
        self._attempts[key] += 1
        arrival = Arrival(at, method, path, query, self._attempts[key])
        self.arrivals.append(arrival)
        self._more.set()
        return arrival

    async def reached(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        while len(self.arrivals) < count:
            self._more.clear()
            await self._more.wait()

    def reset(self) -> None:
        """Forget everything: the next arrival of any request is its first attempt."""
        self.arrivals.clear()
        self._attempts.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """Return the entries as plain data."""
        return [asdict(arrival) for arrival in self.arrivals]

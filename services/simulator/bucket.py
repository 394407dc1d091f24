"""The exchange's token bucket, in requests: each costs one (ten tokens at Kalshi). It reads no clock."""

from __future__ import annotations


class Bucket:
    """Refills `rate` requests a second up to `burst`. A rate of 0 means no limit."""

    def __init__(self, rate: float, burst: float) -> None:
        self.configure(rate, burst)
        self._last: float | None = None

    def configure(self, rate: float, burst: float) -> None:
        """Change the limits; the bucket starts full."""
        self.rate = rate
        self.burst = burst
        self._held = burst

    def take(self, at: float, cost: float = 1) -> bool:
        """Take one request's worth (or `cost`) at the monotonic time `at` (seconds); False when there is not enough."""
        if not self.rate:
            return True
        if self._last is not None:
            self._held = min(self.burst, self._held + (at - self._last) * self.rate)
        self._last = at
        if self._held < cost:
            return False
        self._held -= cost
        return True

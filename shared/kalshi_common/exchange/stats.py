"""What a client counts while it asks. It asks nobody."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(slots=True)
class ClientStats:
    """What this client has done so far. `requests` counts everything sent, aiohttp's silent resends included."""

    requests: int = 0
    retries: int = 0
    bytes_received: int = 0
    """Bytes of bodies, after decompression."""
    throttled_429: int = 0
    clock_skew_s: float | None = None
    """How far our wall clock was from the latest answer's Date header, which has whole seconds."""

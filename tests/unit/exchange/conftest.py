"""The recorded shapes as bytes, and a client of a scripted server on a stepped clock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.exchange import KalshiClient, SharedRateLimit
from support.scripted_server import ScriptedServer, SteppedClock

if TYPE_CHECKING:
    from collections.abc import Callable

_FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def payload() -> Callable[[str], bytes]:
    """Give a fixture's body: what stands after its header note."""

    def read(name: str) -> bytes:
        return (_FIXTURES / f"{name}.http").read_bytes().partition(b"\n\n")[2]

    return read


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def client_of(clock: SteppedClock, tmp_path: Path) -> Callable[..., KalshiClient]:
    """Make a client of a scripted server; its pauses pass on the stepped clock."""

    def make(server: ScriptedServer, **knobs: Any) -> KalshiClient:
        limiter = SharedRateLimit(tmp_path / "locks" / "rate_limit", knobs.pop("per_second", 10), clock)
        return KalshiClient(knobs.pop("url", server.url), limiter=limiter, clock=clock, **knobs)

    return make

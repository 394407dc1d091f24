"""The official SDK as a client of a running simulated exchange, and keys made for the run. Nothing is asserted here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from kalshi_python_async import ApiClient, Configuration

from kalshi_common.exchange import KalshiClient, SharedRateLimit
from support.scripted_server import SteppedClock
from support.simulated_exchange import SimulatedExchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from typing import Any

    from support.scripted_server import ClientOf, ScriptedServer


@pytest.fixture
async def exchange() -> AsyncIterator[SimulatedExchange]:
    async with SimulatedExchange(markets=900) as running:
        yield running


@pytest.fixture
async def sdk(exchange: SimulatedExchange) -> AsyncIterator[ApiClient]:
    async with ApiClient(Configuration(host=exchange.base_url)) as client:
        yield client


@pytest.fixture(scope="session", params=["rsa", "ed25519"])
def key(request: pytest.FixtureRequest) -> RSAPrivateKey | Ed25519PrivateKey:
    return generate_private_key(65537, 2048) if request.param == "rsa" else Ed25519PrivateKey.generate()


@pytest.fixture(scope="session")
def pem(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    """Give the private key as an operator's file holds it."""
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


@pytest.fixture(scope="session")
def public_pem(key: RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, info)


@pytest.fixture
def client_of(tmp_path: Path) -> ClientOf:
    """Make our own client of a local server; its pauses pass on a stepped clock."""

    def make(server: ScriptedServer, **knobs: Any) -> KalshiClient:
        clock = SteppedClock()
        limiter = SharedRateLimit(tmp_path / "locks" / "rate_limit", 100, clock)
        return KalshiClient(server.url, limiter=limiter, clock=clock, **knobs)

    return make

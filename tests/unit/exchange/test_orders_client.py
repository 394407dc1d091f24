"""The writing client against a server that fails on purpose: each write goes out once, and says what is proven."""

from __future__ import annotations

import base64
import socket
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_common.domain.order import OrderIntent
from kalshi_common.exchange import Credentials, SharedRateLimit
from kalshi_common.exchange.orders_client import WRITES_PER_SECOND, OrdersClient
from support.scripted_server import ScriptedServer, SteppedClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from kalshi_common.exchange.orders_protocol import WriteOutcome

    Write = Callable[[OrdersClient], Awaitable[WriteOutcome]]

KEY = Ed25519PrivateKey.generate()
GOOD = b'{"order_id":"o-1"}'
INTENT = OrderIntent(
    "c/M/yes", "ks1-0", "c", None, "live", "prod", "KXCPI-26NOV-T0.3", "KXCPI", "KXCPI-26NOV", "cpi", "yes", 1000,
    560_000, 180_000, "immediate_or_cancel", None, "2026-11-23T05:00:00Z",
)  # fmt: skip
WRITES: dict[str, Write] = {
    "an order": lambda client: client.create_order(INTENT, "group-1"),
    "a cancel": lambda client: client.cancel_order("o/1 x"),
    "a group": lambda client: client.create_group(100),
    "a reset": lambda client: client.reset_group("group-1"),
}
TORN = ("cut", "cut_chunked", "cut_silent", "reset", "hangup", "hang", "html", "empty", "bad_gzip")


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def client_of(clock: SteppedClock, tmp_path: Path) -> Callable[[str], OrdersClient]:
    def make(url: str) -> OrdersClient:
        limiter = SharedRateLimit(tmp_path / "rate_limit_writes", WRITES_PER_SECOND, clock)
        return OrdersClient(url, limiter=limiter, clock=clock, credentials=Credentials("k", KEY), timeout_s=0.3)

    return make


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("word", TORN)
async def test_a_write_whose_answer_is_torn_is_sent_once_and_unknown(
    client_of: Callable[[str], OrdersClient], write: str, word: str
) -> None:
    async with ScriptedServer(GOOD, word) as server, client_of(server.url) as client:
        outcome = await WRITES[write](client)
        assert len(server.arrivals) == client.sent == 1
    assert outcome.kind == "unknown", outcome
    assert outcome.reason.startswith(("POST", "DELETE", "PUT"))


@pytest.mark.parametrize("write", WRITES)
async def test_a_connection_that_dies_between_two_writes_makes_no_write_twice(
    client_of: Callable[[str], OrdersClient], write: str
) -> None:
    """aiohttp resends DELETE and PUT on a kept connection that died (its #10790); it must find none."""
    async with ScriptedServer(GOOD, "ok", "hangup", "ok") as server, client_of(server.url) as client:
        kinds = [(await WRITES[write](client)).kind for _ in range(3)]
        assert kinds == ["done", "unknown", "done"]
        assert len(server.arrivals) == client.sent == 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, "refused") for status in (400, 401, 403, 404, 410, 429)),
        *((status, "unknown") for status in (408, 409, 425, 499, 500, 502, 503, 504, 302)),
    ],
)
@pytest.mark.parametrize("write", WRITES)
async def test_each_status_proves_what_it_proves_and_is_never_asked_again(
    client_of: Callable[[str], OrdersClient], write: str, status: int, kind: str
) -> None:
    async with ScriptedServer(GOOD, str(status)) as server, client_of(server.url) as client:
        outcome = await WRITES[write](client)
        assert (outcome.kind, len(server.arrivals)) == (kind, 1)
        assert str(status) in outcome.reason


async def test_what_found_no_connection_was_not_sent(client_of: Callable[[str], OrdersClient]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/trade-api/v2"
    async with client_of(url) as client:
        outcome = await client.cancel_order("o-1")
    assert outcome.kind == "refused"
    assert "not sent, for there was no connection" in outcome.reason


async def test_a_price_the_exchange_cannot_read_is_refused_before_anything_is_sent(
    client_of: Callable[[str], OrdersClient],
) -> None:
    async with ScriptedServer(GOOD) as server, client_of(server.url) as client:
        outcome = await client.create_order(INTENT._replace(price_microdollars=555_555), "group-1")
        assert (outcome.kind, server.arrivals, client.sent) == ("refused", [], 0)


@pytest.mark.parametrize(
    ("write", "method", "path"),
    [
        ("an order", "POST", "/trade-api/v2/portfolio/events/orders"),
        ("a cancel", "DELETE", "/trade-api/v2/portfolio/events/orders/o%2F1%20x"),
        ("a reset", "PUT", "/trade-api/v2/portfolio/order_groups/group-1/reset"),
    ],
)
async def test_each_write_is_signed_with_its_method_and_path(
    client_of: Callable[[str], OrdersClient], write: str, method: str, path: str
) -> None:
    async with ScriptedServer(GOOD) as server, client_of(server.url) as client:
        await WRITES[write](client)
        (arrival,) = server.arrivals
    assert arrival.path == path
    signature = base64.b64decode(arrival.headers["KALSHI-ACCESS-SIGNATURE"])
    stamp = arrival.headers["KALSHI-ACCESS-TIMESTAMP"]
    KEY.public_key().verify(signature, f"{stamp}{method}{path}".encode())


async def test_writes_are_spaced_by_a_limit_of_their_own(
    client_of: Callable[[str], OrdersClient], clock: SteppedClock
) -> None:
    async with ScriptedServer(GOOD) as server, client_of(server.url) as client:
        for _ in range(1 + WRITES_PER_SECOND):
            await client.cancel_order("o-1")
    assert 1 <= clock.passed_s < 1.2

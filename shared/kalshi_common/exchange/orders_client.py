"""Sends writes: orders, cancels, order groups. Each is sent at most once, and nothing here ever sends one again.

It shares no path with the reading client, whose funnel repeats. aiohttp itself resends DELETE and PUT when a kept
connection turns out to be dead (its #10790), so every write has a connection of its own, and a second pass of the same
request is refused all the same.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import aiohttp

from kalshi_common import __version__
from kalshi_common.errors import ExchangeUnavailableError
from kalshi_common.exchange import wire_orders
from kalshi_common.exchange.orders_protocol import WriteOutcome, judge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Self

    from kalshi_common.clock import Clock
    from kalshi_common.domain.order import OrderIntent
    from kalshi_common.exchange.rate_limit import SharedRateLimit
    from kalshi_common.exchange.signing import Credentials

    _Handler = Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]

WRITES_PER_SECOND: Final = 5
"""Half of what the lowest tier may (100 tokens a second, 10 a write); the limiter of writes is not that of reads."""
_ORDERS: Final = "/portfolio/events/orders"
_GROUPS: Final = "/portfolio/order_groups"
_WHOLE_ANSWER: Final = 1.5
# Raised before a byte of the request is written, so what they end was never sent.
_NOT_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class OrdersClient:
    """Writes to the exchange: `async with OrdersClient(...) as orders`. No method raises for what the exchange does."""

    def __init__(
        self,
        base_url: str,
        *,
        limiter: SharedRateLimit,
        clock: Clock,
        credentials: Credentials,
        timeout_s: float = 20.0,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._limiter = limiter
        self._clock = clock
        self._credentials = credentials
        self._timeout_s = timeout_s
        self.sent = 0
        """Writes that went onto the wire."""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout_s, sock_read=self._timeout_s),
            headers={"User-Agent": f"kalshi-stack/{__version__}", "Accept": "application/json"},
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def create_order(self, intent: OrderIntent, group_id: str) -> WriteOutcome:
        """Send an order once; one that cannot be written down is refused without being sent."""
        try:
            body = wire_orders.create_body(intent, group_id)
        except ValueError as error:
            return WriteOutcome("refused", f"POST {_ORDERS}: not sent, for {error}.")
        return await self._write("POST", _ORDERS, body)

    async def cancel_order(self, order_id: str) -> WriteOutcome:
        """Send a cancel once."""
        return await self._write("DELETE", f"{_ORDERS}/{quote(order_id, safe='')}")

    async def create_group(self, limit: int) -> WriteOutcome:
        """Make an order group of so many contracts in 15 seconds."""
        return await self._write("POST", f"{_GROUPS}/create", wire_orders.group_body(limit))

    async def reset_group(self, group_id: str) -> WriteOutcome:
        """Let an order group take orders again."""
        return await self._write("PUT", f"{_GROUPS}/{quote(group_id, safe='')}/reset", b"{}")

    async def _write(self, method: str, path: str, body: bytes = b"") -> WriteOutcome:
        """Send one write, and say what its answer proves; the one place where writes leave."""
        name = f"{method} {path}"
        passed = False

        async def once(wire_request: aiohttp.ClientRequest, handler: _Handler) -> aiohttp.ClientResponse:
            nonlocal passed
            if passed:
                raise ExchangeUnavailableError(f"{name}: the connection was lost before an answer came.")
            now_ms = int(self._clock.now().timestamp() * 1000)
            wire_request.headers.update(self._credentials.headers(method, wire_request.url.raw_path, now_ms))
            passed = True
            self.sent += 1
            return await handler(wire_request)

        await self._limiter.acquire()
        try:
            async with (
                asyncio.timeout(self._timeout_s * _WHOLE_ANSWER),
                self._session.request(
                    method,
                    self._base_url + path,
                    data=body or None,
                    headers={"Content-Type": "application/json"} if body else None,
                    allow_redirects=False,
                    middlewares=(once,),
                ) as response,
            ):
                return judge(response.status, response.headers, await response.read(), request=name)
        except _NOT_SENT as error:
            return WriteOutcome("refused", f"{name}: not sent, for there was no connection ({_cause(error)}).")
        except (aiohttp.ClientError, TimeoutError, ExchangeUnavailableError) as error:
            return WriteOutcome("unknown", f"{name}: sent, and no whole answer came ({_cause(error)}).")


def _cause(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")

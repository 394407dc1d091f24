"""Asks Kalshi's read endpoints: throttled, signed, retried. Reads no field of an answer (wire) and stores nothing.

GET only: a write must never be resent blindly, so none goes through here.
"""

from __future__ import annotations

import asyncio
import dataclasses
import io
import logging
import random
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import aiohttp
import stamina
from stamina.instrumentation import set_on_retry_hooks

from kalshi_common import __version__
from kalshi_common.errors import (
    ConfigError,
    CycleError,
    ExchangeError,
    ExchangeUnavailableError,
    UnexpectedAnswerError,
)
from kalshi_common.exchange import protocol, wire
from kalshi_common.exchange.stats import ClientStats

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from kalshi_common.clock import Clock
    from kalshi_common.domain.market import (
        AccountLimits,
        EventPage,
        ExchangeStatus,
        MarketPage,
        ObservedBook,
        ObservedEvent,
        ObservedMarket,
        ObservedSeries,
    )
    from kalshi_common.exchange.query import MarketQuery
    from kalshi_common.exchange.rate_limit import SharedRateLimit
    from kalshi_common.exchange.signing import Credentials

    _Handler = Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_FIRST_BACKOFF_S, _LONGEST_BACKOFF_S, _JITTER_S = 0.5, 20.0, 0.5
_WATCH_STOP_S = 1.0
_BODY_TIMEOUTS = 1.5

# stamina's own line would only repeat ours, without the pause that this client waits.
set_on_retry_hooks(())


class KalshiClient:
    """One client for all of a cycle's requests: `async with KalshiClient(...) as client`.

    Every method raises:
        ExchangeUnavailableError: no usable answer after `1 + max_retries` requests.
        RequestRejectedError: the exchange refused the request.
        UnexpectedAnswerError: an answer of another shape, or a redirect.
        ExchangeError: the server's TLS certificate is not valid; never retried.
        CycleError: `should_stop()` became true, so no further attempt was begun.
    """

    def __init__(  # noqa: PLR0913 - each is a knob of the configuration, all but one by keyword
        self,
        base_url: str,
        *,
        limiter: SharedRateLimit,
        clock: Clock,
        credentials: Credentials | None = None,
        max_retries: int = 5,
        timeout_s: float = 20.0,
        max_concurrency: int = 8,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.stats = ClientStats()
        self._base_url = base_url.rstrip("/")
        self._limiter = limiter
        self._clock = clock
        self._credentials = credentials
        self._max_retries = max_retries
        self._timeout_s = timeout_s
        self._max_concurrency = max_concurrency
        self._should_stop = should_stop

    async def __aenter__(self) -> Self:
        # One lane per connection: whoever holds a slot of the limiter never queues for a connection and then bunches.
        self._lanes = asyncio.Semaphore(self._max_concurrency)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._max_concurrency),
            # No total: it would count the wait for the limiter.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout_s, sock_read=self._timeout_s),
            headers={"User-Agent": f"kalshi-stack/{__version__}", "Accept": "application/json"},
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def exchange_status(self) -> ExchangeStatus:
        """Tell whether the exchange is up and trading."""
        return await self._get("/exchange/status", {}, wire.exchange_status)

    async def markets(self, query: MarketQuery, cursor: str = "") -> MarketPage:
        """Fetch one page of a walk over markets."""
        return await self._get("/markets", query.params(cursor), wire.markets_page)

    async def markets_by_ticker(self, tickers: Sequence[str]) -> list[ObservedMarket]:
        """Fetch up to 100 markets by name; unknown ones, and those settled long ago, are missing from the result."""
        return await self._by_ticker("/markets", tickers, wire.markets_page)

    async def historical_markets(self, tickers: Sequence[str]) -> list[ObservedMarket]:
        """Fetch up to 100 markets that settled before the exchange's historical cutoff (about 3 months back)."""
        return await self._by_ticker("/historical/markets", tickers, wire.historical_markets_page)

    async def orderbooks(self, tickers: Sequence[str]) -> list[ObservedBook]:
        """Fetch up to 100 order books; a market without one is missing from the result."""
        # Repeated, as the official SDK sends this one list; the other endpoints take commas.
        query = {"tickers": list(tickers)}
        return await self._get("/markets/orderbooks", query, lambda body: wire.orderbooks(body, tickers))

    async def events(self, *, series_ticker: str | None, cursor: str = "") -> EventPage:
        """Fetch one page of open events, of one series or of all (multivariate events are never among them)."""
        query = {"status": "open", "limit": "200", "series_ticker": series_ticker or "", "cursor": cursor}
        return await self._get("/events", {name: value for name, value in query.items() if value}, wire.events_page)

    async def event(self, ticker: str) -> ObservedEvent:
        """Fetch one event."""
        return await self._get(f"/events/{quote(ticker, safe='')}", {}, wire.event)

    async def series(self, ticker: str) -> ObservedSeries:
        """Fetch one series."""
        return await self._get(f"/series/{quote(ticker, safe='')}", {}, wire.series)

    async def all_series(self, wanted: Collection[str]) -> Iterator[ObservedSeries]:
        """Fetch every series in one answer (about 13,000, 19 MB); give those wanted, read as they are taken."""
        return await self._get("/series", {}, lambda body: wire.all_series(body, wanted))

    async def account_limits(self) -> AccountLimits:
        """Fetch what the account may ask.

        Raises:
            ConfigError: there are no credentials to sign with.
        """
        if self._credentials is None:
            raise ConfigError("GET /account/limits: needs KALSHI_API_KEY and KALSHI_PRIVATE_KEY; set both.")
        return await self._get("/account/limits", {}, wire.account_limits)

    async def _by_ticker(
        self, path: str, tickers: Sequence[str], read: Callable[[bytes], MarketPage]
    ) -> list[ObservedMarket]:
        found: list[ObservedMarket] = []
        seen = {""}
        cursor = ""
        while tickers:  # asking for none would mean asking for all
            page = await self._get(path, {"tickers": ",".join(tickers)} | ({"cursor": cursor} if cursor else {}), read)
            found += page.markets
            cursor = page.cursor
            if not cursor:
                break
            if cursor in seen:
                raise UnexpectedAnswerError(f"GET {path}: the cursor {cursor!r} came twice; the walk would never end.")
            seen.add(cursor)
        return found

    async def _get(self, path: str, params: Mapping[str, str | Sequence[str]], read: Callable[[bytes], _T]) -> _T:
        """Ask until an answer can be read, at most `1 + max_retries` times; the one funnel of all requests."""
        request = _Request(f"GET {path}", self._base_url + path, params)
        pause_s = 0.0
        async for attempt in stamina.retry_context(
            # 0.0: stamina counts the attempts and grows the backoff; the pause is ours, so that a stop can end it.
            on=lambda error: 0.0 if self._may_retry(request, error) else False,
            attempts=1 + self._max_retries,
            timeout=None,
            wait_initial=_FIRST_BACKOFF_S,
            wait_max=_LONGEST_BACKOFF_S,
        ):
            with attempt:
                await self._pause(pause_s)
                try:
                    return read(await self._fetch(request))
                except ExchangeUnavailableError as error:
                    if not self._may_retry(request, error):
                        raise ExchangeUnavailableError(f"{error} Gave up after {request.sent} requests.") from error
                    backoff_s = attempt.next_wait + random.uniform(0, _JITTER_S)  # noqa: S311 - jitter, no secret
                    pause_s = max(backoff_s, error.retry_after_s or 0.0)
                    _log_retry(request, pause_s, error)
                    raise
        raise AssertionError("stamina returns or raises")  # pragma: no cover

    def _may_retry(self, request: _Request, error: Exception) -> bool:
        return isinstance(error, ExchangeUnavailableError) and request.sent <= self._max_retries

    async def _fetch(self, request: _Request) -> bytes:
        async def send(wire_request: aiohttp.ClientRequest, handler: _Handler) -> aiohttp.ClientResponse:
            return await self._send(request, wire_request, handler)

        try:
            async with (
                self._lanes,
                self._session.get(
                    request.url, params=request.params, allow_redirects=False, middlewares=(send,)
                ) as response,
                asyncio.timeout(self._timeout_s * _BODY_TIMEOUTS),
            ):
                body = await _body(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _translated(request.name, error, self._timeout_s) from error
        self._note(response, body)
        return protocol.decipher(response.status, response.headers, body, request=request.name)

    async def _send(
        self, request: _Request, wire_request: aiohttp.ClientRequest, handler: _Handler
    ) -> aiohttp.ClientResponse:
        """Pass once per request on the wire: aiohttp silently resends a GET after a lost connection (its #10790)."""
        if request.sent > self._max_retries:
            raise ExchangeUnavailableError(f"{request.name}: the connection was lost before an answer came.")
        self._refuse_when_stopping(request)
        await self._limiter.acquire()
        self._refuse_when_stopping(request)
        self.stats.retries += request.sent > 0
        self.stats.requests += 1
        request.sent += 1
        if self._credentials:
            now_ms = int(self._clock.now().timestamp() * 1000)
            wire_request.headers.update(self._credentials.headers("GET", wire_request.url.raw_path, now_ms))
        async with asyncio.timeout(self._timeout_s * _BODY_TIMEOUTS):
            return await handler(wire_request)

    def _note(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        self.stats.bytes_received += len(body)
        self.stats.throttled_429 += response.status == 429  # noqa: PLR2004 - the status is the name
        sent_at = protocol.http_date(response.headers.get("Date"))
        if sent_at is not None:
            self.stats.clock_skew_s = abs((self._clock.now() - sent_at).total_seconds())

    def _refuse_when_stopping(self, request: _Request) -> None:
        if self._should_stop():
            raise CycleError(f"{request.name}: not asked any more, for the cycle is to end.")

    async def _pause(self, seconds: float) -> None:
        end = self._clock.monotonic() + seconds
        while (left_s := end - self._clock.monotonic()) > 0 and not self._should_stop():
            await self._clock.sleep(min(left_s, _WATCH_STOP_S))


@dataclasses.dataclass(slots=True)
class _Request:
    name: str
    url: str
    params: Mapping[str, str | Sequence[str]]
    sent: int = 0
    """Times it went onto the wire."""


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """Read an answer to its end. Not by `read()`, which joins the pieces: for a moment all stands in memory twice."""
    body = io.BytesIO()
    async for piece in response.content.iter_any():
        body.write(piece)
    return body.getvalue()  # the buffer itself, not a copy of it


def _log_retry(request: _Request, pause_s: float, error: ExchangeUnavailableError) -> None:
    data = {"request": request.name, "sent": request.sent, "pause_s": round(pause_s, 2), "cause": str(error)}
    _log.warning("retry", extra={"event": "retry", "data": data})


def _translated(name: str, error: Exception, timeout_s: float) -> ExchangeError | ConfigError:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return ExchangeError(
            f"{name}: the TLS certificate of {error.host} is not valid ({error.certificate_error}); "
            "check the exchange's base URL, this machine's clock and its CA certificates."
        )
    if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
        return ConfigError(f"{name}: {error} is not a URL to ask; check exchange.base_url and KALSHI_API_BASE_URL.")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return ExchangeUnavailableError(
            f"{name}: the host {error.host} cannot be found; check the network and its DNS."
        )
    if isinstance(error, TimeoutError):
        return ExchangeUnavailableError(f"{name}: no whole answer in time (exchange.timeout_s is {timeout_s:g}).")
    cause = " ".join(f"{type(error).__name__}: {error}".split())
    return ExchangeUnavailableError(f"{name}: the connection failed ({cause}).")

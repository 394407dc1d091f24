"""A real HTTP server that plays a script of fault words, one a request, then answers well. No part of it is Kalshi.

Fault words: `429`, `500` and any other status, `retry_after=7` (seconds), `retry_after_date=7` (an HTTP date 7 s after
the answer's Date), `html` (with 200), `empty`, `broken_json`, `cut` (short of its Content-Length), `cut_chunked`,
`cut_silent` (neither length nor chunks, so only the JSON tells), `bad_gzip`, `gzip` (a good one), `reset`, `hangup`
(closed without a word: what makes aiohttp resend), `hang`, `drip`, `redirect`, `skew=-30` (a Date that far off).
Bytes in the script are a good answer of their own.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import gzip
import socket
import struct
import time
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from typing import Self

    from kalshi_common.exchange import KalshiClient

    Payload = Callable[[str], bytes]
    ClientOf = Callable[..., KalshiClient]

JSON = {"Content-Type": "application/json"}
_RST_ON_CLOSE = struct.pack("ii", 1, 0)


class Arrival(NamedTuple):
    """One request as the server saw it, `at` by the monotonic clock in seconds."""

    at: float
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


class SteppedClock:
    """A clock that moves only when somebody sleeps on it; `slept` is every pause in seconds."""

    def __init__(self, start: dt.datetime = dt.datetime(2026, 11, 23, 5, 0, tzinfo=dt.UTC)) -> None:
        self._start = start
        self.passed_s = 0.0
        self.slept: list[float] = []

    def now(self) -> dt.datetime:
        return self._start + dt.timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        return 1000.0 + self.passed_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed_s += seconds
        await asyncio.sleep(0)


class ScriptedServer:
    """`async with ScriptedServer(body, "429", "cut") as server`: two bad answers, then `body` for ever."""

    def __init__(
        self, body: bytes | Mapping[str, bytes], *words: str | bytes, tls: ssl.SSLContext | None = None
    ) -> None:
        self._body = body
        self._script = list(words)
        self._tls = tls
        self._over = asyncio.Event()
        self.arrivals: list[Arrival] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(_app(self._answer), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        scheme = "https" if self._tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._runner.addresses[0][1]}/trade-api/v2"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.arrivals.append(Arrival(time.monotonic(), request.raw_path, dict(request.query), request.headers.copy()))
        next_up = self._script.pop(0) if self._script else "ok"
        if isinstance(next_up, bytes):
            return await self._ok(request, next_up, "")
        word, _, argument = next_up.partition("=")
        body = self._body if isinstance(self._body, bytes) else self._body[request.path]
        if word.isdigit():
            return web.Response(status=int(word), body=b'{"error":"said the script"}', headers=JSON)
        return await getattr(self, f"_{word}")(request, body, argument)

    async def _ok(self, _request: web.Request, body: bytes, _: str) -> web.StreamResponse:
        return web.Response(body=body, headers=JSON)

    async def _gzip(self, request: web.Request, body: bytes, _: str) -> web.StreamResponse:
        assert "gzip" in request.headers["Accept-Encoding"]
        return web.Response(body=gzip.compress(body), headers={**JSON, "Content-Encoding": "gzip"})

    async def _bad_gzip(self, _request: web.Request, body: bytes, _: str) -> web.StreamResponse:
        return web.Response(body=b"not gzip" + body, headers={**JSON, "Content-Encoding": "gzip"})

    async def _retry_after(self, _request: web.Request, _body: bytes, seconds: str) -> web.StreamResponse:
        return web.Response(status=429, body=b'{"error":"too many requests"}', headers={"Retry-After": seconds})

    async def _retry_after_date(self, _request: web.Request, _body: bytes, seconds: str) -> web.StreamResponse:
        now = dt.datetime(2026, 11, 23, 5, 0, tzinfo=dt.UTC)
        later = now + dt.timedelta(seconds=float(seconds))
        dates = {"Date": email.utils.format_datetime(now, usegmt=True)}
        return web.Response(
            status=503, headers={**dates, "Retry-After": email.utils.format_datetime(later, usegmt=True)}
        )

    async def _skew(self, _request: web.Request, body: bytes, seconds: str) -> web.StreamResponse:
        off = dt.datetime(2026, 11, 23, 5, 0, tzinfo=dt.UTC) + dt.timedelta(seconds=float(seconds))
        return web.Response(body=body, headers={**JSON, "Date": email.utils.format_datetime(off, usegmt=True)})

    async def _html(self, _request: web.Request, _body: bytes, _: str) -> web.StreamResponse:
        return web.Response(text="<html><body>Checking your browser</body></html>", content_type="text/html")

    async def _empty(self, _request: web.Request, _body: bytes, _: str) -> web.StreamResponse:
        return web.Response(headers=JSON)

    async def _broken_json(self, _request: web.Request, body: bytes, _: str) -> web.StreamResponse:
        return web.Response(body=body.rstrip()[:-2] + b",}", headers=JSON)

    async def _redirect(self, _request: web.Request, _body: bytes, _: str) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "https://elsewhere.example/v3"})

    async def _cut(self, request: web.Request, body: bytes, _: str) -> web.StreamResponse:
        return await self._begin(request, body[: len(body) // 2], content_length=len(body))

    async def _cut_chunked(self, request: web.Request, body: bytes, _: str) -> web.StreamResponse:
        return await self._begin(request, body[: len(body) // 2], content_length=None)

    async def _cut_silent(self, request: web.Request, body: bytes, _: str) -> web.StreamResponse:
        assert request.transport
        request.transport.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body[: len(body) // 2])
        return await self._hangup(request, body, "")

    async def _drip(self, request: web.Request, body: bytes, _: str) -> web.StreamResponse:
        answer = web.StreamResponse(headers=JSON)
        answer.content_length = len(body)
        await answer.prepare(request)
        for byte in body:
            await answer.write(bytes([byte]))
            await asyncio.sleep(0.01)
        return answer

    async def _hang(self, request: web.Request, body: bytes, _: str) -> web.StreamResponse:
        await self._over.wait()
        return await self._hangup(request, body, "")

    async def _hangup(self, request: web.Request, _body: bytes, _: str) -> web.StreamResponse:
        assert request.transport
        request.transport.close()
        return web.Response()

    async def _reset(self, request: web.Request, _body: bytes, _: str) -> web.StreamResponse:
        assert request.transport
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
        request.transport.abort()
        return web.Response()

    async def _begin(self, request: web.Request, part: bytes, content_length: int | None) -> web.StreamResponse:
        answer = web.StreamResponse(headers=JSON)
        answer.content_length = content_length
        if content_length is None:
            answer.enable_chunked_encoding()
        await answer.prepare(request)
        await answer.write(part)
        assert request.transport
        request.transport.close()
        return answer


def _app(handler: object) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)  # type: ignore[arg-type] - a bound method fits
    return app

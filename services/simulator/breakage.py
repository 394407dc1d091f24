"""Breaking answers on the wire: each function does one wire fault to one request. It chooses none."""

from __future__ import annotations

import asyncio
import email.utils
import socket
import struct
from typing import TYPE_CHECKING, Final

from aiohttp import web

from simulator.answers import json_answer

if TYPE_CHECKING:
    import datetime as dt

    from simulator.faults import Faults

_HTML: Final = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr>proxy</body></html>"
_PHRASES: Final = {
    "408": "Request Timeout", "502": "Bad Gateway", "503": "Service Unavailable", "504": "Gateway Timeout",
}  # fmt: skip
_DRIPS: Final = 20


def refusal(name: str, faults: Faults, now: dt.datetime) -> web.Response | None:
    """Return the answer of a fault that needs no good one, or None for the other faults."""
    if name.startswith("429"):
        return too_many_requests(_retry_after(name, faults, now))
    if name == "500":
        return json_answer({"error": {"code": "internal_server_error", "message": "internal server error"}}, status=500)
    if name == "html_200":
        return html(200, "Just a moment...")
    if name in _PHRASES:
        return html(int(name), f"{name} {_PHRASES[name]}")
    return None


def too_many_requests(retry_after: str = "") -> web.Response:
    """Return the 429 of the real exchange, usually without `Retry-After` (kalshi-api.md, Rate limits)."""
    answer = json_answer({"error": "too many requests"}, status=429)
    if retry_after:
        answer.headers["Retry-After"] = retry_after
    return answer


def html(status: int, title: str) -> web.Response:
    """Return a page as proxies write them."""
    return web.Response(text=_HTML.format(title), status=status, content_type="text/html")


def reset(request: web.Request) -> web.StreamResponse:
    """Close the connection with a TCP reset."""
    transport = request.transport
    if transport is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


def cut(request: web.Request, body: bytes, *, announced: bool) -> web.StreamResponse:
    """Send half the body and close: with its length announced, or without, so that it looks whole to HTTP."""
    length = f"Content-Length: {len(body)}\r\n" if announced else ""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}Connection: close\r\n\r\n"
    transport = request.transport
    if transport is not None:
        transport.write(head.encode() + body[: len(body) // 2])
        transport.close()
    return web.Response()


async def drip(request: web.Request, answer: web.Response, seconds: float) -> web.StreamResponse:
    """Send the good answer in small portions over `seconds`."""
    body = _body(answer)
    slow = web.StreamResponse(status=answer.status, headers={"Content-Type": "application/json"})
    slow.content_length = len(body)
    await slow.prepare(request)
    size = len(body) // _DRIPS + 1
    for start in range(0, len(body), size):
        await slow.write(body[start : start + size])
        await asyncio.sleep(seconds / _DRIPS)
    return slow


async def spoil(name: str, request: web.Request, answer: web.Response, faults: Faults) -> web.StreamResponse:
    """Do to a good answer what the fault `name` does to its body."""
    body = _body(answer)
    if name == "slow":
        return await drip(request, answer, faults.slow_s)
    if name == "broken_json":
        return web.Response(body=body[: len(body) * 2 // 3], content_type="application/json")
    return cut(request, body, announced=name == "cut_body")


def _body(answer: web.Response) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else b""


def _retry_after(name: str, faults: Faults, now: dt.datetime) -> str:
    if name == "429_seconds":
        return str(faults.retry_after_s)
    if name == "429_date":
        return email.utils.formatdate(now.timestamp() + faults.retry_after_s, usegmt=True)
    return ""

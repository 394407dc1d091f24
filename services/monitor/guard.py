"""What holds for every answer: security headers, who may ask, and errors as pages without a traceback."""

from __future__ import annotations

import ipaddress
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from kalshi_common import log
from kalshi_common.errors import KalshiError
from monitor.state import SITE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

logger = logging.getLogger(__name__)

# No inline script or style, nothing from elsewhere, in nobody's frame.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "kalshi-monitor",
}
_SENTENCES = {404: "There is no such page.", 405: "Only GET and HEAD are answered."}
"""For refusals of the server itself, which come without a sentence of ours."""
_TITLES = {400: "That address is not right", 404: "Not here", 405: "This page can only be read", 503: "No data to show"}


async def set_headers(_: web.Request, answer: web.StreamResponse) -> None:
    """Put the headers on an answer; a file that may be kept says so itself."""
    for name, value in HEADERS.items():
        if name != "Cache-Control" or name not in answer.headers:
            answer.headers[name] = value


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign names, and turn what goes wrong into an answer."""
    site = request.app[SITE]
    if not is_own_name(request.host, site.allowed_hosts):
        sentence = (
            f"This server does not answer to the name {request.host[:100]!r}: open it by its IP address "
            "or as localhost, or start it with --allow-host."
        )
        return web.Response(status=421, text=f"{sentence}\n")
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        if refusal.status < 400:  # noqa: PLR2004  # a redirect is no error
            raise
        answer = _page(request, refusal.status, refusal.text or refusal.reason)
        if "Allow" in refusal.headers:
            answer.headers["Allow"] = refusal.headers["Allow"]
        return answer
    except KalshiError as error:
        return _page(request, 503, str(error))
    except Exception as error:  # noqa: BLE001  # a bug of ours must not show its inside to whoever asks
        log.event(logger, "internal_error", logging.ERROR, error, path=request.path)
        return _page(request, 500, "Something went wrong inside the monitor; its log tells what.")


def is_own_name(host: str, allowed: Collection[str]) -> bool:
    """Tell whether a Host header may be ours: an IP address, a name without a dot (localhost), or an allowed one.

    A page of another site can make its own domain point to 127.0.0.1 and read answers as its own (DNS rebinding); it
    cannot do so with an IP address, nor with a name that no public domain can have.
    """
    name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    name = name.lower().removesuffix(".")
    if name in allowed or (name and "." not in name and ":" not in name):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _page(request: web.Request, status: int, sentence: str) -> web.Response:
    site = request.app[SITE]
    if sentence.startswith(f"{status}: "):
        sentence = _SENTENCES.get(status, sentence)
    html = site.page("error.html", title=_TITLES.get(status, "Something went wrong"), sentence=sentence, status=status)
    return web.Response(status=status, text=html, content_type="text/html")

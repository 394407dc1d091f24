"""The answers for machines: /health, /metrics, and the files that pages load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client.exposition import choose_encoder

from kalshi_common.domain.hour import utc_text
from kalshi_common.threads import in_thread
from monitor.metrics import registry
from monitor.state import SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client.registry import Collector

    from monitor.state import Site

    Encoder = Callable[[Collector], bytes]


async def health(request: web.Request) -> web.Response:
    """Tell what is wrong: 200 where nothing is, else 503."""
    site = request.app[SITE]
    facts, found = await in_thread(site.health)
    content = {
        "healthy": not found,
        "checked_at_utc": utc_text(site.clock.now()),
        "findings": [each._asdict() for each in found],
        "newest_complete_hour_utc": facts.newest_complete_hour_utc,
        "last_backup_at_utc": facts.last_backup_at_utc,
        "last_drill_at_utc": facts.last_drill_at_utc,
        "free_bytes": facts.free_bytes,
    }
    return web.json_response(content, status=503 if found else 200)


async def metrics(request: web.Request) -> web.Response:
    """Tell every figure as of now, in the format that Prometheus asks for."""
    try:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    except (TypeError, ValueError):  # a version that is none
        encode, content_type = choose_encoder("")
    body = await in_thread(_measured, request.app[SITE], encode)
    return web.Response(body=body, headers={"Content-Type": content_type})


def _measured(site: Site, encode: Encoder) -> bytes:
    return encode(registry(site))


async def static(request: web.Request) -> web.Response:
    """Send a file; the address changes with its content, so it may be kept."""
    asset = request.app[SITE].assets.by_name.get(request.match_info["name"])
    if asset is None or asset.version != request.match_info["version"]:
        raise web.HTTPNotFound
    headers = {
        "Content-Type": f"{asset.content_type}; charset=utf-8",
        "Content-Encoding": "gzip",
        "Cache-Control": "public, max-age=31536000, immutable",
    }
    return web.Response(body=await in_thread(lambda: asset.zipped), headers=headers)


routes = [
    web.get("/health", health),
    web.get("/metrics", metrics),
    web.get("/static/{version}/{name}", static),
]

"""The pages: reads the request, lets a panel read and shape its data in a thread, renders. It computes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from kalshi_common.threads import in_thread
from monitor import query
from monitor.panels import estimates, market, markets, overview, trading
from monitor.state import SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from kalshi_common.storage.readers import Connection
    from monitor.state import Site

    Panel = Callable[[Connection, Site], dict[str, Any] | None]


async def overview_page(request: web.Request) -> web.Response:
    """Show how collecting goes, and first of all what is wrong. Without a database it says so, with 503."""
    days = query.days(request.query, overview.DAYS)
    return await _shown(request, "overview.html", lambda read, site: overview.content(read, site, days))


async def markets_page(request: web.Request) -> web.Response:
    """Find a market: by series, or by the beginning of its ticker."""
    wanted = query.search(request.query)
    return await _shown(request, "markets.html", lambda read, site: markets.content(read, site, wanted))


async def market_page(request: web.Request) -> web.Response:
    """Show one market: its price, its facts, its outcome."""
    days = query.days(request.query, market.DAYS)
    market_id = request.match_info["market_id"]
    return await _shown(request, "market.html", lambda read, site: market.content(read, site, market_id, days))


async def estimates_page(request: web.Request) -> web.Response:
    """Show what models said, cost and were worth."""
    query.nothing(request.query)
    return await _shown(request, "estimates.html", estimates.content)


async def trading_page(request: web.Request) -> web.Response:
    """Show what was traded, and what was not and why."""
    query.nothing(request.query)
    return await _shown(request, "trading.html", trading.content)


async def _shown(request: web.Request, template: str, panel: Panel) -> web.Response:
    site = request.app[SITE]
    status, html = await in_thread(_rendered, site, template, panel)
    answer = web.Response(status=status, text=html, content_type="text/html")
    answer.enable_compression()
    return answer


def _rendered(site: Site, template: str, panel: Panel) -> tuple[int, str]:
    facts, found = site.health()
    if facts.database_key is not None:
        return 503, site.page("no_data.html", findings=found, facts=facts)
    with site.readers.reading() as connection:
        content = panel(connection, site)
    if content is None:
        raise web.HTTPNotFound(text="Nothing of that name is stored; find a market by its series under Markets.")
    return 200, site.page(template, findings=found, facts=facts, **content)


routes = [
    web.get("/", overview_page),
    web.get("/markets", markets_page),
    web.get("/market/{market_id:.+}", market_page),
    web.get("/estimates", estimates_page),
    web.get("/trading", trading_page),
]

"""Finding a market: the series of the newest hour, a series' markets, or markets by the beginning of their ticker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kalshi_common.storage import market_pages

if TYPE_CHECKING:
    from kalshi_common.storage.readers import Connection
    from monitor.query import Search
    from monitor.state import Site

_MOST = 500


def content(connection: Connection, _: Site, wanted: Search) -> dict[str, Any]:
    """Read and shape the list that is asked for; one row more than shown tells that there are more."""
    hour = market_pages.newest_hour(connection)
    series: list[market_pages.SeriesRow] = []
    found: list[market_pages.ListedMarket] = []
    if wanted.text:
        found = market_pages.markets_beginning(connection, hour or "", wanted.text, _MOST + 1)
    elif hour and wanted.series:
        found = market_pages.markets_of_series(connection, hour, wanted.series, _MOST + 1)
    elif hour:
        series = market_pages.series_of_hour(connection, hour)
    return {"hour": hour, "wanted": wanted, "series": series, "markets": found[:_MOST], "more": len(found) > _MOST}

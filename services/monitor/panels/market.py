"""One market: its price history with the bid-ask band, its facts, its outcome."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from kalshi_common.domain.hour import parse_utc, utc_text
from kalshi_common.storage import market_pages
from monitor.figures.price import price_figure

if TYPE_CHECKING:
    from kalshi_common.storage.readers import Connection
    from monitor.state import Site

DAYS = (30, 7, 90, 365)
"""How many days the history may reach back from the market's newest row; the first unless asked."""
_LISTED = 48


def content(connection: Connection, _: Site, market_id: str, days: int) -> dict[str, Any] | None:
    """Read and shape everything on the page; None where no such market was ever seen."""
    facts = market_pages.facts_of(connection, market_id)
    if facts is None:
        return None
    # Back from its own end: a market settled a year ago shall not show an empty month.
    last = market_pages.last_hour_of(connection, market_id)
    since = "" if last is None else utc_text(parse_utc(last) - dt.timedelta(days=days))
    rows = market_pages.history_of(connection, market_id, since)
    return {
        "market": facts,
        "days": days,
        "choices": sorted(DAYS),
        "newest": rows[-1] if rows else None,
        "rows": rows[: -_LISTED - 1 : -1],
        "total": len(rows),
        "filled": sum(row.source != "observed" for row in rows),
        "figure": price_figure(rows) if rows else None,
    }

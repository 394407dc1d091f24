"""The trader's panel: the last funnel with its refusals, open positions, equity, halts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from kalshi_common.domain.hour import utc_text
from kalshi_common.storage import halts, trade_pages
from monitor.figures.equity import equity_figure

if TYPE_CHECKING:
    from kalshi_common.storage.readers import Connection
    from monitor.state import Site

_DAYS = 90
_POSITIONS = 100


def content(connection: Connection, site: Site) -> dict[str, Any]:
    """Read and shape everything on the page."""
    rows = trade_pages.equity_since(connection, utc_text(site.clock.now() - dt.timedelta(days=_DAYS)))
    newest = {row.venue: row for row in rows}
    return {
        "funnel": trade_pages.last_funnel(connection),
        "positions": trade_pages.open_positions(connection, _POSITIONS),
        "equity": [newest[venue] for venue in sorted(newest)],
        # The last hour of each day, newest first: the figure as a table.
        "equity_by_day": list({(row.snapshot_hour_utc[:10], row.venue): row for row in rows}.values())[::-1],
        "equity_figure": equity_figure(rows) if rows else None,
        "halt_file": site.halt_file(),
        "halts": halts.in_force(connection),
    }

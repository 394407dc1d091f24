"""The analyzer's panel: how good the estimates are, what they cost, what was said last."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from kalshi_common.storage import estimate_pages
from monitor.figures.cost import cost_figure
from monitor.panels.calibration import calibration

if TYPE_CHECKING:
    from kalshi_common.storage.readers import Connection
    from monitor.state import Site

_DAYS = 30
_ESTIMATES = 25


def content(connection: Connection, site: Site) -> dict[str, Any]:
    """Read and shape everything on the page."""
    this_day = site.clock.now().date()
    first = this_day - dt.timedelta(days=_DAYS - 1)
    cost = estimate_pages.cost_by_day(connection, first.isoformat())
    month = f"{this_day:%Y-%m}"
    days = [(first + dt.timedelta(days=number)).isoformat() for number in range(_DAYS)]
    return {
        "calibration": calibration(connection),
        "cost_today": cost.get(this_day.isoformat(), 0),
        "cost_month": sum(charged for day, charged in cost.items() if day.startswith(month)),
        "cost_by_day": [(day, cost[day]) for day in reversed(days) if day in cost],
        "cost_figure": cost_figure(days, cost) if cost else None,
        "estimates": estimate_pages.latest_estimates(connection, _ESTIMATES),
    }

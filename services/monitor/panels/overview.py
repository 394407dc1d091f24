"""The overview: health, coverage, the last cycles and hours, outcomes, the file's growth."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from kalshi_common.domain.hour import utc_text
from kalshi_common.storage import backup_folder, ledger, overview
from monitor.coverage import STATES, coverage, hours_shown
from monitor.figures.coverage import coverage_figure
from monitor.figures.size import size_figure
from monitor.growth import Copies, Growth, growth

if TYPE_CHECKING:
    from kalshi_common.storage.readers import Connection
    from monitor.state import Site

DAYS = (7, 1, 3, 14, 28)
"""How many days the map may show; the first unless asked."""
_CYCLES = _HOURS = 12
_OUTCOMES = 10
_GROWTH_DAYS = 90


def content(connection: Connection, site: Site, days: int) -> dict[str, Any]:
    """Read and shape everything on the page."""
    now = site.clock.now()
    hours = hours_shown(now, days, overview.first_hour(connection))
    since = hours[0] if hours else utc_text(now)
    found = overview.hours_since(connection, since)
    walks = overview.walks_since(connection, since, leave_out_scope=ledger.WHOLE)
    shown = coverage(hours, found, walks, whole=ledger.WHOLE)
    rows = overview.rows_held(connection)
    grown = _growth(connection, site, rows, now)
    return {
        "days": days,
        "choices": sorted(DAYS),
        "states": STATES,
        "coverage": shown,
        "coverage_figure": coverage_figure(shown) if shown.lines else None,
        "hours": found[:_HOURS],
        "cycles": overview.last_cycles(connection, _CYCLES),
        "outcomes": overview.latest_outcomes(connection, _OUTCOMES),
        "rows": rows,
        "growth": grown,
        "growth_figure": size_figure(grown, now.date()) if grown.sizes else None,
    }


def _growth(connection: Connection, site: Site, rows: int, now: dt.datetime) -> Growth:
    since = utc_text(now - dt.timedelta(days=_GROWTH_DAYS))[:10]
    by_day = overview.rows_by_day(connection, since)
    backups = backup_folder.good_backups(backup_folder.backups_of(site.data_dir))
    sizes = {day: path.stat().st_size for day, path in backups.items()}
    # Who takes no backups here is forecast without them.
    copies = Copies(sizes, site.settings.backup) if sizes else None
    return growth(overview.file_size(connection), rows, by_day, site.free_bytes(), now.date(), copies=copies)

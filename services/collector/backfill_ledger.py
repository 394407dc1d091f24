"""What the ledger says of hours that back-fill has searched: backfilled, or missed for good, and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kalshi_common.domain.coverage import BACKFILLED, MISSED
from kalshi_common.domain.gap import LOST, RECOVERABLE, hour_text
from kalshi_common.storage import backfill
from kalshi_common.storage.backfill import HourClosing
from kalshi_common.storage.ledger import HourKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.backfill import Backfill
    from kalshi_common.domain.coverage import Gaps
    from kalshi_common.storage.backfill import HourRows


def close_hours(run: Backfill, gaps: Gaps, hours: Sequence[int]) -> None:
    """Close those of some hours of which every row that candlesticks may hold was asked for."""
    missing = gaps.missing_by_hour()
    asked = [hour for hour in hours if not missing[RECOVERABLE].get(hour)]
    with run.context.database.read() as connection:
        counted = {hour: backfill.rows_of(connection, hour_text(hour)) for hour in asked}
    with run.context.database.write() as connection:
        for hour, rows in counted.items():
            lost = missing[LOST].get(hour, 0)
            status = MISSED if lost and not rows.rows else BACKFILLED
            closing = HourClosing(status, run.context.cycle_id, rows.from_candles, _reason(rows, lost))
            backfill.close_hour(connection, HourKey(hour_text(hour), gaps.scope), closing)
    run.hours = len(asked)


def _reason(rows: HourRows, lost: int) -> str:
    """Say what the hour holds, without numbers that would tell neighbouring hours apart for nothing."""
    if lost and not rows.rows:
        return "no candlestick exists"
    if not rows.rows:
        return "no market was open"
    filled = "rows from candlesticks lack sizes, depth, volume and status"
    if not rows.from_candles:
        filled = "what was not walked had no row missing that a candlestick holds"
    return f"{filled}; {lost} rows have no candlestick" if lost else filled

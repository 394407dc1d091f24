"""Runs real back-fills and looks for gaps, in the test's own process, on what a Collector has stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.backfill_run import Told, run_backfill
from kalshi_common.domain.hour import utc_text
from kalshi_common.storage.database import reading
from kalshi_common.storage.gap_search import find, question

if TYPE_CHECKING:
    from kalshi_common.cycle import Outcome
    from kalshi_common.domain.coverage import Gaps
    from support.collector_run import Collector


async def backfill(collector: Collector, told: Told | None = None, **options: str | list[str]) -> Outcome:
    """Run a back-fill at the world's time."""
    settings = collector.settings()
    asked = question(usual=settings.collect.scope, now=utc_text(collector.clock.now()), **options)
    return await run_backfill(settings, collector.clock, asked, told or Told())


def look(collector: Collector, **options: str | list[str]) -> Gaps:
    """Find the gaps at the world's time."""
    usual = collector.knobs["collect"].get("scope", "macro")
    with reading(collector.data_dir) as connection:
        return find(connection, question(usual=usual, now=utc_text(collector.clock.now()), **options))

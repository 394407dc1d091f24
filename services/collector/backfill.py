"""Back-fill's work, as a table of contents: what is missing, where it may be, fetch it, write down what came of it.

It runs beside the collect cycle: under a lock of its own, at the shared rate limit, one short transaction a call. It
leaves the newest hours to the cycle that may still be writing them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collector.asking import client_of, limiter_of, respect_account
from collector.backfill_fetch import fetch_candles
from collector.backfill_ledger import close_hours
from collector.backfill_plan import calls, searches, unsearched_hours, wanted_rows
from collector.backfill_search import find_unseen, learn_closes
from kalshi_common import log
from kalshi_common.exchange.history_client import HistoryClient
from kalshi_common.storage import gap_search
from kalshi_common.storage.ledger import WHOLE
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from collector.backfill_plan import Wanted
    from kalshi_common.cycle import CycleContext
    from kalshi_common.domain.coverage import Gaps
    from kalshi_common.storage.gap_search import Question

logger = logging.getLogger(__name__)
LEFT_TO_CYCLES_H = 1
"""The hours before the one in progress that a cycle begun in them may still be writing (it has at most an hour)."""


@dataclass
class Backfill:
    """One run's question, and what came of it so far."""

    context: CycleContext
    question: Question
    progress: Callable[[int, int], None]
    archived: set[str] = field(default_factory=set)
    """Markets that only the exchange's archive serves."""
    unknown: set[str] = field(default_factory=set)
    """Markets that the exchange does not know at all any more."""
    unseen: int = 0
    calls: int = 0
    inserted: int = 0
    in_vain: int = 0
    hours: int = 0
    left: int | None = None
    """Rows that candlesticks may still hold; None until it is known."""

    def settle(self, *, inserted: int = 0, in_vain: int) -> None:
        """Count rows that are there now, and those that nobody has."""
        self.inserted += inserted
        self.in_vain += in_vain
        self.left = (self.left or 0) - inserted - in_vain

    def find(self) -> Gaps:
        """Look at what is missing now."""
        with self.context.database.read() as connection:
            return gap_search.find(connection, self.question)


def narrowed(question: Question, *, present: int) -> Question:
    """Leave the hour in progress, and those a cycle may still be writing, to the cycles."""
    return question._replace(until=min(question.until, present - LEFT_TO_CYCLES_H))


async def work(run: Backfill) -> None:
    """Fill what can be filled. What is on disk stays when a later step fails; the next run goes on from there."""
    context = run.context
    gaps = await in_thread(run.find)
    todo = unsearched_hours(gaps)
    limiter = limiter_of(context)
    async with client_of(context, limiter, HistoryClient) as client:
        await respect_account(client, limiter, context)
        await learn_closes(client, run, sorted(wanted_rows(gaps)))
        await find_unseen(client, run, gaps, searches(gaps, by_series=gaps.scope != WHOLE))
        wanted = wanted_rows(await in_thread(run.find))
        run.left = _count(wanted)
        planned = calls(wanted, archived=run.archived)
        log.event(logger, "backfill_planned", logging.INFO, None, calls=len(planned), markets=len(wanted))
        await fetch_candles(client, run, wanted, planned)
    left = await in_thread(run.find)
    if not run.question.series:
        await in_thread(close_hours, run, left, todo)
    run.left = _count(wanted_rows(left))


def _count(wanted: Wanted) -> int:
    return sum(hole.hours for holes in wanted.values() for hole in holes)

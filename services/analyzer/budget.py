"""The gate before every model call: its worst cost is reserved in the ledger, under all limits, before it leaves.

The ledger is the only counter: it is shared by all processes and outlives them. A call whose end nobody learns keeps
its reservation for ever.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from analyzer.prices import nanodollars
from kalshi_common.storage import llm_calls
from kalshi_common.storage.llm_calls import Charged
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    from kalshi_common.knobs_analyze import AnalyzeKnobs
    from kalshi_common.storage.database import Database
    from kalshi_common.storage.llm_calls import Reservation, Settlement

LIMIT_KNOBS = {
    "cycle": "analyze.api_cost_limit_per_cycle",
    "day": "analyze.cost_limit_per_day",
    "month": "analyze.cost_limit_per_month",
}
"""The knob of each limit."""


def limits_of(knobs: AnalyzeKnobs) -> Charged:
    """Give the limits in nano-dollars."""
    return Charged(
        nanodollars(knobs.api_cost_limit_per_cycle),
        nanodollars(knobs.cost_limit_per_day),
        nanodollars(knobs.cost_limit_per_month),
    )


class Budget:
    """One cycle's way to the ledger. `exhausted` names the limit under which nothing fits any more, if any."""

    def __init__(self, database: Database, limits: Charged) -> None:
        self._database, self._limits = database, limits
        self.exhausted: str | None = None
        self._open = 0
        self._ended = 0
        self._change = asyncio.Event()

    async def reserve(self, reservation: Reservation) -> bool:
        """Reserve a call's worst cost; False where it does not fit, also not after the open calls have ended.

        Calls mostly cost less than their worst: what does not fit beside open ones may fit when they are settled.
        """
        while self.exhausted is None:
            ended_before = self._ended
            self._open += 1
            try:
                refused = await in_thread(self._reserve, reservation)
            except BaseException:
                self.lost()
                raise
            if refused is None:
                return True
            self._open -= 1
            if not self._open:
                self.exhausted = refused
                self._tell()
            elif self._ended == ended_before:
                await self._change.wait()
        return False

    async def settle(self, call_id: str, settlement: Settlement) -> None:
        """Write how a call ended, also when the cycle is being cancelled: it is paid for."""
        try:
            await in_thread(self._settle, call_id, settlement)
        finally:
            self.lost()

    def lost(self) -> None:
        """Take note that an open call is over for us, whatever became of it; its row says what it is charged."""
        self._open -= 1
        self._ended += 1
        self._tell()

    def _tell(self) -> None:
        self._change.set()
        self._change = asyncio.Event()

    def _reserve(self, reservation: Reservation) -> str | None:
        with self._database.write() as connection:
            return llm_calls.reserve(connection, reservation, self._limits)

    def _settle(self, call_id: str, settlement: Settlement) -> None:
        with self._database.write() as connection:
            llm_calls.settle(connection, call_id, settlement)

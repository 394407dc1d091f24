"""The monitor's own look at the health, every minute, and telling the operator what changed for the worse or better."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from kalshi_common import log
from kalshi_common.health import KEYS
from kalshi_common.notify.errand import begin
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    from kalshi_common.health import Finding
    from monitor.state import Site

logger = logging.getLogger(__name__)

EVERY_S = 60.0
TOLD_BY_THE_CYCLE = frozenset({"cycle_failed"})
"""A cycle tells of its own failure, and at once."""


class Alarm(Protocol):
    """Whoever tells the operator; it forgets nothing, repeats itself no more than allowed, and never raises."""

    def problem(self, key: str, title: str, body: str) -> list[str]:
        """Tell of a problem, unless it was told lately; give what could not be delivered."""
        ...

    def recovered(self, key: str, title: str, body: str) -> list[str]:
        """Tell that a problem is over, if it was told."""
        ...


async def watch(site: Site, alarm: Alarm) -> None:
    """Look every minute until cancelled."""
    while True:
        try:
            _, found = await in_thread(site.health)
            await _in_the_background(alarm, found)
        except Exception as error:  # noqa: BLE001  # one failed look must not be the last one
            log.event(logger, "internal_error", logging.ERROR, error)
        await site.clock.sleep(EVERY_S)


async def _in_the_background(alarm: Alarm, found: list[Finding]) -> None:
    # A thread that ends with the process: telling may hang for seconds, and SIGTERM must not wait for it.
    errand = begin("alarm", lambda: tell(alarm, found))
    await asyncio.shield(asyncio.wrap_future(errand.reason))


def tell(alarm: Alarm, found: list[Finding]) -> None:
    """Tell each finding, and the end of whatever is no longer found."""
    wrong = {each.key for each in found}
    for each in found:
        if each.key not in TOLD_BY_THE_CYCLE:
            since = f"\nSince {each.since_utc}." if each.since_utc else ""
            alarm.problem(f"health:{each.key}", f"Kalshi stack: {KEYS[each.key]}", each.sentence + since)
    for key, title in KEYS.items():
        if key not in wrong | TOLD_BY_THE_CYCLE:
            alarm.recovered(f"health:{key}", f"Kalshi stack: over: {title}", "It is as it should be again.")

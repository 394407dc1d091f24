"""Calls that may hang, each in a thread of its own that ends with the process. It knows nothing of what they do."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common import log

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

logger = logging.getLogger(__name__)


class Errand(NamedTuple):
    """A call under way; `reason` will be why it failed, None where it went well."""

    name: str
    reason: Future[str | None]

    def done_well(self) -> bool:
        """Tell whether it is over and went well."""
        return self.reason.done() and self.reason.result() is None


def begin(name: str, call: Callable[[], str | None]) -> Errand:
    """Run `call` beside everything else. What it raises is told by type only: such a text may hold an address."""
    reason: Future[str | None] = Future()

    def run() -> None:
        try:
            reason.set_result(call())
        except Exception as error:  # noqa: BLE001  # foreign code; whatever it raises may not end a cycle
            reason.set_result(type(error).__name__)

    # A daemon: an executor's threads would be waited for when the process ends.
    threading.Thread(target=run, name=name, daemon=True).start()
    return Errand(name, reason)


def failures(errands: Sequence[Errand], within_s: float) -> list[str]:
    """Wait for all of them together; log and give what failed or is not over, a sentence each."""
    found = {name: why for name, why in reasons(errands, within_s).items() if why}
    for name, why in found.items():
        log.event(logger, "undelivered", logging.WARNING, None, to=name, reason=why)
    return [f"{name}: {why}" for name, why in found.items()]


def reasons(errands: Sequence[Errand], within_s: float) -> dict[str, str | None]:
    """Wait for all of them together, at most `within_s` seconds; give why each failed, None for those that did not."""
    wait([errand.reason for errand in errands], timeout=within_s)
    late = f"no answer within {within_s:g} s"
    return {name: reason.result() if reason.done() else late for name, reason in errands}

"""What is told of a cycle: the dead-man pings around it, a problem when it fails, its end when one succeeds again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kalshi_common.notify.notifier import Notifier
from kalshi_common.notify.ping import DeadManPing

if TYPE_CHECKING:
    from kalshi_common.clock import Clock
    from kalshi_common.config import Settings
    from kalshi_common.errors import KalshiError
    from kalshi_common.report import CycleEnding

_LOOK = "Look closer: docker compose exec monitor kalshi status"


class CycleNews:
    """The news of one run of a mode. No call raises; those that wait do so for `notify.timeout_s` at most."""

    def __init__(self, mode: str, settings: Settings, clock: Clock) -> None:
        self._mode, self._key = mode, f"cycle:{mode}"
        self._notifier = Notifier(settings, clock)
        self._ping = DeadManPing(settings.secrets.ping_url, settings.notify.timeout_s)

    def begins(self) -> None:
        """Tell the dead-man switch; this does not wait."""
        self._ping.start()

    def ended(self, ending: CycleEnding) -> list[str]:
        """Tell how the cycle ended; give what could not be delivered, a sentence each."""
        ok = ending.outcome == "ok"
        pings = self._ping.end(ok=ok, body="\n".join(filter(None, (ending.summary_line(), ending.error))))
        if ok:
            return self._notifier.recovered(
                self._key, f"kalshi {self._mode}: works again", _facts(ending), beside=pings
            )
        title = f"kalshi {self._mode}: cycle {ending.outcome}, hour {ending.snapshot_hour_utc}"
        # A failed cycle after an incomplete one is a problem of its own, and so told at once.
        return self._notifier.problem(f"{self._key}:{ending.outcome}", title, _facts(ending), beside=pings)

    def could_not_begin(self, error: KalshiError) -> list[str]:
        """Tell of a run that could not even take its lock."""
        pings = self._ping.end(ok=False, body=str(error))
        title = f"kalshi {self._mode}: no cycle could begin"
        return self._notifier.problem(f"{self._key}:begin", title, str(error), beside=pings)


def _facts(ending: CycleEnding) -> str:
    """Say what happened, where, and what to do, for a message."""
    month = ending.started_at_utc[:7]
    return "\n".join(
        [
            *([ending.error, ""] if ending.error else []),
            ending.summary_line(),
            f"The whole report: reports/{month}/{ending.cycle_id}.json in the data volume.",
            _LOOK,
        ]
    )

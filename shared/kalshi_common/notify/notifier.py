"""Deciding whether a problem is told now, and telling it through every channel. It never raises."""

from __future__ import annotations

import datetime as dt
import logging
import socket
from functools import partial
from typing import TYPE_CHECKING

from kalshi_common import log
from kalshi_common.domain.hour import utc_text
from kalshi_common.log_plain import plain_text
from kalshi_common.notify.channels import Message, channels_of
from kalshi_common.notify.errand import begin, failures
from kalshi_common.notify.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kalshi_common.clock import Clock
    from kalshi_common.config import Settings
    from kalshi_common.notify.errand import Errand

logger = logging.getLogger(__name__)


class Notifier:
    """Tells of problems and of their end; safe to call in any thread. Without a channel it tells nobody.

    A `key` names a problem (`health:stale`); a problem is told at most once in `notify.repeat_minutes`, over all
    processes on the data directory. `title` says what, `body` where and what to do; secrets are taken out of both.
    Each call takes `notify.timeout_s` at most and gives what could not be delivered, a sentence each. `beside` are
    calls already under way, waited for within the same time.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        log.redact(settings.secrets.values())
        self._clock = clock
        self._timeout_s = settings.notify.timeout_s
        self._repeat = dt.timedelta(minutes=settings.notify.repeat_minutes)
        self._memory = Memory(settings.storage.data_dir)
        self._secrets = settings.secrets
        self._reaches_somebody = bool(settings.secrets.webhook_url or settings.secrets.notify_urls)

    def problem(self, key: str, title: str, body: str, *, beside: Sequence[Errand] = ()) -> list[str]:
        """Tell of a problem unless it was told lately."""
        return self._guarded(partial(self._problem, key, title, body), beside)

    def recovered(self, key: str, title: str, body: str, *, beside: Sequence[Errand] = ()) -> list[str]:
        """Tell that the problem `key` and those below it (`key:…`) are over, if the operator was told of one.

        Where nobody got the message, the next call tells it again.
        """
        return self._guarded(partial(self._recovered, key, title, body), beside)

    def news(self, key: str, title: str, body: str) -> list[str]:
        """Tell something that is no problem, such as an order: each time, for nothing of it comes twice."""
        return self._guarded(partial(self._news, key, title, body), ())

    def _news(self, key: str, title: str, body: str, beside: Sequence[Errand]) -> list[str]:
        return self._send("news", key, title, body, beside)[0] if self._reaches_somebody else []

    def _problem(self, key: str, title: str, body: str, beside: Sequence[Errand]) -> list[str]:
        claim = self._memory.claim(key, self._clock.now(), self._repeat) if self._reaches_somebody else None
        if claim is None:
            return failures(beside, self._timeout_s)
        told, before = claim
        again = f"\n\nIt was told before and lasts since {told.since}." if before else ""
        missed, delivered = self._send("problem", key, title, body + again, beside)
        if not delivered:
            self._memory.put({key: before})
        return missed

    def _recovered(self, key: str, title: str, body: str, beside: Sequence[Errand]) -> list[str]:
        over = self._memory.release(key) if self._reaches_somebody else {}
        if not over:
            return failures(beside, self._timeout_s)
        since = min(told.since for told in over.values())
        lasted = f"\n\nThe problem was there since {since}."
        missed, delivered = self._send("recovered", key, title, body + lasted, beside)
        if not delivered:
            self._memory.put(over)
        return missed

    def _send(self, kind: str, key: str, title: str, body: str, beside: Sequence[Errand]) -> tuple[list[str], bool]:
        """Send through every channel at once; give the failures, and whether any channel took it."""
        at_utc = utc_text(self._clock.now())
        message = Message(kind, key, plain_text(title), plain_text(body), socket.gethostname(), at_utc)
        sent = [
            begin(channel.name, partial(channel.send, message))
            for channel in channels_of(self._secrets, self._timeout_s)
        ]
        missed = failures([*sent, *beside], self._timeout_s)
        delivered = any(errand.done_well() for errand in sent)
        log.event(logger, "notified", logging.INFO, None, key=key, kind=kind, delivered=delivered)
        return missed, delivered

    def _guarded(self, tell: Callable[[Sequence[Errand]], list[str]], beside: Sequence[Errand]) -> list[str]:
        try:
            return tell(beside)
        except Exception as error:  # noqa: BLE001  # whoever reports a problem must not get another one by it
            log.event(logger, "internal_error", logging.ERROR, error)
            return [f"notify: internal error, see the log: {type(error).__name__}"]

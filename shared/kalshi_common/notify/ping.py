"""The dead-man switch, healthchecks style: URL/start, then URL or URL/fail.

It is silence that raises the alarm there, so what never runs is noticed too.
"""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit, urlunsplit

from kalshi_common.log_plain import clean
from kalshi_common.notify.channels import load, post
from kalshi_common.notify.errand import Errand, begin, failures


class DeadManPing:
    """The pings of one run. Without an address it does nothing; no call waits."""

    def __init__(self, url: str | None, timeout_s: float) -> None:
        self._url, self._timeout_s = url, timeout_s
        self._started: list[Errand] = []
        if url:
            load("requests")

    def start(self) -> None:
        """Tell that a run begins; the run itself is not held up."""
        if self._url:
            self._started = [begin("ping (start)", partial(self._post, self._url, "/start", ""))]

    def end(self, *, ok: bool, body: str) -> list[Errand]:
        """Tell how the run ended, once the start is told or given up; `body` is what the other side keeps with it."""
        if not self._url:
            return []
        return [*self._started, begin("ping", partial(self._end, self._url, "" if ok else "/fail", body))]

    def _end(self, url: str, suffix: str, body: str) -> str | None:
        for started in self._started:
            started.reason.result(self._timeout_s)
        return self._post(url, suffix, body)

    def _post(self, url: str, suffix: str, body: str) -> str | None:
        parts = urlsplit(url)
        target = urlunsplit(parts._replace(path=parts.path.rstrip("/") + suffix))
        return post(target, self._timeout_s, data=clean(body).encode())


def ping_failure(url: str | None, reason: str, *, timeout_s: float = 10.0) -> list[str]:
    """Tell the dead-man switch of a run that could not even begin; give what could not be delivered."""
    return failures(DeadManPing(url, timeout_s).end(ok=False, body=reason), timeout_s)

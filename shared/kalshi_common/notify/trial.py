"""A test message through everything that is configured, for `kalshi notify test`. It remembers nothing."""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING

from kalshi_common import log
from kalshi_common.domain.hour import utc_text
from kalshi_common.notify.channels import Message, channels_of
from kalshi_common.notify.errand import begin, reasons
from kalshi_common.notify.ping import DeadManPing

if TYPE_CHECKING:
    from kalshi_common.clock import Clock
    from kalshi_common.config import Settings

_BODY = "This is a test. Somebody ran `kalshi notify test`, and this channel works; nothing needs to be done."


def try_all(settings: Settings, clock: Clock) -> dict[str, str | None]:
    """Send a test through every channel and a success to the dead-man switch; give why each failed, else None."""
    log.redact(settings.secrets.values())
    timeout_s = settings.notify.timeout_s
    message = Message("test", "test", "kalshi: test", _BODY, socket.gethostname(), utc_text(clock.now()))
    channels = channels_of(settings.secrets, timeout_s)
    errands = [begin(channel.name, partial(channel.send, message)) for channel in channels]
    errands += DeadManPing(settings.secrets.ping_url, timeout_s).end(ok=True, body=_BODY)
    return reasons(errands, timeout_s)

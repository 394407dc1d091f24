"""Telling the operator: notifications at most once per problem and hour, and a dead-man ping around each cycle.

Nothing here raises, takes longer than `notify.timeout_s`, or lets a secret out; what could not be delivered comes back
as sentences.
"""

from kalshi_common.notify.cycle_news import CycleNews
from kalshi_common.notify.notifier import Notifier
from kalshi_common.notify.ping import ping_failure
from kalshi_common.notify.trial import try_all

__all__ = ["CycleNews", "Notifier", "ping_failure", "try_all"]

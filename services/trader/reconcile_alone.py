"""`kalshi reconcile`: the reconcile of a live cycle by itself, under the trade mode's lock. It places nothing."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from kalshi_common.domain.hour import utc_text
from kalshi_common.domain.money import dollars
from kalshi_common.errors import ConfigError
from kalshi_common.lock import mode_lock
from kalshi_common.modes import TRADE
from kalshi_common.storage.migrate import open_database
from trader.consent import wrong_host
from trader.portfolio_read import live_exchange
from trader.reconcile import Reconciliation, reconcile

if TYPE_CHECKING:
    from kalshi_common.clock import Clock
    from kalshi_common.config import Settings


async def reconcile_alone(settings: Settings, clock: Clock, *, accept: bool) -> Reconciliation:
    """Hold ledger and exchange against each other; with `accept`, take the balance as it is first.

    Raises:
        ConfigError: there is no usable key, or address or database belong to another environment.
        LockHeldError: a trade cycle, or another reconcile, is at work.
        ExchangeError: our account could not be read.
    """
    if wrong := wrong_host(settings):
        raise ConfigError(*wrong)  # another exchange's account would prove our orders absent
    data_dir, environment = settings.storage.data_dir, settings.exchange.environment
    holder = {
        "host": socket.gethostname(),
        "pid": str(os.getpid()),
        "cycle": "kalshi reconcile",
        "since": utc_text(clock.now()),
    }
    timeout_s = settings.cycle.lock_timeout_s
    async with (
        mode_lock(data_dir, TRADE, holder, timeout_s=timeout_s, clock=clock),
        live_exchange(settings, clock) as exchange,
    ):
        with open_database(data_dir, synchronous=settings.storage.synchronous)[0] as database:
            if accept:
                await reconcile(exchange.portfolio, database, clock, environment=environment, accept=True)
            return await reconcile(exchange.portfolio, database, clock, environment=environment)


def sentences(found: Reconciliation, environment: str) -> list[str]:
    """Tell an operator what was found."""
    blocked = [
        f"BLOCKED     {market}: the outcome of {intent} is still not known" for market, intent in found.blocked.items()
    ]
    verdict = "nothing may be traded live" if found.differences else "ledger and exchange agree"
    return [
        *(f"RESOLVED    {each}" for each in found.resolved),
        *(f"DIFFERENCE  {each}" for each in found.differences),
        *blocked,
        f"{environment} as of {found.as_of_utc}: balance ${dollars(found.balance_microdollars):.2f}, {verdict}",
    ]

"""A process that places orders until somebody kills it: the real path, against a simulator that runs elsewhere."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.config import load_settings
from kalshi_common.storage.database import Database
from trader.broker_live import LiveBroker
from trader.place import PlaceContext, place
from trader.portfolio_read import live_exchange

if TYPE_CHECKING:
    import datetime as dt

    from kalshi_common.domain.order import OrderIntent


class FrozenClock:
    """The world's wall time, which stands still while the child lives; durations are the machine's."""

    def __init__(self, moment: dt.datetime) -> None:
        self._moment = moment

    def now(self) -> dt.datetime:
        return self._moment

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 20)


class Errand(NamedTuple):
    """What a child is to do."""

    environ: dict[str, str]
    moment: dt.datetime
    intents: list[OrderIntent]
    group_limit: int


def run(errand: Errand) -> None:
    """Place each intent, one after the other."""
    logging.disable(logging.CRITICAL)
    asyncio.run(_run(errand))


async def _run(errand: Errand) -> None:
    clock, settings = FrozenClock(errand.moment), load_settings(None, errand.environ)
    async with live_exchange(settings, clock) as live:
        broker = LiveBroker(live, clock, group_limit=errand.group_limit)
        with Database(settings.storage.data_dir) as database:
            for intent in errand.intents:
                await place(intent, broker, PlaceContext(database, clock, lambda _: None))

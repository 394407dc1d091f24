"""The trade cycle's work, as a table of contents. Each step's own file does it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kalshi_common import log
from kalshi_common.notify import Notifier
from kalshi_common.storage import equity, positions, signals
from kalshi_common.threads import in_thread
from trader.consent import consent
from trader.decide import Situation, judged, record_of
from trader.equity import equity_of
from trader.halt import EVERYTHING, halt_in, halted
from trader.intent import intent_of
from trader.news import tell
from trader.place import PlaceContext, place
from trader.preview import preview
from trader.tally import Tally
from trader.venue import OpenVenue, open_venue
from trader.withdraw import withdraw

if TYPE_CHECKING:
    from kalshi_common.config import Settings
    from kalshi_common.cycle import CycleContext
    from kalshi_common.storage.equity import EquityRecord
    from trader.signals import Signal

logger = logging.getLogger(__name__)


def check(settings: Settings) -> None:
    """Refuse to begin where live was asked for in this run and a consent is missing.

    Raises:
        ConfigError: what is missing.
    """
    consent(settings)


def opening(settings: Settings) -> list[str]:
    """Give the run's first line: where it trades, in capitals."""
    return [consent(settings).banner]


def describe(settings: Settings) -> list[str]:
    """Tell what a cycle would buy on paper with what is stored now; nobody is asked and nothing written.

    Raises:
        ConfigError: live was asked for, and a consent is missing.
        StorageError: there is no database yet.
    """
    return [consent(settings).banner, *preview(settings)]


async def work(context: CycleContext) -> None:
    """Judge every market that has an estimate, and place what passes; on live only once the books agree."""
    given = consent(context.settings)
    log.event(logger, "venue", logging.WARNING if given.doubt else logging.INFO, None, venue=given.banner)
    tally = Tally(context.report, given)
    tally.stopped(await in_thread(halted, context.database, context.settings.storage.data_dir, EVERYTHING))
    try:
        async with open_venue(context, given) as venue:
            tally.opened(venue)
            await _withdraw_halted(context, venue)
            if venue.differences:
                return
            await in_thread(_keep_equity, context, venue)
            found = await in_thread(_decide, context, venue)
            tally.decided([signal for signal, _ in found])
            await _place_all(context, venue, [(each, number) for each, number in found if each.deal], tally)
            await _withdraw_halted(context, venue)
            tally.worth(await in_thread(_keep_equity, context, venue))
    finally:
        tally.tell()
        notifier = Notifier(context.settings, context.clock)
        context.report.warnings += await in_thread(tell, tally, notifier)


def _decide(context: CycleContext, venue: OpenVenue) -> list[tuple[Signal, int]]:
    """Judge all candidates, and store each with its numbers and reasons before anything is placed; with row ids."""
    situation = Situation(
        venue=venue.consent.venue,
        hour=context.hour,
        now=context.clock.now(),
        cash=venue.cash,
        trading_paused=venue.trading_paused,
        unresolved=venue.unresolved,
        halted=lambda market_id: halt_in(connection, context.settings.storage.data_dir, market_id),
    )
    with context.database.read() as connection:
        found = judged(connection, context.settings.trade, situation)
    records = [record_of(signal, context.cycle_id, situation) for signal in found]
    with context.database.write() as connection:
        return list(zip(found, signals.add(connection, records), strict=True))


async def _place_all(context: CycleContext, venue: OpenVenue, taken: list[tuple[Signal, int]], tally: Tally) -> None:
    """Place what was taken, one after the other; the kill switch, the deadline and a stop count before each."""

    def stops(market_id: str) -> str | None:
        return tally.stopped(halted(context.database, context.settings.storage.data_dir, market_id))

    placing = PlaceContext(context.database, context.clock, stops)
    for already, (signal, signal_id) in enumerate(taken):
        if context.stop.is_asked():
            tally.left(len(taken) - already)
            return
        intent = intent_of(
            signal.candidate,
            signal.shown,
            signal_id=signal_id,
            cycle_id=context.cycle_id,
            consent=venue.consent,
            knobs=context.settings.trade,
            now=context.clock.now(),
        )
        tally.came(intent, await place(intent, venue.broker, placing))


async def _withdraw_halted(context: CycleContext, venue: OpenVenue) -> None:
    """Take back what rests in halted markets: at the beginning, and again, for a halt may come while we place."""

    def stops(market_id: str) -> str | None:
        return halted(context.database, context.settings.storage.data_dir, market_id)

    await withdraw(venue.broker, PlaceContext(context.database, context.clock, stops), venue.consent.venue)


def _keep_equity(context: CycleContext, venue: OpenVenue) -> EquityRecord:
    """Value the venue as it stands, and store that as the hour's: once before the orders, which the peak remembers."""
    kind = venue.consent.venue
    with context.database.read() as connection:
        cash = venue.cash - venue.flow + positions.cash_flow(connection, kind)
        worth = equity_of(connection, kind, context.hour, cash=cash)
    with context.database.write() as connection:
        equity.keep(connection, worth)
    return worth

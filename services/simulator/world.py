"""The simulated world: every series, event and market there will be, and how to find them. No HTTP and no JSON pages.

It is built once from the seed; what it looks like at a moment follows from its clock alone, so the same seed and the
same time always show the same exchange.
"""

from __future__ import annotations

import datetime as dt
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.crowd import combo_events, crowd_events
from simulator.population import macro_events
from simulator.render import market_json, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.catalog import SeriesSpec
    from simulator.clock import SimClock
    from simulator.market import SimEvent, SimMarket, Status

MACRO_MARKETS: Final = 723
"""About how many markets the macro series have open at any time."""
HISTORICAL_AFTER: Final = dt.timedelta(days=90)
"""How long a settled market stays in the live data (kalshi-api.md: about three months)."""


class Order(NamedTuple):
    """Markets sorted by one of their times: `keys` are those times, in Unix seconds."""

    keys: list[int]
    markets: list[SimMarket]


class World:
    """One seed's exchange. `markets` asks for about that many open ones; the macro series are always there."""

    def __init__(self, seed: int, clock: SimClock, markets: int = MACRO_MARKETS) -> None:
        self.seed = seed
        self.clock = clock
        anchor = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        crowd = max(0, markets - MACRO_MARKETS)
        every = chain(macro_events(seed, anchor), crowd_events(seed, crowd, anchor), combo_events(seed, crowd, anchor))
        self.events: dict[str, SimEvent] = {event.ticker: event for event in every}
        self.series: dict[str, SeriesSpec] = {event.series.ticker: event.series for event in self.events.values()}
        self.markets = {market.ticker: market for event in self.events.values() for market in event.markets}
        self.events_of: dict[str, list[SimEvent]] = {}
        for event in self.events.values():
            self.events_of.setdefault(event.series.ticker, []).append(event)
        self.events_by_created = sorted(self.events.values(), key=lambda event: (event.created, event.ticker))
        everything = self.markets.values()
        self.by_created = _order((market.created, market) for market in everything)
        # An early closer shows two close times in its life, so it stands in both places.
        self.by_close = _order((at, market) for market in everything for at in {market.closes, market.event.closes})
        self.by_settled = _order((market.finalized, market) for market in everything)

    def moment(self) -> int:
        """Return the world's time in whole Unix seconds."""
        return int(self.clock.now().timestamp())

    def cutoff(self, moment: int) -> int:
        """Return the historical cutoff: what settled before it is served by /historical only."""
        day = dt.datetime.fromtimestamp(moment, dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return int((day - HISTORICAL_AFTER).timestamp())

    def is_live(self, market: SimMarket, moment: int) -> bool:
        """Tell whether the live endpoints know the market at `moment`."""
        return market.created <= moment and market.finalized >= self.cutoff(moment)

    def tickers(self, *statuses: Status) -> list[str]:
        """List the live markets of some statuses now, combos included, oldest first; without statuses, all of them."""
        moment = self.moment()
        cutoff = self.cutoff(moment)
        return [
            market.ticker
            for market in self.by_created.markets
            if market.created <= moment
            and market.finalized >= cutoff
            and (not statuses or market.status(moment) in statuses)
        ]

    def market_json(self, ticker: str) -> bytes:
        """Return a market's JSON, byte for byte as any answer shows it now.

        Raises:
            LookupError: no such market, or not yet.
        """
        return market_json(self.markets[ticker], self.moment())

    def warm(self) -> None:
        """Make the JSON of every market that exists now, so that the first walk is as fast as the second."""
        moment = self.moment()
        for market in self.by_created.markets:
            status = market.status(moment)
            if status is not None and moment < market.closes:
                pieces(market, status, moment)


def _order(timed: Iterable[tuple[int, SimMarket]]) -> Order:
    ordered = sorted(timed, key=lambda pair: (pair[0], pair[1].ticker))
    return Order([at for at, _ in ordered], [market for _, market in ordered])

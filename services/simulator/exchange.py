"""The simulated exchange's state in one place: world, faults, limits, keys and log. It answers nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aiohttp import web

from simulator.answers import not_found
from simulator.bucket import Bucket
from simulator.keys import KeyRing
from simulator.portfolio import Account
from simulator.requestlog import RequestLog

if TYPE_CHECKING:
    from simulator.faults import Faults
    from simulator.market import SimEvent, SimMarket
    from simulator.world import World

TRADE_API: Final = "/trade-api/v2"


@dataclass(slots=True)
class Exchange:
    """Everything the routes share."""

    world: World
    faults: Faults
    bucket: Bucket = field(default_factory=lambda: Bucket(20, 20))
    write_bucket: Bucket = field(default_factory=lambda: Bucket(10, 10))
    keys: KeyRing = field(default_factory=KeyRing)
    log: RequestLog = field(default_factory=RequestLog)
    latency_s: float = 0.0
    error_shape: str = "nested"
    """How refusals are written: nested, flat or text (kalshi-api.md, Errors)."""
    account: Account = field(init=False)

    def __post_init__(self) -> None:
        """Open the member's account."""
        self.account = Account(self.world)

    def live_market(self, ticker: str) -> SimMarket:
        """Return a market the live endpoints know.

        Raises:
            ApiError: 404.
        """
        market = self.world.markets.get(ticker)
        if market is None or not self.world.is_live(market, self.world.moment()):
            raise not_found(f"market {ticker}")
        return market

    def historical_market(self, ticker: str) -> SimMarket:
        """Return a market that settled before the historical cutoff.

        Raises:
            ApiError: 404.
        """
        market = self.world.markets.get(ticker)
        if market is None or market.finalized >= self.world.cutoff(self.world.moment()):
            raise not_found(f"historical market {ticker}")
        return market

    def event(self, ticker: str) -> SimEvent:
        """Return an event that has been created.

        Raises:
            ApiError: 404.
        """
        event = self.world.events.get(ticker)
        if event is None or event.created > self.world.moment():
            raise not_found(f"event {ticker}")
        return event


EXCHANGE: Final = web.AppKey("exchange", Exchange)
SHAPES: Final = web.RequestKey("shapes", frozenset[str])
"""The shape faults this request meets."""


def exchange_of(request: web.Request) -> Exchange:
    """Return the exchange a request came to."""
    return request.config_dict[EXCHANGE]

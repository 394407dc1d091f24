"""A ledger, a live broker and the simulated exchange they trade at, in a test's own loop and in the world's time.

    async with SimulatedExchange() as exchange, Desk(tmp_path, exchange) as desk:
        placement = await desk.place(desk.intent())
        await desk.reconcile()

A sleep on the desk's clock is over at once and has moved the world on by its seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_common.config import load_settings
from kalshi_common.domain.hour import utc_text
from kalshi_common.domain.order import OrderIntent, client_order_id, intent_id
from kalshi_common.storage.database import DATABASE_NAME, Database
from simulator.market import Status
from simulator.price import DOLLAR, quote
from support.data_dir import migrated, rows
from trader.broker_live import LiveBroker
from trader.place import PlaceContext, place
from trader.portfolio_read import LiveExchange, live_exchange
from trader.reconcile import Reconciliation, reconcile

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from kalshi_common.domain.order import Placement, Side
    from simulator.market import SimMarket
    from support.simulated_exchange import SimulatedExchange
    from trader.broker import Broker

KEY_ID = "desk-key"
_KEY = Ed25519PrivateKey.generate()
PRIVATE_PEM = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC_PEM = _KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
CENT, CONTRACT = 10_000, 100
_TEMPLATE: dict[str, bytes] = {}
GROUP_LIMIT = 10_000


class WorldClock:
    """A Clock that is the simulated world's: whoever sleeps moves it."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self._world = exchange.clock
        self._elapsed = 0.0

    def now(self) -> dt.datetime:
        return self._world.now()

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        self._elapsed += seconds
        self._world.advance(seconds)
        await asyncio.sleep(0)


class Desk:
    """Opens and closes everything; `halted` is what the kill switch says, by market ("" for all)."""

    def __init__(self, data_dir: Path, exchange: SimulatedExchange, *, timeout_s: float = 1, **knobs: Any) -> None:
        exchange.keys.register(KEY_ID, PUBLIC_PEM)
        self.exchange, self.data_dir = exchange, data_dir
        self.clock = WorldClock(exchange)
        self.halted: dict[str, str] = {}
        self.environ = {
            "KALSHI_API_BASE_URL": exchange.base_url,
            "KALSHI_DATA_DIR": str(data_dir),
            "KALSHI_API_KEY": KEY_ID,
            "KALSHI_PRIVATE_KEY": PRIVATE_PEM,
        }
        settings = load_settings(None, self.environ)
        told = {"timeout_s": timeout_s, "requests_per_second": 100, **knobs}
        self.settings = settings.__class__(
            exchange=settings.exchange.model_copy(update=told), storage=settings.storage, secrets=settings.secrets
        )

    async def __aenter__(self) -> Self:
        self._stack = contextlib.AsyncExitStack()
        self.database = self._stack.enter_context(opened(self.data_dir))
        self.live: LiveExchange = await self._stack.enter_async_context(live_exchange(self.settings, self.clock))
        self.broker = LiveBroker(self.live, self.clock, group_limit=GROUP_LIMIT)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def context(self) -> PlaceContext:
        return PlaceContext(
            self.database, self.clock, lambda market: self.halted.get("") or self.halted.get(market) or None
        )

    def market(self, place: int = 0, *, series: str = "KXCPI") -> SimMarket:
        """An active market with both sides of its book, in cents, between 20 and 80."""
        fits = [market for market in self._active(series) if self._calm(market)]
        return fits[place]

    def _active(self, series: str) -> list[SimMarket]:
        markets = self.exchange.world.markets
        return [markets[name] for name in self.exchange.tickers(Status.ACTIVE) if name.partition("-")[0] == series]

    def tradable(self, market: SimMarket) -> bool:
        """Whether both sides of its book have enough for an order."""
        now = quote(market, self.exchange.world.moment())
        return now.bid > 0 and now.ask < DOLLAR and min(now.bid_size, now.ask_size) > 50 * CONTRACT

    def _calm(self, market: SimMarket) -> bool:
        now = quote(market, self.exchange.world.moment())
        return (
            self.tradable(market)
            and DOLLAR // 5 < now.bid < DOLLAR * 4 // 5
            and market.traits.structure.tick == CENT // 100
        )

    def intent(
        self,
        market: SimMarket | None = None,
        side: Side = "yes",
        *,
        cycle: str = "cycle-1",
        count: int = 10 * CONTRACT,
        price: int | None = None,
        rests: bool = False,
        **changes: Any,
    ) -> OrderIntent:
        """An immediate order at the offer (or `price`, micro-dollars of the side), or one that rests for an hour."""
        market = market or self.market()
        now = quote(market, self.exchange.world.moment())
        offer = now.ask if side == "yes" else DOLLAR - now.bid
        name = intent_id(cycle, market.ticker, side)
        ends = self.exchange.world.moment() + 3600
        made = OrderIntent(
            intent_id=name,
            client_order_id=client_order_id("live", "prod", name),
            cycle_id=cycle,
            signal_id=None,
            venue="live",
            environment="prod",
            market_id=market.ticker,
            series_ticker=market.event.series.ticker,
            event_ticker=market.event.ticker,
            macro_event_type="cpi",
            side=side,
            count_hundredths=count,
            price_microdollars=offer * 100 if price is None else price,
            fee_microdollars=200_000,
            time_in_force="good_till_canceled" if rests else "immediate_or_cancel",
            expires_at_utc=_at(ends) if rests else None,
            created_at_utc=utc_text(self.clock.now()),
        )
        return made._replace(**changes)

    async def place(self, intent: OrderIntent, broker: Broker | None = None) -> Placement:
        return await place(intent, broker or self.broker, self.context)

    async def reconcile(self, *, accept: bool = False) -> Reconciliation:
        return await reconcile(self.live.portfolio, self.database, self.clock, environment="prod", accept=accept)

    def lost(self, fault: str, *, times: int = 1) -> None:
        """Let the next orders meet a fault."""
        self.exchange.faults.script(fault, "/portfolio/events/orders", times=times, method="POST")

    def state(self, intent: OrderIntent) -> str:
        return self.one("SELECT state FROM order_intents WHERE intent_id = ?", intent.intent_id)

    def one(self, sql: str, *values: Any) -> Any:
        return rows(self.database, sql, *values)[0][0]

    def positions(self) -> dict[str, int]:
        """What our ledger holds, by market; markets with nothing are left out."""
        return dict(
            rows(
                self.database,
                "SELECT market_id, position_hundredths FROM positions"
                " WHERE venue = 'live' AND position_hundredths <> 0 ORDER BY 1",
            )
        )

    def truth(self) -> dict[str, int]:
        """What the exchange holds for us now, without any lag, settled markets left out."""
        account = self.exchange.account
        now = account.advance()
        held = {
            name: account.holding(name, now).held
            for name in sorted(account.tickers())
            if account.payout(name, now) is None
        }
        return {name: count for name, count in held.items() if count}


def opened(data_dir: Path) -> Database:
    """Open the database of a data directory; a new one is a copy of one migrated once, which is much faster."""
    path = data_dir / DATABASE_NAME
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        if not _TEMPLATE:
            migrated(data_dir).close()
            _TEMPLATE["bytes"] = path.read_bytes()
        path.write_bytes(_TEMPLATE["bytes"])
    return Database(data_dir)


def _at(moment: int) -> str:
    return utc_text(dt.datetime.fromtimestamp(moment, dt.UTC))

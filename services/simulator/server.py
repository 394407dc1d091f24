"""The simulated exchange as an HTTP server that can be started and stopped, in a container or inside a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from aiohttp import web

from simulator import account_routes, admin_routes, listing_routes, market_routes, orders_routes, portfolio_routes
from simulator.bucket import Bucket
from simulator.clock import SimClock
from simulator.exchange import EXCHANGE, TRADE_API, Exchange
from simulator.faults import Faults
from simulator.gate import gate, set_date
from simulator.providers import PROVIDERS, Providers
from simulator.providers_routes import routes as providers_routes
from simulator.providers_skill import Skill
from simulator.world import MACRO_MARKETS, World

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType


@dataclass(frozen=True, slots=True)
class Settings:
    """What a simulator is started with. Port 0 takes a free one; 0 requests a second is no limit."""

    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 7
    markets: int = MACRO_MARKETS
    requests_per_second: float = 20
    burst: float = 20
    writes_per_second: float = 10
    latency_s: float = 0
    faults: Mapping[str, float] | None = None
    model_latency_s: float = 0
    model_insight: float = 0
    model_faults: Mapping[str, float] | None = None


class Simulator:
    """One running simulated exchange. `exchange` is its state, open to tests."""

    def __init__(self, settings: Settings, clock: SimClock | None = None, world: World | None = None) -> None:
        self.settings = settings
        self.exchange = Exchange(
            world or World(settings.seed, clock or SimClock(), settings.markets),
            Faults(settings.seed),
            Bucket(settings.requests_per_second, settings.burst),
            Bucket(settings.writes_per_second, settings.writes_per_second),
            latency_s=settings.latency_s,
        )
        self.exchange.faults.set_rates(settings.faults or {})
        skill = Skill(insight=settings.model_insight)
        self.providers = Providers(self.exchange.world, settings.seed, settings.model_latency_s, skill=skill)
        self.providers.faults.set_rates(settings.model_faults or {})
        self._runner: web.AppRunner | None = None
        self.port = settings.port

    @property
    def base_url(self) -> str:
        """What a client is given as the exchange's address."""
        return f"http://{self.settings.host}:{self.port}{TRADE_API}"

    @property
    def openai_url(self) -> str:
        """What a client is given as OpenAI's address."""
        return f"http://{self.settings.host}:{self.port}/openai/v1"

    @property
    def anthropic_url(self) -> str:
        """What a client is given as Anthropic's address."""
        return f"http://{self.settings.host}:{self.port}/anthropic"

    @property
    def admin_url(self) -> str:
        """Where the admin endpoints are."""
        return f"http://{self.settings.host}:{self.port}/_sim"

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            OSError: the address is taken or not this machine's.
        """
        # Handlers of clients that went away are cancelled: a hanging answer must not outlive its request.
        self._runner = web.AppRunner(
            application(self.exchange, self.providers), access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.settings.host, self.settings.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and drop what still runs."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


def application(exchange: Exchange, providers: Providers) -> web.Application:
    """Wire the routes to an exchange and to the model providers."""
    app = web.Application(middlewares=[gate])
    app[EXCHANGE], app[PROVIDERS] = exchange, providers
    app.add_routes(providers_routes)
    app.on_response_prepare.append(set_date)
    for module in (market_routes, listing_routes, account_routes, portfolio_routes, orders_routes, admin_routes):
        app.add_routes(module.routes)
    return app

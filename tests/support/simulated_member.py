"""A member of the simulated exchange who signs and sends by hand, sharing no code with our own client."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from simulator.market import SimMarket, Status
from simulator.price import quote
from simulator.texts import dollars

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

    from support.simulated_exchange import SimulatedExchange

    Answer = tuple[int, dict[str, Any]]

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
ORDERS = "portfolio/events/orders"


class Member:
    """Signs and sends; each answer is its status and JSON."""

    def __init__(self, exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
        exchange.keys.register("m", PUBLIC)
        self.exchange, self._http = exchange, http

    async def call(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Answer:
        text = f"1795410420000{method}/trade-api/v2/{path}".encode()
        headers = {
            "KALSHI-ACCESS-KEY": "m",
            "KALSHI-ACCESS-TIMESTAMP": "1795410420000",
            "KALSHI-ACCESS-SIGNATURE": base64.b64encode(KEY.sign(text)).decode(),
        }
        async with self._http.request(method, path, json=body, params=query, headers=headers) as answer:
            return answer.status, (await answer.json() if answer.content_type == "application/json" else {})

    def market(self, place: int = 0) -> SimMarket:
        world = self.exchange.world
        found = [world.markets[name] for name in self.exchange.tickers(Status.ACTIVE) if name.startswith("KXCPI-")]
        return [each for each in found if 2_000 < quote(each, world.moment()).bid < 8_000][place]

    def offer(self, market: SimMarket) -> int:
        return quote(market, self.exchange.world.moment()).ask

    def spread(self, market: SimMarket) -> int:
        now = quote(market, self.exchange.world.moment())
        return now.ask - now.bid

    async def order(self, market: SimMarket | None = None, **changes: Any) -> Answer:
        """An immediate bid for one contract at the offer, or as changed; None leaves a field out."""
        market = market or self.market()
        body = {
            "ticker": market.ticker,
            "side": "bid",
            "count": "1.00",
            "price": dollars(self.offer(market)),
            "time_in_force": "immediate_or_cancel",
            "self_trade_prevention_type": "taker_at_cross",
        }
        body = {name: value for name, value in {**body, **changes}.items() if value is not None}
        return await self.call("POST", ORDERS, body)

    async def resting(self, market: SimMarket | None = None, **changes: Any) -> str:
        told = {"price": "0.0100", "time_in_force": "good_till_canceled", **changes}
        status, answer = await self.order(market, **told)
        assert (status, answer["fill_count"]) == (201, "0.00"), answer
        return str(answer["order_id"])

    async def shown(self, order_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.call("GET", f"portfolio/orders/{order_id}"))[1]["order"]
        return found

"""Reads our own account: orders, fills, positions, settlements, cash. Repeated like every read; it writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from kalshi_common.errors import UnexpectedAnswerError
from kalshi_common.exchange import wire_orders, wire_portfolio
from kalshi_common.exchange.client import KalshiClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from kalshi_common.domain.money import MicroDollars
    from kalshi_common.domain.portfolio import (
        ExchangeFill,
        ExchangeOrder,
        ExchangePosition,
        ExchangeSettlement,
        OrderGroup,
    )
    from kalshi_common.exchange.wire_rows import Page

_T = TypeVar("_T")
_PAGE: Final = "1000"


class PortfolioClient(KalshiClient):
    """A KalshiClient with credentials; lists are whole, over all their pages. Raises as KalshiClient does."""

    async def user_data_timestamp(self) -> str:
        """Tell as of when (UTC text) the other reads here show the account; the exchange calls it approximate."""
        return await self._get("/exchange/user_data_timestamp", {}, wire_portfolio.user_data_timestamp)

    async def orders(self) -> list[ExchangeOrder]:
        """List our orders, resting and closed; closed ones of more than about three months ago are left out."""
        return await self._pages("/portfolio/orders", wire_orders.orders_page)

    async def fills(self) -> list[ExchangeFill]:
        """List our fills of about the last three months."""
        return await self._pages("/portfolio/fills", wire_portfolio.fills_page)

    async def positions(self) -> list[ExchangePosition]:
        """List our positions in markets that are not settled."""
        return await self._pages("/portfolio/positions", wire_portfolio.positions_page)

    async def settlements(self) -> list[ExchangeSettlement]:
        """List how markets paid us out."""
        return await self._pages("/portfolio/settlements", wire_portfolio.settlements_page)

    async def balance(self) -> MicroDollars:
        """Tell our cash."""
        return await self._get("/portfolio/balance", {}, wire_portfolio.balance)

    async def order_groups(self) -> list[OrderGroup]:
        """List our order groups."""
        return await self._get("/portfolio/order_groups", {}, wire_orders.order_groups)

    async def _pages(self, path: str, read: Callable[[bytes], Page[_T]]) -> list[_T]:
        found: list[_T] = []
        cursor, seen = "", {""}
        while True:
            page = await self._get(path, {"limit": _PAGE} | ({"cursor": cursor} if cursor else {}), read)
            found += page.rows
            cursor = page.cursor
            if not cursor:
                return found
            if cursor in seen:
                raise UnexpectedAnswerError(f"GET {path}: the cursor {cursor!r} came twice; the walk would never end.")
            seen.add(cursor)

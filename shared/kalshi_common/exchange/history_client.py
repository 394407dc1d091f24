"""Asks for the past: candlesticks of live and archived markets, and the archive itself. Reads only, as every client."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from kalshi_common.exchange import wire, wire_candles
from kalshi_common.exchange.client import KalshiClient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kalshi_common.domain.candle import Candle
    from kalshi_common.domain.market import MarketPage

_HOURLY = "60"
_PAGE = "1000"


class HistoryClient(KalshiClient):
    """A KalshiClient that also reads what was. Periods are Unix seconds, both ends counted in. Raises as the base."""

    async def candles(self, tickers: Sequence[str], first_ts: int, last_ts: int) -> dict[str, list[Candle]]:
        """Fetch the hourly candles of up to 100 live markets; one the exchange does not serve live is left out."""
        query = {"market_tickers": ",".join(tickers), **_period(first_ts, last_ts)}
        return await self._get("/markets/candlesticks", query, wire_candles.candles)

    async def archived_candles(self, ticker: str, first_ts: int, last_ts: int) -> dict[str, list[Candle]]:
        """Fetch the hourly candles of one archived market."""
        path = f"/historical/markets/{quote(ticker, safe='')}/candlesticks"
        return await self._get(path, _period(first_ts, last_ts), wire_candles.archived_candles)

    async def archive_cutoff(self) -> str:
        """Tell before which instant (UTC text) a market must have settled to be found in the archive only."""
        return await self._get("/historical/cutoff", {}, wire_candles.archive_cutoff)

    async def archived_markets(self, series_ticker: str, cursor: str = "") -> MarketPage:
        """Fetch one page of a walk over a series' archived markets."""
        query = {"series_ticker": series_ticker, "limit": _PAGE} | ({"cursor": cursor} if cursor else {})
        return await self._get("/historical/markets", query, wire.historical_markets_page)


def _period(first_ts: int, last_ts: int) -> dict[str, str]:
    return {"start_ts": str(first_ts), "end_ts": str(last_ts), "period_interval": _HOURLY}

"""Which markets to ask for. Sends nothing; the parameter names are those of `GET /markets` (OpenAPI 3.34.0)."""

from __future__ import annotations

from typing import NamedTuple

MOST_MARKETS = 100
"""The most markets `GET /markets/candlesticks` takes at once, and"""
MOST_CANDLES = 10_000
"""the most candles it answers with (OpenAPI 3.34.0)."""


class MarketQuery(NamedTuple):
    """One walk over `GET /markets`. An empty status means any; created and close times are Unix seconds.

    The exchange takes the created times only with `unopened`, `open` or no status, the close times only with `closed`
    or no status, and never both.
    """

    status: str = "open"
    series_ticker: str | None = None
    min_created_ts: int | None = None
    max_created_ts: int | None = None
    min_close_ts: int | None = None
    max_close_ts: int | None = None
    exclude_combos: bool = True
    limit: int = 1000
    """Markets a page; the exchange allows at most 1000."""

    def params(self, cursor: str = "") -> dict[str, str]:
        """Return the query parameters of the page at `cursor`; what is not set is left out."""
        asked = {
            "limit": self.limit,
            "status": self.status,
            "series_ticker": self.series_ticker,
            "min_created_ts": self.min_created_ts,
            "max_created_ts": self.max_created_ts,
            "min_close_ts": self.min_close_ts,
            "max_close_ts": self.max_close_ts,
            "mve_filter": "exclude" if self.exclude_combos else None,
            "cursor": cursor,
        }
        return {name: str(value) for name, value in asked.items() if value not in (None, "")}

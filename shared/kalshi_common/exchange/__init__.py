"""The border with Kalshi: what goes out, what comes in. Decides nothing about markets and stores nothing.

Names are loaded on first use, so that a command that only signs or only reads a status never imports aiohttp.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kalshi_common.exchange.client import KalshiClient
    from kalshi_common.exchange.query import MarketQuery
    from kalshi_common.exchange.rate_limit import SharedRateLimit
    from kalshi_common.exchange.signing import Credentials

__all__ = ["Credentials", "KalshiClient", "MarketQuery", "SharedRateLimit"]

_HOME = {"Credentials": "signing", "KalshiClient": "client", "MarketQuery": "query", "SharedRateLimit": "rate_limit"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)

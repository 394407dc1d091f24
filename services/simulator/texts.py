"""How numbers, times and strings are written in the exchange's JSON. No market knowledge."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import orjson


def quoted(text: str) -> bytes:
    """Return `text` as a JSON string."""
    return orjson.dumps(text)


@lru_cache(maxsize=1 << 16)
def instant(seconds: int) -> str:
    """Write Unix seconds as `2026-11-23T05:07:09Z`."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dollars(price: int) -> str:
    """Write ten-thousandths of a dollar as the exchange does: "0.5600"."""
    return f"{price // 10_000}.{price % 10_000:04d}"


def contracts(count: int) -> str:
    """Write hundredths of a contract as the exchange does: "10.00"."""
    return f"{count // 100}.{count % 100:02d}"

"""Reading requests' parameters: market filters and what goes together, limits, cursors. It selects nothing."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.answers import bad_request
from simulator.market import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_WORDS: Final[dict[str, frozenset[Status]]] = {
    "unopened": frozenset({Status.INITIALIZED}),
    "open": frozenset({Status.ACTIVE}),
    "paused": frozenset({Status.INACTIVE}),
    "closed": frozenset({Status.CLOSED, Status.DETERMINED, Status.DISPUTED, Status.AMENDED}),
    "settled": frozenset({Status.FINALIZED}),
    "": frozenset(Status),
}
_WINDOWS: Final = {
    "created": {"unopened", "open", ""},
    "close": {"closed", ""},
    "settled": {"settled", ""},
    "updated": {""},
}
"""Which status words a time filter goes with (kalshi-python-async 3.34.0, market_api.get_markets)."""
_FOREVER: Final = 1 << 62


class MarketFilter(NamedTuple):
    """What a request for markets asks for. `low` and `high` are exclusive Unix seconds, as "after" and "before" say."""

    word: str = ""
    series_ticker: str = ""
    event_ticker: str = ""
    tickers: tuple[str, ...] = ()
    mve_filter: str = ""
    window: str = ""
    low: int = -1
    high: int = _FOREVER


def market_filter(query: Mapping[str, str]) -> MarketFilter:
    """Read the filters of GET /markets; what does not go together is refused.

    Raises:
        ApiError: 400 for an unknown word, or filters that exclude each other.
    """
    word = query.get("status", "")
    if word not in STATUS_WORDS:
        raise bad_request(f"status {word!r} is not one of unopened, open, paused, closed, settled")
    mve = query.get("mve_filter", "")
    if mve not in {"", "only", "exclude"}:
        raise bad_request("mve_filter must be only or exclude")
    windows = [name for name in _WINDOWS if query.get(f"min_{name}_ts") or query.get(f"max_{name}_ts")]
    if len(windows) > 1:
        raise bad_request(f"{windows[0]} and {windows[1]} timestamp filters are mutually exclusive")
    window = windows[0] if windows else ""
    if window and word not in _WINDOWS[window]:
        raise bad_request(f"{window} timestamp filters are not compatible with status {word}")
    tickers = tuple(filter(None, query.get("tickers", "").split(",")))
    found = MarketFilter(
        word, query.get("series_ticker", ""), query.get("event_ticker", ""), tickers, mve, window,
        integer(query, f"min_{window}_ts", -1), integer(query, f"max_{window}_ts", _FOREVER),
    )  # fmt: skip
    if window == "updated":
        _refuse_beside_updated(found)
    return found


def _refuse_beside_updated(asked: MarketFilter) -> None:
    if asked.event_ticker or asked.tickers or asked.mve_filter == "only":
        raise bad_request("min_updated_ts is incompatible with other filters")
    if asked.series_ticker and asked.mve_filter != "exclude":
        raise bad_request("min_updated_ts with series_ticker requires mve_filter=exclude")


def integer(query: Mapping[str, str], name: str, default: int) -> int:
    """Read a whole number.

    Raises:
        ApiError: 400 when it is not one.
    """
    text = query.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise bad_request(f"{name} must be an integer")
    return int(text)


def limit_of(query: Mapping[str, str], default: int, most: int) -> int:
    """Read `limit`.

    Raises:
        ApiError: 400 outside 1 to `most`.
    """
    limit = integer(query, "limit", default)
    if not 1 <= limit <= most:
        raise bad_request(f"limit must be from 1 to {most}")
    return limit


def cursor_for(position: int) -> str:
    """Return the opaque cursor of a place in an order."""
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode().rstrip("=")


def position_of(cursor: str) -> int:
    """Return the place a cursor stands for; none is the beginning.

    Raises:
        ApiError: 400 for a cursor this exchange never gave.
    """
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = ""
    if not re.fullmatch(r"at:[0-9]{1,12}", text):
        raise bad_request("invalid cursor")
    return int(text[3:])

"""Pages of markets: choosing the rows a filter asks for, and joining their bytes. No HTTP, no reading of parameters."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from simulator.answers import bad_request
from simulator.crowd import is_combo
from simulator.filters import STATUS_WORDS, MarketFilter, cursor_for, position_of
from simulator.render import pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.market import SimMarket
    from simulator.world import World

Row: TypeAlias = tuple[bytes, bytes, bytes]


class PageWish(NamedTuple):
    """One request for a page; `shapes` are the shape faults it meets."""

    asked: MarketFilter
    limit: int
    cursor: str
    shapes: frozenset[str] = frozenset()
    historical: bool = False


class Candidates(NamedTuple):
    """Markets to look through, from `first` up to `last`; `keys` are the close times under which they stand there."""

    markets: Sequence[SimMarket]
    first: int
    last: int
    keys: Sequence[int] = ()


def market_page(world: World, wish: PageWish) -> bytes:
    """Return the body of one page of markets.

    Raises:
        ApiError: 400 for a cursor this exchange never gave, or when a fault says so.
    """
    asked, shapes = wish.asked, wish.shapes
    start = position_of(wish.cursor)
    if asked.window == "created" and "created_filter_rejected" in shapes:
        raise bad_request("created timestamp filters are not available")
    if asked.window == "created" and "created_filter_ignored" in shapes:
        asked = asked._replace(window="")
        wish = wish._replace(asked=asked)
    among = _candidates(world, asked)
    start = max(start, among.first)
    if "repeat_row" in shapes and start > among.first:
        start -= 1
    rows, following = _select(world, wish, among, start)
    after = cursor_for(following) if following is not None else ""
    if "cursor_loop" in shapes:
        after = wish.cursor or cursor_for(0)
    return _body(rows, after, shapes)


def _select(world: World, wish: PageWish, among: Candidates, start: int) -> tuple[list[Row], int | None]:
    """Return the rows of a page, and the place of the first one after it if there is one."""
    moment = world.moment()
    cutoff = world.cutoff(moment)
    wanted = STATUS_WORDS[wish.asked.word]
    fits = _fitting(wish.asked, moment)
    rows: list[Row] = []
    for position in range(start, among.last):
        market = among.markets[position]
        status = market.status(moment)
        if status is None or status not in wanted or (market.finalized < cutoff) is not wish.historical:
            continue
        if among.keys and among.keys[position] != market.close_shown(moment):
            continue
        if fits is not None and not fits(market):
            continue
        if len(rows) == wish.limit:
            return rows, position
        rows.append(pieces(market, status, moment))
    return rows, None


def _candidates(world: World, asked: MarketFilter) -> Candidates:
    if asked.tickers:
        named = [world.markets[ticker] for ticker in asked.tickers if ticker in world.markets]
        return Candidates(named, 0, len(named))
    if asked.event_ticker:
        event = world.events.get(asked.event_ticker)
        return Candidates(event.markets, 0, len(event.markets)) if event else Candidates((), 0, 0)
    if asked.series_ticker:
        markets = [market for event in world.events_of.get(asked.series_ticker, ()) for market in event.markets]
        return Candidates(markets, 0, len(markets))
    orders = {"created": world.by_created, "close": world.by_close, "settled": world.by_settled}
    order = orders.get(asked.window)
    if order is None:
        return Candidates(world.by_created.markets, 0, len(world.by_created.markets))
    keys = order.keys if asked.window == "close" else ()
    return Candidates(order.markets, bisect_right(order.keys, asked.low), bisect_left(order.keys, asked.high), keys)


def _fitting(asked: MarketFilter, moment: int) -> Callable[[SimMarket], bool] | None:
    """Return the test of everything but the status, or None where all pass it."""
    if not (asked.mve_filter or asked.window or asked.series_ticker or asked.event_ticker):
        return None

    def fits(market: SimMarket) -> bool:
        event = market.event
        if asked.mve_filter and is_combo(event) is (asked.mve_filter == "exclude"):
            return False
        if asked.event_ticker and event.ticker != asked.event_ticker:
            return False
        if asked.series_ticker and event.series.ticker != asked.series_ticker:
            return False
        return not asked.window or asked.low < _window_time(market, asked.window, moment) < asked.high

    return fits


def _window_time(market: SimMarket, window: str, moment: int) -> int:
    if window == "created":
        return market.created
    if window == "close":
        return market.close_shown(moment)
    return market.finalized if window == "settled" else market.changed(moment)


def _body(rows: list[Row], cursor: str, shapes: frozenset[str]) -> bytes:
    # One join of all parts: a page is about 2 MB and every further copy of it costs as much as choosing its rows.
    parts = [b'{"markets":[']
    for row in rows:
        parts += row
        parts.append(b",")
    if rows:
        parts.pop()
    parts.append(b'],"cursor":"%b"}' % cursor.encode())
    body = b"".join(parts)
    if "status_leak" in shapes:
        body = body.replace(b'"status":"active"', b'"status":"closed"', 1)
    return misshapen(body, shapes) if shapes else body


def misshapen(body: bytes, shapes: frozenset[str]) -> bytes:
    """Return markets' JSON with the fields spoiled that `shapes` names."""
    if "rename_price_field" in shapes:
        body = body.replace(b'"yes_bid_dollars":', b'"yes_bid_price":')
    if "drop_price_field" in shapes:
        body = re.sub(rb'"yes_bid_dollars":"[^"]*",', b"", body)
    if "null_price" in shapes:
        body = re.sub(rb'"yes_bid_dollars":"[^"]*"', b'"yes_bid_dollars":null', body)
    if "historical_bare_names" in shapes:
        body = re.sub(rb'"(volume|volume_24h|open_interest|yes_bid_size|yes_ask_size)_fp":', rb'"\1":', body)
    return body

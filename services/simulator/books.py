"""Order books and trades that agree with the quotes, as JSON-ready data. Bids only, best last, as the exchange does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simulator.market import TRADING, SimMarket, number
from simulator.price import DOLLAR, last_price, quote, tick
from simulator.texts import contracts, dollars, instant

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEVELS: Final = 8
_HOUR: Final = 3_600


def order_book(market: SimMarket, moment: int, depth: int = 0) -> dict[str, list[list[str]]]:
    """Return `orderbook_fp`: the bids of both sides; a `depth` of 0 gives all levels."""
    yes, no = levels(market, moment)
    return {"yes_dollars": _shown(yes, depth), "no_dollars": _shown(no, depth)}


def levels(market: SimMarket, moment: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the bids for yes and for no, best first: price in ten-thousandths of a dollar, count in hundredths."""
    now = quote(market, moment)
    return _bids(market, now.bid, now.bid_size), _bids(market, DOLLAR - now.ask, now.ask_size)


def _bids(market: SimMarket, best: int, size: int) -> list[tuple[int, int]]:
    if not best:
        return []
    found = [(best, size)]
    price = best
    for place in range(1, market.draw % _LEVELS + 1):
        price -= tick(market.traits.structure, price - 1)
        if price <= 0:
            break
        found.append((price, size * (place + 1) // 2 + market.draw % 5000))
    return found


def _shown(bids: list[tuple[int, int]], depth: int) -> list[list[str]]:
    return [[dollars(price), contracts(count)] for price, count in bids[: depth if depth > 0 else None]][::-1]


def trades(markets: Iterable[SimMarket], after: int, until: int) -> list[dict[str, Any]]:
    """Return the trades in [`after`, `until`] (Unix seconds), newest first; at most three a market and hour."""
    found = []
    for market in markets:
        if not market.traits.traded:
            continue
        first, last = max(after, market.event.opens), min(until, market.closes - 1)
        for hour in range(first - first % _HOUR, last + 1, _HOUR):
            for place in range(number(market.ticker, hour) % 4):
                at = hour + number(market.ticker, hour, place) % _HOUR
                if first <= at <= last and market.status(at) in TRADING:
                    found.append((at, _trade(market, at, place)))
    return [trade for _, trade in sorted(found, key=lambda pair: (-pair[0], pair[1]["trade_id"]))]


def _trade(market: SimMarket, at: int, place: int) -> dict[str, Any]:
    draw = number(market.ticker, at, place, "trade")
    price = last_price(market, at)
    side = "yes" if draw % 2 else "no"
    text = f"{draw:016x}"
    return {
        "trade_id": f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[:3]}-{text[4:]}",
        "ticker": market.ticker,
        "count_fp": contracts(draw % 20_000 + 1),
        "yes_price_dollars": dollars(price),
        "no_price_dollars": dollars(DOLLAR - price),
        "taker_side": side,
        "taker_outcome_side": side,
        "taker_book_side": "bid" if side == "yes" else "ask",
        "created_time": instant(at),
        "is_block_trade": draw % 50 == 0,
    }

"""The endpoints under /markets, and candlesticks per market: parameters in, JSON out."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from simulator.answers import bad_request, body_answer, json_answer
from simulator.books import order_book, trades
from simulator.candles import PERIODS, candle, candle_ends, carried
from simulator.exchange import SHAPES, TRADE_API, exchange_of
from simulator.filters import cursor_for, integer, limit_of, market_filter, position_of
from simulator.market import Status
from simulator.pages import PageWish, market_page, misshapen

routes = web.RouteTableDef()
_MARKETS: Final = f"{TRADE_API}/markets"
_MOST_NAMED: Final = 100
_MOST_CANDLES: Final = 10_000
_HOUR: Final = 3_600
_DAY: Final = 86_400


@routes.get(_MARKETS)
async def markets(request: web.Request) -> web.Response:
    """GET /markets. An unknown parameter (`ticker=` among them) is ignored, as the real exchange does."""
    query = request.query
    wish = PageWish(market_filter(query), limit_of(query, 100, 1000), query.get("cursor", ""), request[SHAPES])
    return body_answer(market_page(exchange_of(request).world, wish))


@routes.get(f"{_MARKETS}/orderbooks")
async def order_books(request: web.Request) -> web.Response:
    """GET /markets/orderbooks, `tickers` repeated or comma-separated, at most 100; unknown ones are left out."""
    named = [ticker for text in request.query.getall("tickers", []) for ticker in text.split(",") if ticker]
    if not 1 <= len(named) <= _MOST_NAMED:
        raise bad_request(f"tickers must name 1 to {_MOST_NAMED} markets")
    world = exchange_of(request).world
    moment = world.moment()
    known = [world.markets[ticker] for ticker in named if ticker in world.markets]
    books = [
        {"ticker": market.ticker, "orderbook_fp": order_book(market, moment)}
        for market in known
        if world.is_live(market, moment)
    ]
    return json_answer({"orderbooks": books})


@routes.get(f"{_MARKETS}/trades")
async def market_trades(request: web.Request) -> web.Response:
    """GET /markets/trades: of one market for a day back, of all that trade for an hour, unless said otherwise."""
    query, world = request.query, exchange_of(request).world
    limit, position = limit_of(query, 100, 1000), position_of(query.get("cursor", ""))
    ticker = query.get("ticker", "")
    among = [world.markets[ticker]] if ticker in world.markets else []
    if not ticker:
        among = [world.markets[name] for name in world.tickers(Status.ACTIVE)]
    until = min(integer(query, "max_ts", world.moment()), world.moment())
    found = trades(among, integer(query, "min_ts", until - (_DAY if ticker else _HOUR)), until)
    block = query.get("is_block_trade", "")
    if block:
        found = [trade for trade in found if trade["is_block_trade"] is (block.lower() == "true")]
    after = cursor_for(position + limit) if position + limit < len(found) else ""
    return json_answer({"trades": found[position : position + limit], "cursor": after})


@routes.get(f"{_MARKETS}/candlesticks")
async def many_candlesticks(request: web.Request) -> web.Response:
    """GET /markets/candlesticks: at most 100 markets and 10,000 candles."""
    exchange, query = exchange_of(request), request.query
    named = list(filter(None, query.get("market_tickers", "").split(",")))
    if not 1 <= len(named) <= _MOST_NAMED:
        raise bad_request(f"market_tickers must name 1 to {_MOST_NAMED} markets")
    start, end, period = candle_window(request)
    moment = exchange.world.moment()
    known = [exchange.world.markets[ticker] for ticker in named if ticker in exchange.world.markets]
    spans = [
        (market, candle_ends(market, start, end, period, moment))
        for market in known
        if exchange.world.is_live(market, moment)
    ]
    refuse_too_many(sum(len(ends) for _, ends in spans))
    latest = query.get("include_latest_before_start", "").lower() == "true"
    found = []
    for market, ends in spans:
        first = [carried(market, start, period)] if latest and start > market.event.opens else []
        sticks = first + [candle(market, at, period) for at in ends]
        found.append({"market_ticker": market.ticker, "candlesticks": sticks})
    return json_answer({"markets": found})


@routes.get(f"{TRADE_API}/series/{{series}}/markets/{{ticker}}/candlesticks")
async def candlesticks(request: web.Request) -> web.Response:
    """GET /series/{s}/markets/{t}/candlesticks."""
    exchange = exchange_of(request)
    market = exchange.live_market(request.match_info["ticker"])
    start, end, period = candle_window(request)
    ends = candle_ends(market, start, end, period, exchange.world.moment())
    refuse_too_many(len(ends))
    return json_answer({"ticker": market.ticker, "candlesticks": [candle(market, at, period) for at in ends]})


def refuse_too_many(count: int) -> None:
    """Keep an answer within the exchange's bound.

    Raises:
        ApiError: 400 for more than 10,000 candles.
    """
    if count > _MOST_CANDLES:
        raise bad_request(f"more than {_MOST_CANDLES} candlesticks requested")


def candle_window(request: web.Request) -> tuple[int, int, int]:
    """Read start, end (Unix seconds) and period (minutes).

    Raises:
        ApiError: 400 when one is missing or no period of the exchange.
    """
    start, end, period = (integer(request.query, name, -1) for name in ("start_ts", "end_ts", "period_interval"))
    if start < 0 or end < start or period not in PERIODS:
        raise bad_request("start_ts, end_ts and a period_interval of 1, 60 or 1440 are required")
    return start, end, period


@routes.get(f"{_MARKETS}/{{ticker}}")
async def market(request: web.Request) -> web.Response:
    """GET /markets/{ticker}."""
    exchange = exchange_of(request)
    found = exchange.live_market(request.match_info["ticker"])
    text = misshapen(exchange.world.market_json(found.ticker), request[SHAPES])
    return body_answer(b'{"market":%b}' % text)


@routes.get(f"{_MARKETS}/{{ticker}}/orderbook")
async def market_order_book(request: web.Request) -> web.Response:
    """GET /markets/{ticker}/orderbook."""
    exchange = exchange_of(request)
    found = exchange.live_market(request.match_info["ticker"])
    depth = integer(request.query, "depth", 0)
    return json_answer({"orderbook_fp": order_book(found, exchange.world.moment(), depth)})

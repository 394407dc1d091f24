"""The endpoints for events, series, the exchange itself and history: parameters in, JSON out."""

from __future__ import annotations

import datetime as dt

from aiohttp import web

from simulator.answers import bad_request, body_answer, json_answer, not_found
from simulator.candles import candle, candle_ends
from simulator.events import event_data, event_markets, events_page, series_data
from simulator.exchange import SHAPES, TRADE_API, exchange_of
from simulator.filters import limit_of, market_filter
from simulator.market_routes import candle_window, refuse_too_many
from simulator.pages import PageWish, market_page, misshapen
from simulator.texts import instant

routes = web.RouteTableDef()
_HISTORY_FILTERS = ("tickers", "event_ticker", "series_ticker")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_THURSDAY = 3


@routes.get(f"{TRADE_API}/events")
async def events(request: web.Request) -> web.Response:
    """GET /events: without multivariate ones."""
    return json_answer(events_page(exchange_of(request).world, request.query))


@routes.get(f"{TRADE_API}/events/multivariate")
async def combos(request: web.Request) -> web.Response:
    """GET /events/multivariate."""
    return json_answer(events_page(exchange_of(request).world, request.query, combos=True))


@routes.get(f"{TRADE_API}/events/fee_changes")
async def event_fee_changes(request: web.Request) -> web.Response:  # noqa: ARG001  a handler's form
    """GET /events/fee_changes: none."""
    return json_answer({"event_fee_changes": [], "cursor": ""})


@routes.get(f"{TRADE_API}/events/{{ticker}}")
async def event(request: web.Request) -> web.Response:
    """GET /events/{ticker}: markets beside the event, or inside it with `with_nested_markets`."""
    exchange = exchange_of(request)
    found = exchange.event(request.match_info["ticker"])
    nested = request.query.get("with_nested_markets", "").lower() == "true"
    markets = [] if nested else event_markets(exchange.world, found)
    return json_answer({"event": event_data(exchange.world, found, nested=nested), "markets": markets})


@routes.get(f"{TRADE_API}/series")
async def series_list(request: web.Request) -> web.Response:
    """GET /series: all in one answer."""
    world, query = exchange_of(request).world, request.query
    volume = query.get("include_volume", "").lower() == "true"
    tags = set(filter(None, query.get("tags", "").split(",")))
    found = [series_data(world, spec, volume=volume) for spec in world.series.values()]
    return json_answer(
        {
            "series": [
                data
                for data in found
                if query.get("category", "") in {"", *data["categories"]} and tags.issubset(data["tags"])
            ]
        }
    )


@routes.get(f"{TRADE_API}/series/fee_changes")
async def series_fee_changes(request: web.Request) -> web.Response:
    """GET /series/fee_changes: one, two weeks ahead."""
    world = exchange_of(request).world
    change = {
        "id": "fee-change-1",
        "series_ticker": "KXJOBLESSCLAIMS",
        "fee_type": "quadratic_with_maker_fees",
        "fee_multiplier": 1,
        "scheduled_ts": instant(world.moment() // 86_400 * 86_400 + 14 * 86_400),
    }
    return json_answer({"series_fee_change_arr": [change]})


@routes.get(f"{TRADE_API}/series/{{ticker}}")
async def series(request: web.Request) -> web.Response:
    """GET /series/{ticker}."""
    world, ticker = exchange_of(request).world, request.match_info["ticker"]
    if ticker not in world.series:
        raise not_found(f"series {ticker}")
    volume = request.query.get("include_volume", "").lower() == "true"
    return json_answer({"series": series_data(world, world.series[ticker], volume=volume)})


@routes.get(f"{TRADE_API}/exchange/status")
async def status(request: web.Request) -> web.Response:
    """GET /exchange/status."""
    exchange = exchange_of(request)
    up = not exchange.faults.maintenance
    trading = up and not exchange.account.trading_paused
    answer = {"exchange_active": up, "trading_active": trading, "intra_exchange_transfers_active": up}
    shard = {"exchange_index": 0, "description": "default", **answer}
    back = None if up else instant(exchange.world.moment() + 3600)
    return json_answer({**answer, "exchange_estimated_resume_time": back, "exchange_index_statuses": [shard]})


@routes.get(f"{TRADE_API}/exchange/schedule")
async def schedule(request: web.Request) -> web.Response:
    """GET /exchange/schedule: always open but for the maintenance window of Thursday morning."""
    now = exchange_of(request).world.clock.now()
    thursday = (now + dt.timedelta(days=(_THURSDAY - now.weekday()) % 7)).replace(hour=8, minute=0, second=0)
    window = {
        "start_datetime": instant(int(thursday.timestamp())),
        "end_datetime": instant(int(thursday.timestamp()) + 7200),
    }
    hours = {day: [{"open_time": "00:00", "close_time": "00:00"}] for day in _DAYS}
    hours["thursday"] = [{"open_time": "00:00", "close_time": "03:00"}, {"open_time": "05:00", "close_time": "00:00"}]
    standard = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2029-01-01T00:00:00Z", **hours}
    return json_answer({"schedule": {"standard_hours": [standard], "maintenance_windows": [window]}})


@routes.get(f"{TRADE_API}/historical/cutoff")
async def cutoff(request: web.Request) -> web.Response:
    """GET /historical/cutoff."""
    world = exchange_of(request).world
    at = instant(world.cutoff(world.moment()))
    names = ("market_settled_ts", "trades_created_ts", "orders_updated_ts", "market_positions_last_updated_ts")
    return json_answer(dict.fromkeys(names, at))


@routes.get(f"{TRADE_API}/historical/markets")
async def historical_markets(request: web.Request) -> web.Response:
    """GET /historical/markets: markets settled before the cutoff; its filters exclude each other."""
    query = request.query
    if sum(bool(query.get(name)) for name in _HISTORY_FILTERS) > 1:
        raise bad_request(f"{', '.join(_HISTORY_FILTERS)} are mutually exclusive")
    asked = market_filter({name: query.get(name, "") for name in (*_HISTORY_FILTERS, "mve_filter")})
    wish = PageWish(asked, limit_of(query, 100, 1000), query.get("cursor", ""), request[SHAPES], historical=True)
    return body_answer(market_page(exchange_of(request).world, wish))


@routes.get(f"{TRADE_API}/historical/markets/{{ticker}}")
async def historical_market(request: web.Request) -> web.Response:
    """GET /historical/markets/{ticker}."""
    exchange = exchange_of(request)
    found = exchange.historical_market(request.match_info["ticker"])
    text = misshapen(exchange.world.market_json(found.ticker), request[SHAPES])
    return body_answer(b'{"market":%b}' % text)


@routes.get(f"{TRADE_API}/historical/markets/{{ticker}}/candlesticks")
async def historical_candlesticks(request: web.Request) -> web.Response:
    """GET /historical/markets/{ticker}/candlesticks."""
    exchange = exchange_of(request)
    found = exchange.historical_market(request.match_info["ticker"])
    start, end, period = candle_window(request)
    ends = candle_ends(found, start, end, period, exchange.world.moment())
    refuse_too_many(len(ends))
    sticks = [candle(found, at, period, historical=True) for at in ends]
    return json_answer({"ticker": found.ticker, "candlesticks": sticks})

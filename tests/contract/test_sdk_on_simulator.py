"""The official SDK reads the simulated exchange's public endpoints. Signed ones and refusals: test_sdk_refusals.py."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from kalshi_python_async import ApiClient, EventsApi, ExchangeApi, HistoricalApi, MarketApi
from kalshi_python_async.models.market import Market

from simulator.market import Status
from support.sdk_answers import lost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from kalshi_python_async import ApiResponse

    from support.simulated_exchange import SimulatedExchange

    Read = Callable[[ApiClient, "Sample"], Awaitable[ApiResponse[Any]]]

HOUR = 3_600
ADDED_ON_PURPOSE = {"available_on_brokers", "field_of_tomorrow", "response_price_units", "tick_hint", "big"}
"""What the simulator sends though no model of the SDK has it: clients must bear with new members."""


class Sample(NamedTuple):
    """Names that mean something in the simulated world, and its time in Unix seconds."""

    market: str
    event: str
    series: str
    past: str
    past_close: int
    now: int


@pytest.fixture
def sample(exchange: SimulatedExchange) -> Sample:
    world = exchange.world
    fed = next(ticker for ticker in exchange.tickers(Status.ACTIVE) if ticker.startswith("KXFED-"))
    past = next(market for market in world.by_settled.markets if market.ticker.startswith("KXFED-"))
    event = world.markets[fed].event.ticker
    return Sample(fed, event, "KXFED", past.ticker, past.closes, world.moment())


READS: dict[str, Read] = {
    "markets": lambda sdk, _: MarketApi(sdk).get_markets_with_http_info(limit=1000),
    "settled markets": lambda sdk, _: MarketApi(sdk).get_markets_with_http_info(limit=1000, status="settled"),
    "combos": lambda sdk, _: MarketApi(sdk).get_markets_with_http_info(mve_filter="only"),
    "awkward markets": lambda sdk, _: MarketApi(sdk).get_markets_with_http_info(series_ticker="KXGDP", limit=1000),
    "a market": lambda sdk, it: MarketApi(sdk).get_market_with_http_info(it.market),
    "an order book": lambda sdk, it: MarketApi(sdk).get_market_orderbook_with_http_info(it.market, depth=3),
    "order books": lambda sdk, it: MarketApi(sdk).get_market_orderbooks_with_http_info([it.market]),
    "trades": lambda sdk, it: MarketApi(sdk).get_trades_with_http_info(ticker=it.market),
    "a market's candlesticks": lambda sdk, it: MarketApi(sdk).get_market_candlesticks_with_http_info(
        it.series, it.market, it.now - 24 * HOUR, it.now, 60
    ),
    "many markets' candlesticks": lambda sdk, it: MarketApi(sdk).batch_get_market_candlesticks_with_http_info(
        it.market, it.now - 24 * HOUR, it.now, 60, include_latest_before_start=True
    ),
    "events": lambda sdk, _: EventsApi(sdk).get_events_with_http_info(limit=200),
    "events with markets": lambda sdk, _: EventsApi(sdk).get_events_with_http_info(with_nested_markets=True),
    "combo events": lambda sdk, _: EventsApi(sdk).get_multivariate_events_with_http_info(with_nested_markets=True),
    "an event": lambda sdk, it: EventsApi(sdk).get_event_with_http_info(it.event),
    "event fee changes": lambda sdk, _: EventsApi(sdk).get_event_fee_changes_with_http_info(),
    "all series": lambda sdk, _: MarketApi(sdk).get_series_list_with_http_info(include_volume=True),
    "a series": lambda sdk, it: MarketApi(sdk).get_series_with_http_info(it.series),
    "series fee changes": lambda sdk, _: ExchangeApi(sdk).get_series_fee_changes_with_http_info(),
    "exchange status": lambda sdk, _: ExchangeApi(sdk).get_exchange_status_with_http_info(),
    "exchange schedule": lambda sdk, _: ExchangeApi(sdk).get_exchange_schedule_with_http_info(),
    "user data timestamp": lambda sdk, _: ExchangeApi(sdk).get_user_data_timestamp_with_http_info(),
    "historical cutoff": lambda sdk, _: HistoricalApi(sdk).get_historical_cutoff_with_http_info(),
    "historical markets": lambda sdk, _: HistoricalApi(sdk).get_historical_markets_with_http_info(limit=1000),
    "a historical market": lambda sdk, it: HistoricalApi(sdk).get_historical_market_with_http_info(it.past),
    "historical candlesticks": lambda sdk, it: HistoricalApi(sdk).get_market_candlesticks_historical_with_http_info(
        it.past, it.past_close - 24 * HOUR, it.past_close, 60
    ),
}


@pytest.mark.parametrize("name", READS)
async def test_the_sdk_reads_a_public_answer_without_a_key_and_loses_nothing(
    sdk: ApiClient, sample: Sample, name: str
) -> None:
    answer = await READS[name](sdk, sample)
    assert answer.status_code == 200
    assert {place for place in lost(answer) if place.rpartition(".")[2] not in ADDED_ON_PURPOSE} == set()


async def walk(ask: Callable[..., Awaitable[Any]], **filters: Any) -> AsyncIterator[Any]:
    seen: set[str] = set()
    cursor = None
    while cursor != "":
        page = await ask(cursor=cursor, **filters)
        yield page
        cursor = page.cursor
        assert cursor not in seen
        seen.add(cursor)


async def walked_markets(ask: Callable[..., Awaitable[Any]], **filters: Any) -> list[Market]:
    return [market async for page in walk(ask, **filters) for market in page.markets]


async def test_a_walk_by_cursor_brings_every_live_market_once_as_the_world_has_it(
    exchange: SimulatedExchange, sdk: ApiClient
) -> None:
    found = await walked_markets(MarketApi(sdk).get_markets, limit=300)
    assert [market.ticker for market in found] == exchange.tickers()
    assert len(found) > 3 * 300
    assert found == [Market.from_dict(json.loads(exchange.market_json(market.ticker))) for market in found]


async def test_an_open_walk_without_combos_brings_the_active_markets(
    exchange: SimulatedExchange, sdk: ApiClient
) -> None:
    found = await walked_markets(MarketApi(sdk).get_markets, limit=100, status="open", mve_filter="exclude")
    active = exchange.tickers(Status.ACTIVE)
    assert any(ticker.startswith("KXMVE") for ticker in active)
    assert [market.ticker for market in found] == [ticker for ticker in active if not ticker.startswith("KXMVE")]


async def test_live_and_historical_markets_share_nothing_and_the_cutoff_parts_them(
    exchange: SimulatedExchange, sdk: ApiClient
) -> None:
    cutoff = (await HistoricalApi(sdk).get_historical_cutoff()).market_settled_ts
    past = await walked_markets(HistoricalApi(sdk).get_historical_markets, limit=1000)
    assert {market.ticker for market in past} == {
        market.ticker for market in exchange.world.markets.values() if market.finalized < cutoff.timestamp()
    }
    assert all(market.status == "finalized" and market.settlement_ts < cutoff for market in past)
    assert {market.ticker for market in past}.isdisjoint(exchange.tickers())


async def test_one_market_is_the_one_its_page_shows(sdk: ApiClient, sample: Sample) -> None:
    alone = (await MarketApi(sdk).get_market(sample.market)).market
    paged = (await MarketApi(sdk).get_markets(tickers=sample.market)).markets
    assert paged == [alone]
    assert (alone.ticker, alone.event_ticker) == (sample.market, sample.event)


async def test_events_hold_every_live_market_but_the_combos(exchange: SimulatedExchange, sdk: ApiClient) -> None:
    pages = walk(EventsApi(sdk).get_events, limit=50, with_nested_markets=True)
    nested = {market.ticker async for page in pages for event in page.events for market in event.markets}
    assert nested == {ticker for ticker in exchange.tickers() if not ticker.startswith("KXMVE")}


async def test_an_event_has_its_markets_beside_it_or_inside_it(sdk: ApiClient, sample: Sample) -> None:
    beside = await EventsApi(sdk).get_event(sample.event)
    inside = await EventsApi(sdk).get_event(sample.event, with_nested_markets=True)
    assert beside.event.series_ticker == sample.series
    assert sample.market in {market.ticker for market in beside.markets}
    assert (beside.event.markets, inside.event.markets) == (None, beside.markets)


async def test_the_list_of_series_is_the_worlds(exchange: SimulatedExchange, sdk: ApiClient, sample: Sample) -> None:
    every = (await MarketApi(sdk).get_series_list()).series
    assert {one.ticker for one in every} == set(exchange.world.series)
    assert (await MarketApi(sdk).get_series(sample.series)).series in every


async def test_the_best_bids_of_a_book_are_the_markets_quote(exchange: SimulatedExchange, sdk: ApiClient) -> None:
    tickers = [ticker for ticker in exchange.tickers(Status.ACTIVE) if ticker.startswith("KXFED")][:100]
    books = (await MarketApi(sdk).get_market_orderbooks(tickers)).orderbooks
    quotes = {one.ticker: one for one in (await MarketApi(sdk).get_markets(tickers=",".join(tickers))).markets}
    assert [book.ticker for book in books] == tickers
    for book in books:
        market = quotes[book.ticker]
        yes, no = book.orderbook_fp.yes_dollars, book.orderbook_fp.no_dollars
        nothing = [["0.0000", "0.00"]]
        assert (yes or nothing)[-1] == [market.yes_bid_dollars, market.yes_bid_size_fp]
        assert (no or nothing)[-1][0] == market.no_bid_dollars
    alone = (await MarketApi(sdk).get_market_orderbook(tickers[0])).orderbook_fp
    assert alone == books[0].orderbook_fp


async def test_both_forms_of_candlesticks_tell_the_same_day(sdk: ApiClient, sample: Sample) -> None:
    span = (sample.now - 24 * HOUR, sample.now, 60)
    one = await MarketApi(sdk).get_market_candlesticks(sample.series, sample.market, *span)
    many = await MarketApi(sdk).batch_get_market_candlesticks(f"{sample.market},KXNOBODY-1", *span)
    ends = [stick.end_period_ts for stick in one.candlesticks]
    last = sample.now // HOUR * HOUR
    assert ends == list(range(last - 23 * HOUR, last + 1, HOUR))
    assert [(entry.market_ticker, entry.candlesticks) for entry in many.markets] == [(sample.market, one.candlesticks)]


async def test_a_historical_market_has_candlesticks_up_to_its_close(sdk: ApiClient, sample: Sample) -> None:
    span = (sample.past_close - 24 * HOUR, sample.past_close, 60)
    found = await HistoricalApi(sdk).get_market_candlesticks_historical(sample.past, *span)
    assert found.ticker == sample.past
    assert len(found.candlesticks) >= 24


async def test_a_walk_over_trades_brings_each_once_newest_first(sdk: ApiClient, sample: Sample) -> None:
    filters = {"ticker": sample.market, "min_ts": sample.now - 48 * HOUR, "limit": 10}
    found = [trade async for page in walk(MarketApi(sdk).get_trades, **filters) for trade in page.trades]
    assert len(found) > 20
    assert len({trade.trade_id for trade in found}) == len(found)
    assert {trade.ticker for trade in found} == {sample.market}
    assert [trade.created_time for trade in found] == sorted((one.created_time for one in found), reverse=True)


async def test_maintenance_is_told_by_the_exchange_status(exchange: SimulatedExchange, sdk: ApiClient) -> None:
    up = await ExchangeApi(sdk).get_exchange_status()
    exchange.faults.set_rates({"maintenance": 1})
    down = await ExchangeApi(sdk).get_exchange_status()
    assert (up.exchange_active, up.trading_active, up.exchange_estimated_resume_time) == (True, True, None)
    assert (down.exchange_active, down.trading_active) == (False, False)
    assert down.exchange_estimated_resume_time == exchange.clock.now() + dt.timedelta(hours=1)


async def test_the_schedule_names_the_next_maintenance_on_a_thursday(sdk: ApiClient) -> None:
    schedule = (await ExchangeApi(sdk).get_exchange_schedule()).schedule
    window = schedule.maintenance_windows[0]
    assert window.start_datetime == dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
    assert window.end_datetime - window.start_datetime == dt.timedelta(hours=2)
    assert len(schedule.standard_hours[0].thursday) == 2

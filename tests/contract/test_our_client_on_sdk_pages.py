"""Our client reads pages that the official SDK's own models wrote, in every variation these allow."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import kalshi_python_async as sdk
import pytest
from pydantic_core import to_json

from kalshi_common.domain.market import (
    ExchangeStatus,
    MarketFacts,
    ObservedBook,
    ObservedEvent,
    ObservedMarket,
)
from kalshi_common.domain.market import ObservedSeries as OurSeries
from kalshi_common.exchange import Credentials, MarketQuery
from support.scripted_server import ScriptedServer
from support.sdk_models import EVENT, MARKET, SERIES, STATUS, variations, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    from support.scripted_server import ClientOf

PRICES = ["0.0000", "0.0100", "0.29", "0.5", "0.57", "0.5800", "0.999999", "1", "1.0000"]
COUNTS = ["0.00", "0.01", "2.50", "10", "10.0", "999999999999999.99"]
STRIKES = [0, -25000, 0.1, 1e-07, 1.5e16, 225_000, 123_456_789_012_345_678]
MARKETS = (
    variations(sdk.Market, MARKET)
    | {
        f"{name} {text}": sdk.Market(**MARKET | {name: text})
        for name in ("yes_bid_dollars", "yes_ask_dollars", "last_price_dollars", "settlement_value_dollars")
        for text in PRICES
    }
    | {
        f"{name} {text}": sdk.Market(**MARKET | {name: text})
        for name in ("yes_bid_size_fp", "yes_ask_size_fp", "volume_fp", "volume_24h_fp", "open_interest_fp")
        for text in COUNTS
    }
    | {
        f"{name} {strike}": sdk.Market(**MARKET | {name: strike})
        for name in ("floor_strike", "cap_strike")
        for strike in STRIKES
    }
)
EVENTS = variations(sdk.EventData, EVENT)
ALL_SERIES = variations(sdk.Series, SERIES)
STATUSES = variations(sdk.ExchangeStatus, STATUS)


def written(model: BaseModel) -> str:
    return model.model_dump_json(by_alias=True, exclude_unset=True)


def micro(text: str | None) -> int | None:
    return None if text is None else int(Decimal(text) * 1_000_000)


def cents(text: str | None) -> int | None:
    return None if text is None else int(Decimal(text) * 100)


def utc(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_json(value: Any) -> str | None:
    return None if value is None else to_json(value).decode()


def observed(market: sdk.Market) -> ObservedMarket:
    """Say what our client must make of it, from the model's own attributes."""
    return ObservedMarket(
        market_id=market.ticker,
        event_ticker=market.event_ticker,
        market_type=market.market_type,
        status=market.status,
        yes_bid=micro(market.yes_bid_dollars),
        yes_bid_size=cents(market.yes_bid_size_fp),
        yes_ask=micro(market.yes_ask_dollars),
        yes_ask_size=cents(market.yes_ask_size_fp),
        last_price=micro(market.last_price_dollars),
        volume=cents(market.volume_fp),
        volume_24h=cents(market.volume_24h_fp),
        open_interest=cents(market.open_interest_fp),
        created_time=utc(market.created_time),
        close_time=utc(market.close_time),
        result=market.result,
        settlement_value=micro(market.settlement_value_dollars),
        settled_at=utc(market.settlement_ts),
        facts=MarketFacts(
            market_type=market.market_type,
            title=market.title,
            yes_sub_title=market.yes_sub_title,
            no_sub_title=market.no_sub_title,
            rules_primary=market.rules_primary,
            rules_secondary=market.rules_secondary,
            strike_type=market.strike_type,
            floor_strike=as_json(market.floor_strike),
            cap_strike=as_json(market.cap_strike),
            custom_strike=as_json(market.custom_strike),
            price_level_structure=market.price_level_structure,
            price_ranges=as_json(market.price_ranges),
            created_time=utc(market.created_time),
            open_time=utc(market.open_time),
            can_close_early=market.can_close_early,
        ),
        payload_json=written(market),
    )


def whole(markets: Iterable[ObservedMarket]) -> list[ObservedMarket]:
    """Give markets with their facts read."""
    return [market._replace(facts=market.facts.read()) for market in markets]


def observed_event(event: sdk.EventData) -> ObservedEvent:
    return ObservedEvent(
        event_ticker=event.event_ticker,
        series_ticker=event.series_ticker,
        title=event.title,
        category=event.category,
        mutually_exclusive=event.mutually_exclusive,
        payload_json=written(event),
    )


def observed_series(series: sdk.Series) -> OurSeries:
    return OurSeries(
        series_ticker=series.ticker,
        title=series.title,
        category=series.category,
        frequency=series.frequency,
        fee_type=series.fee_type.value,
        fee_multiplier=as_json(series.fee_multiplier),
        payload_json=written(series),
    )


def test_the_variations_hold_every_member_and_every_word_the_sdk_knows() -> None:
    for model, full in (
        (sdk.Market, MARKET),
        (sdk.EventData, EVENT),
        (sdk.Series, SERIES),
        (sdk.ExchangeStatus, STATUS),
    ):
        assert set(full) == set(model.model_fields)
    assert {"initialized", "disputed", "amended", "finalized"} < set(words(sdk.Market, "status"))
    assert {market.status for market in MARKETS.values()} == set(words(sdk.Market, "status"))
    assert {market.result for market in MARKETS.values()} == {"", "yes", "no", "scalar"}
    assert {series.fee_type for series in ALL_SERIES.values()} == set(sdk.FeeType)


@pytest.mark.parametrize("name", MARKETS)
async def test_every_field_kept_of_a_market_equals_the_models(client_of: ClientOf, name: str) -> None:
    body = written(sdk.GetMarketsResponse(markets=[MARKETS[name]], cursor="")).encode()
    async with ScriptedServer(body) as server, client_of(server) as client:
        page = await client.markets(MarketQuery())
    assert whole(page.markets) == [observed(MARKETS[name])]
    assert page.markets[0].payload_json.encode() in body


async def test_a_page_keeps_its_order_its_cursor_and_its_size(client_of: ClientOf) -> None:
    body = written(sdk.GetMarketsResponse(markets=list(MARKETS.values()), cursor="a+/=&b")).encode()
    async with ScriptedServer(body) as server, client_of(server) as client:
        page = await client.markets(MarketQuery())
    assert whole(page.markets) == [observed(market) for market in MARKETS.values()]
    assert (page.cursor, page.size_bytes) == ("a+/=&b", len(body))


async def test_an_empty_page_ends_the_walk(client_of: ClientOf) -> None:
    body = written(sdk.GetMarketsResponse(markets=[], cursor="")).encode()
    async with ScriptedServer(body) as server, client_of(server) as client:
        page = await client.markets(MarketQuery())
    assert (page.markets, page.cursor) == ([], "")


async def test_historical_markets_are_read_like_live_ones(client_of: ClientOf) -> None:
    body = written(sdk.GetMarketsResponse(markets=list(MARKETS.values()), cursor="")).encode()
    async with ScriptedServer(body) as server, client_of(server) as client:
        found = await client.historical_markets(["KXFED-27JAN-T4.00"])
    assert whole(found) == list(map(observed, MARKETS.values()))


async def test_events_equal_the_models_with_and_without_their_markets(client_of: ClientOf) -> None:
    body = written(sdk.GetEventsResponse(events=list(EVENTS.values()), milestones=[], cursor="next")).encode()
    async with ScriptedServer(body) as server, client_of(server) as client:
        page = await client.events(series_ticker="KXFED")
    assert page.events == [observed_event(event) for event in EVENTS.values()]
    assert page.cursor == "next"


@pytest.mark.parametrize("name", EVENTS)
async def test_one_event_equals_the_model(client_of: ClientOf, name: str) -> None:
    answer = sdk.GetEventResponse(event=EVENTS[name], markets=[sdk.Market(**MARKET)])
    async with ScriptedServer(written(answer).encode()) as server, client_of(server) as client:
        assert await client.event("KXFED-27JAN") == observed_event(EVENTS[name])


@pytest.mark.parametrize("name", ALL_SERIES)
async def test_one_series_equals_the_model(client_of: ClientOf, name: str) -> None:
    answer = sdk.GetSeriesResponse(series=ALL_SERIES[name])
    async with ScriptedServer(written(answer).encode()) as server, client_of(server) as client:
        assert await client.series("KXFED") == observed_series(ALL_SERIES[name])


async def test_the_list_of_series_equals_the_models(client_of: ClientOf) -> None:
    body = written(sdk.GetSeriesListResponse(series=list(ALL_SERIES.values()))).encode()
    async with ScriptedServer(body) as server, client_of(server) as client:
        every = await client.all_series({series.ticker for series in ALL_SERIES.values()})
        assert list(every) == [observed_series(series) for series in ALL_SERIES.values()]


async def test_order_books_keep_the_bytes_served(client_of: ClientOf) -> None:
    sides = {
        "A": {"yes_dollars": [["0.0100", "1.00"], ["0.560000", "2.50"]], "no_dollars": [["0.4300", "10.00"]]},
        "B": {"yes_dollars": [], "no_dollars": []},
    }
    books = [
        sdk.MarketOrderbookFp(ticker=name, orderbook_fp=sdk.OrderbookCountFp(**both)) for name, both in sides.items()
    ]
    body = written(sdk.GetMarketOrderbooksResponse(orderbooks=books)).encode()
    async with ScriptedServer(body) as server, client_of(server) as client:
        assert await client.orderbooks(["A", "B", "C"]) == [ObservedBook(book.ticker, written(book)) for book in books]


@pytest.mark.parametrize("name", STATUSES)
async def test_the_exchange_status_equals_the_model(client_of: ClientOf, name: str) -> None:
    status = STATUSES[name]
    async with ScriptedServer(written(status).encode()) as server, client_of(server) as client:
        assert await client.exchange_status() == ExchangeStatus(
            status.exchange_active, status.trading_active, utc(status.exchange_estimated_resume_time)
        )


async def test_the_account_limits_equal_the_model(client_of: ClientOf, pem: str) -> None:
    grants = [
        sdk.ApiUsageLevelGrant(exchange_instance=instance, level="expert", source="manual", **expiry)
        for instance in sdk.ExchangeInstance
        for expiry in ({}, {"expires_ts": None}, {"expires_ts": 1_800_000_000})
    ]
    answer = sdk.GetAccountApiLimitsResponse(
        usage_tier="premier",
        read=sdk.BucketLimit(refill_rate=1000, bucket_capacity=2000),
        write=sdk.BucketLimit(refill_rate=500, bucket_capacity=500),
        grants=grants,
    )
    credentials = Credentials.from_pem("my-key", pem)
    async with ScriptedServer(written(answer).encode()) as server, client_of(server, credentials=credentials) as client:
        assert await client.account_limits() == ("premier", 100)

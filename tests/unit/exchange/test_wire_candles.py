"""Candlesticks as the exchange writes them (kalshi-python-async 3.34.0, models/market_candlestick*.py)."""

from __future__ import annotations

import json

import pytest

from kalshi_common.domain.candle import Candle, MarketPlace, to_row
from kalshi_common.errors import ExchangeUnavailableError, UnexpectedAnswerError
from kalshi_common.exchange.wire_candles import archive_cutoff, archived_candles, candles

STICK = (
    '{"end_period_ts":1795410000,"yes_bid":{"open_dollars":"0.2800","low_dollars":"0.2800","high_dollars":"0.2900",'
    '"close_dollars":"0.2900"},"yes_ask":{"open_dollars":"0.5800","low_dollars":"0.5700","high_dollars":"0.5800",'
    '"close_dollars":"0.5700"},"price":{"open_dollars":"0.3000","close_dollars":"0.3100","mean_dollars":"0.3050",'
    '"previous_dollars":"0.2000"},"volume_fp":"12.34","open_interest_fp":"789.01"}'
)
ENDS = "2026-11-23T05:00:00Z"
PLACE = MarketPlace("KXCPI-26NOV-T0.3", "KXCPI", "KXCPI-26NOV", "cpi", "binary")


def live(stick: str = STICK) -> bytes:
    return b'{"markets":[{"market_ticker":"KXCPI-26NOV-T0.3","candlesticks":[%b]}]}' % stick.encode()


def archived(**changes: object) -> bytes:
    quote = {"open": "0.1", "low": "0.1", "high": "0.1", "close": "0.290000"}
    stick = {
        "end_period_ts": 1795410000,
        "yes_bid": quote,
        "yes_ask": quote | {"close": "0.5700"},
        "price": {"close": None, "previous": "0.2000"},
        "volume": "12.34",
        "open_interest": "789.01",
    }
    return json.dumps({"ticker": "KXCPI-26NOV-T0.3", "candlesticks": [stick | changes]}).encode()


def test_the_close_is_exact_and_the_candles_own_text_is_kept() -> None:
    [candle] = candles(live())["KXCPI-26NOV-T0.3"]
    assert candle == Candle(ENDS, 290_000, 570_000, 310_000, 78_901, STICK)


def test_an_hour_without_a_trade_has_the_last_price_of_before() -> None:
    without = STICK.replace('"close_dollars":"0.3100"', '"close_dollars":null')
    assert candles(live(without))["KXCPI-26NOV-T0.3"][0].last_price == 200_000


def test_a_market_that_never_traded_has_no_last_price() -> None:
    never = STICK.replace('"close_dollars":"0.3100"', '"close_dollars":null').replace('"0.2000"', "null")
    assert candles(live(never))["KXCPI-26NOV-T0.3"][0].last_price is None


def test_archived_candles_are_the_same_under_other_names() -> None:
    [candle] = archived_candles(archived())["KXCPI-26NOV-T0.3"]
    assert candle[:5] == (ENDS, 290_000, 570_000, 200_000, 78_901)


def test_a_market_without_candles_is_answered_with_none() -> None:
    assert candles(live(""))["KXCPI-26NOV-T0.3"] == []


@pytest.mark.parametrize(
    "renamed", ["end_period_ts", "yes_bid", "yes_ask", "price", "open_interest_fp", '"close_dollars":"0.2900"']
)
def test_a_renamed_field_stops_it_loudly(renamed: str) -> None:
    with pytest.raises(UnexpectedAnswerError, match="GET /markets/candlesticks"):
        candles(live(STICK.replace(renamed, renamed.replace("e", "E", 1))))


@pytest.mark.parametrize("price", ["0.29000001", "29 cents", "1e-2"])
def test_a_price_that_is_no_exact_decimal_is_refused(price: str) -> None:
    with pytest.raises(UnexpectedAnswerError):
        candles(live(STICK.replace('"close_dollars":"0.2900"', f'"close_dollars":"{price}"')))


def test_broken_json_is_worth_another_try() -> None:
    with pytest.raises(ExchangeUnavailableError):
        candles(live()[:-9])


def test_the_archives_cutoff_is_an_instant() -> None:
    assert archive_cutoff(b'{"market_settled_ts":"2026-08-25T00:00:00.5Z","trades_created_ts":"x"}') == (
        "2026-08-25T00:00:00Z"
    )
    with pytest.raises(UnexpectedAnswerError):
        archive_cutoff(b'{"market_settled_ts":"soon"}')


def test_the_row_is_that_of_the_hour_the_candle_ends_at_with_the_mid_as_probability() -> None:
    [candle] = candles(live())["KXCPI-26NOV-T0.3"]
    row = to_row(candle, PLACE, close_time=None, created_at="2026-11-24T00:00:00Z")
    assert (row.snapshot_hour_utc, row.source, row.status) == (ENDS, "candle_60", "unknown")
    assert (row.probability, row.probability_bucket) == (0.43, 4)
    assert row.volume_hundredths is None


def test_a_scalar_markets_candle_implies_no_probability() -> None:
    [candle] = candles(live())["KXCPI-26NOV-T0.3"]
    row = to_row(candle, PLACE._replace(market_type="scalar"), close_time=None, created_at="2026-11-24T00:00:00Z")
    assert (row.probability, row.yes_bid_microdollars) == (None, 290_000)

"""The token bucket, the latency and the clock: limits of the simulated exchange."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator.bucket import Bucket
from simulator.clock import SimClock, monotonic
from support.simulated_exchange import MOMENT, SimulatedExchange

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_full_bucket_lets_its_burst_through_and_then_its_rate() -> None:
    bucket = Bucket(rate=20, burst=5)
    assert [bucket.take(0.0) for _ in range(7)] == [True] * 5 + [False] * 2
    assert [bucket.take(0.05), bucket.take(0.05)] == [True, False]
    assert [bucket.take(9.0) for _ in range(7)] == [True] * 5 + [False] * 2


def test_a_rate_of_zero_is_no_limit() -> None:
    bucket = Bucket(rate=0, burst=0)
    assert all(bucket.take(0.0) for _ in range(1000))


async def test_requests_over_the_limit_get_429_without_retry_after_and_are_logged() -> None:
    async with (
        SimulatedExchange(requests_per_second=0.001, burst=3) as exchange,
        aiohttp.ClientSession(exchange.base_url + "/") as http,
    ):
        seen = []
        for _ in range(5):
            async with http.get("exchange/status") as answer:
                seen.append(answer.status)
        assert seen == [200, 200, 200, 429, 429]
        assert "Retry-After" not in answer.headers
        assert [arrival.fault for arrival in exchange.requests] == ["", "", "", "rate_limit", "rate_limit"]


async def test_admin_requests_are_neither_limited_nor_logged() -> None:
    async with (
        SimulatedExchange(requests_per_second=0.001, burst=1, faults={"503": 1}) as exchange,
        aiohttp.ClientSession() as http,
    ):
        for _ in range(3):
            async with http.get(f"{exchange.admin_url}/health") as answer:
                assert answer.status == 200
        assert exchange.requests == []


async def test_every_answer_waits_for_the_latency() -> None:
    """Only the lower bound is certain, so only it is checked."""
    async with SimulatedExchange(latency_s=0.05) as exchange, aiohttp.ClientSession(exchange.base_url + "/") as http:
        before = monotonic()
        async with http.get("exchange/status") as answer:
            assert answer.status == 200
        assert monotonic() - before >= 0.05


async def test_the_date_header_is_the_worlds_time(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    exchange.clock.advance(90)
    async with http.get("exchange/status") as answer:
        assert answer.headers["Date"] == "Mon, 23 Nov 2026 05:08:30 GMT"


async def test_the_world_can_follow_a_tests_own_clock() -> None:
    now = MOMENT
    async with (
        SimulatedExchange(now=lambda: now) as exchange,
        aiohttp.ClientSession(exchange.base_url + "/") as http,
    ):
        now += dt.timedelta(hours=1)
        async with http.get("exchange/status") as answer:
            assert answer.headers["Date"] == "Mon, 23 Nov 2026 06:07:00 GMT"


def ticking() -> Callable[[], dt.datetime]:
    moments = iter(MOMENT + dt.timedelta(seconds=second) for second in range(100))
    return lambda: next(moments)


def test_a_set_clock_flows_on_from_there() -> None:
    clock = SimClock(ticking())
    clock.set(dt.datetime(2027, 1, 1, tzinfo=dt.UTC), frozen=False)
    assert [clock.now().second for _ in range(3)] == [1, 2, 3]


def test_a_frozen_clock_moves_only_when_advanced() -> None:
    clock = SimClock(ticking())
    clock.set(MOMENT, frozen=True)
    clock.advance(60)
    assert clock.now() == clock.now() == MOMENT + dt.timedelta(seconds=60)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        SimClock().set(dt.datetime(2027, 1, 1), frozen=True)  # noqa: DTZ001  the naive time is the case

"""The `/_sim/` endpoints: steering a simulator that runs elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simulator.market import Status

if TYPE_CHECKING:
    import aiohttp

    from support.simulated_exchange import SimulatedExchange


async def call(
    http: aiohttp.ClientSession, exchange: SimulatedExchange, method: str, path: str, body: Any = None
) -> tuple[int, dict[str, Any]]:
    async with http.request(method, f"{exchange.admin_url}/{path}", json=body) as answer:
        return answer.status, await answer.json()


async def test_health_tells_seed_and_time(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    status, body = await call(http, exchange, "GET", "health")
    assert (status, body["seed"], body["now"]) == (200, 7, "2026-11-23T05:07:00+00:00")


async def test_time_can_be_set_frozen_and_advanced(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    await call(http, exchange, "POST", "time", {"now": "2026-12-01T00:00:00Z", "frozen": True})
    assert (await call(http, exchange, "POST", "time", {"advance_s": 90}))[1]["now"] == "2026-12-01T00:01:30+00:00"
    assert exchange.clock.now().isoformat() == "2026-12-01T00:01:30+00:00"


async def test_rates_and_scripts_can_be_set_seen_and_dropped(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    await call(http, exchange, "PUT", "faults", {"rates": {"429": 0.25}, "retry_after_s": 3})
    await call(http, exchange, "POST", "script", {"fault": "reset", "path": "/markets", "times": 2})
    _, seen = await call(http, exchange, "GET", "faults")
    assert seen["rates"] == {"429": 0.25}
    assert seen["scripts"][0]["times"] == 2
    assert exchange.faults.retry_after_s == 3
    await call(http, exchange, "DELETE", "faults")
    assert (exchange.faults.rates, exchange.faults.scripts) == ({}, [])


async def test_limits_can_be_changed(exchange: SimulatedExchange, http: aiohttp.ClientSession) -> None:
    await call(http, exchange, "PUT", "limits", {"requests_per_second": 5, "burst": 6, "latency_s": 0.01})
    assert (exchange.bucket.rate, exchange.bucket.burst, exchange.exchange.latency_s) == (5, 6, 0.01)


async def test_the_log_counts_attempts_of_the_same_request_until_reset(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    for path in ("markets?limit=1", "markets?limit=1", "markets?limit=2"):
        await (await http.get(path)).read()
    _, log = await call(http, exchange, "GET", "requests")
    assert [(entry["query"], entry["attempt"]) for entry in log["requests"]] == [
        ("limit=1", 1),
        ("limit=1", 2),
        ("limit=2", 1),
    ]
    await call(http, exchange, "POST", "reset")
    assert exchange.requests == []


async def test_the_markets_of_a_status_and_ones_bytes_can_be_read(
    exchange: SimulatedExchange, http: aiohttp.ClientSession
) -> None:
    _, listed = await call(http, exchange, "GET", "markets?status=active")
    assert listed["tickers"] == exchange.tickers(Status.ACTIVE)
    async with http.get(f"{exchange.admin_url}/markets/{listed['tickers'][0]}") as answer:
        assert await answer.read() == exchange.market_json(listed["tickers"][0])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "faults", {"rates": {"typo": 1}}),
        ("PUT", "faults", {"rates": [1]}),
        ("PUT", "faults", {"rats": {}}),
        ("POST", "script", {"fault": "typo"}),
        ("POST", "script", {"fault": "reset", "times": "two"}),
        ("POST", "time", {"now": "tomorrow"}),
        ("POST", "time", {"now": "2026-12-01T00:00:00"}),
        ("POST", "keys", {"key_id": "a", "public_key_pem": "none"}),
        ("PUT", "limits", {"latency_s": -1}),
        ("GET", "markets?status=open", None),
        ("POST", "time", [1]),
    ],
)
async def test_a_wrong_order_is_refused_with_400_and_a_sentence(
    exchange: SimulatedExchange, http: aiohttp.ClientSession, method: str, path: str, body: Any
) -> None:
    status, answer = await call(http, exchange, method, path, body)
    assert status == 400
    assert answer["error"]["details"]

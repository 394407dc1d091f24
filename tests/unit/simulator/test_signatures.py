"""Signed endpoints: who gets in, with which key, and who does not."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

if TYPE_CHECKING:
    import aiohttp

    from support.simulated_exchange import SimulatedExchange

PATH = "/trade-api/v2/portfolio/balance"
READS = [
    "account/limits",
    "account/endpoint_costs",
    "portfolio/balance",
    "portfolio/positions",
    "portfolio/orders",
    "portfolio/fills",
    "portfolio/settlements",
    "portfolio/summary/total_resting_order_value",
]


@pytest.fixture(params=["rsa", "ed25519"])
def key(request: pytest.FixtureRequest, exchange: SimulatedExchange) -> RSAPrivateKey | Ed25519PrivateKey:
    made = generate_private_key(65537, 2048) if request.param == "rsa" else Ed25519PrivateKey.generate()
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    exchange.keys.register("my-key", made.public_key().public_bytes(serialization.Encoding.PEM, info))
    return made


def signed(
    key: RSAPrivateKey | Ed25519PrivateKey, path: str = PATH, stamp_ms: int = 1_795_410_420_000
) -> dict[str, str]:
    text = f"{stamp_ms}GET{path}".encode()
    if isinstance(key, Ed25519PrivateKey):
        signature = key.sign(text)
    else:
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
        signature = key.sign(text, pss, hashes.SHA256())
    return {
        "KALSHI-ACCESS-KEY": "my-key",
        "KALSHI-ACCESS-TIMESTAMP": str(stamp_ms),
        "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
    }


async def status(http: aiohttp.ClientSession, headers: dict[str, str], query: str = "") -> int:
    async with http.get(f"portfolio/balance{query}", headers=headers) as answer:
        return answer.status


async def test_a_correct_signature_gets_in_whatever_the_query(
    http: aiohttp.ClientSession, key: RSAPrivateKey | Ed25519PrivateKey
) -> None:
    assert await status(http, signed(key)) == 200
    assert await status(http, signed(key), "?exchange_index=0") == 200


@pytest.mark.parametrize("path", READS)
async def test_every_account_read_needs_a_signature(
    http: aiohttp.ClientSession, key: RSAPrivateKey | Ed25519PrivateKey, path: str
) -> None:
    async with http.get(path) as answer:
        assert answer.status == 401
        assert (await answer.json())["error"]["code"] == "authentication_error"
    async with http.get(path, headers=signed(key, f"/trade-api/v2/{path}")) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"KALSHI-ACCESS-KEY": "another-key"},
        {"KALSHI-ACCESS-TIMESTAMP": "1795410420001"},
        {"KALSHI-ACCESS-TIMESTAMP": "soon"},
        {"KALSHI-ACCESS-SIGNATURE": base64.b64encode(b"x" * 256).decode()},
        {"KALSHI-ACCESS-SIGNATURE": "not base64!"},
        {"KALSHI-ACCESS-SIGNATURE": ""},
    ],
)
async def test_anything_wrong_in_the_headers_is_refused(
    http: aiohttp.ClientSession, key: RSAPrivateKey | Ed25519PrivateKey, wrong: dict[str, str]
) -> None:
    assert await status(http, signed(key) | wrong) == 401


async def test_a_signature_over_the_query_or_without_the_prefix_is_refused(
    http: aiohttp.ClientSession, key: RSAPrivateKey | Ed25519PrivateKey
) -> None:
    assert await status(http, signed(key, PATH + "?exchange_index=0"), "?exchange_index=0") == 401
    assert await status(http, signed(key, "/portfolio/balance")) == 401


async def test_an_old_signature_is_refused_where_skew_is_bounded(
    exchange: SimulatedExchange, http: aiohttp.ClientSession, key: RSAPrivateKey | Ed25519PrivateKey
) -> None:
    now_ms = exchange.world.moment() * 1000
    exchange.keys.max_skew_s = 5
    assert await status(http, signed(key, stamp_ms=now_ms - 4000)) == 200
    assert await status(http, signed(key, stamp_ms=now_ms - 6000)) == 401


async def test_the_account_limits_are_the_buckets_own(
    exchange: SimulatedExchange, http: aiohttp.ClientSession, key: RSAPrivateKey | Ed25519PrivateKey
) -> None:
    exchange.bucket.configure(30, 40)
    async with http.get("account/limits", headers=signed(key, "/trade-api/v2/account/limits")) as answer:
        assert (await answer.json())["read"] == {"refill_rate": 300, "bucket_capacity": 400}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "portfolio/events/orders"),
        ("DELETE", "portfolio/events/orders"),
        ("DELETE", "portfolio/events/orders/o-1"),
        ("GET", "portfolio/orders/o-1"),
        ("POST", "portfolio/order_groups/create"),
        ("GET", "portfolio/order_groups"),
        ("GET", "portfolio/order_groups/g-1"),
        ("PUT", "portfolio/order_groups/g-1/reset"),
        ("PUT", "portfolio/order_groups/g-1/trigger"),
        ("DELETE", "portfolio/order_groups/g-1"),
    ],
)
async def test_nothing_of_orders_is_done_or_shown_without_a_signature(
    http: aiohttp.ClientSession, method: str, path: str
) -> None:
    async with http.request(method, path, json={}) as answer:
        assert answer.status == 401


def test_only_rsa_and_ed25519_public_keys_are_registered(exchange: SimulatedExchange) -> None:
    with pytest.raises(ValueError, match=r"PEM|load"):
        exchange.keys.register("my-key", "no key")

"""Every way an answer can fail, from a real server: what is tried again, how often, after what pause, to what end."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kalshi_common.errors import (
    ConfigError,
    CycleError,
    ExchangeError,
    ExchangeUnavailableError,
    RequestRejectedError,
    UnexpectedAnswerError,
)
from support.scripted_server import ScriptedServer

if TYPE_CHECKING:
    from pathlib import Path

    from support.scripted_server import ClientOf, Payload, SteppedClock


QUICK = {"timeout_s": 0.3}
TRANSIENT = [
    "408",
    "425",
    "429",
    "500",
    "503",
    "retry_after=1",
    "html",
    "empty",
    "broken_json",
    "cut",
    "cut_chunked",
    "cut_silent",
    "bad_gzip",
    "reset",
    "hangup",
    "hang",
    "drip",
]


@pytest.mark.parametrize("word", TRANSIENT)
async def test_a_passing_fault_is_tried_again_until_the_answer_is_whole(
    payload: Payload, client_of: ClientOf, word: str
) -> None:
    async with ScriptedServer(payload("series"), word, word) as server, client_of(server, **QUICK) as client:
        assert (await client.series("KXCPIYOY")).series_ticker == "KXCPIYOY"
    assert len(server.arrivals) == client.stats.requests == 3
    assert client.stats.retries == 2


@pytest.mark.parametrize("word", TRANSIENT)
async def test_a_lasting_fault_ends_after_one_request_and_its_retries(
    payload: Payload, client_of: ClientOf, word: str
) -> None:
    script = [word] * 50
    async with (
        ScriptedServer(payload("series"), *script) as server,
        client_of(server, max_retries=2, **QUICK) as client,
    ):
        with pytest.raises(ExchangeUnavailableError, match=r"^GET /series/.*: .* Gave up after 3 requests\.$"):
            await client.series("KXCPIYOY")
    assert len(server.arrivals) == client.stats.requests == 3


@pytest.mark.parametrize("word", ["500", "hangup", "reset"])
async def test_without_retries_a_request_is_sent_once_even_where_aiohttp_would_resend(
    payload: Payload, client_of: ClientOf, word: str
) -> None:
    async with ScriptedServer(payload("series"), word) as server, client_of(server, max_retries=0) as client:
        with pytest.raises(ExchangeUnavailableError):
            await client.series("KXCPIYOY")
    assert len(server.arrivals) == 1


async def test_a_kept_connection_closed_under_a_request_costs_one_retry_without_a_pause(
    payload: Payload, client_of: ClientOf, clock: SteppedClock
) -> None:
    async with ScriptedServer(payload("series"), "ok", "hangup") as server, client_of(server) as client:
        await client.series("KXCPIYOY")
        await client.series("KXCPIYOY")
    assert len(server.arrivals) == 3
    assert clock.passed_s == pytest.approx(2 * 0.103)


async def test_five_retries_back_off_ever_longer_with_jitter(
    payload: Payload, client_of: ClientOf, clock: SteppedClock
) -> None:
    async with ScriptedServer(payload("series"), *["500"] * 5) as server, client_of(server) as client:
        await client.series("KXCPIYOY")
    assert len(server.arrivals) == 6
    assert 0.5 + 1 + 2 + 4 + 8 <= clock.passed_s <= 0.5 + 1 + 2 + 4 + 8 + 5 * 0.5


@pytest.mark.parametrize(
    ("word", "pause_s"), [("retry_after=7", 7), ("retry_after=600", 60), ("retry_after_date=9", 9)]
)
async def test_the_asked_pause_is_kept_up_to_a_minute(
    payload: Payload, client_of: ClientOf, clock: SteppedClock, word: str, pause_s: float
) -> None:
    async with ScriptedServer(payload("series"), word) as server, client_of(server) as client:
        await client.series("KXCPIYOY")
    assert clock.passed_s == pytest.approx(pause_s)


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "409", "410"])
async def test_a_refusal_is_final(payload: Payload, client_of: ClientOf, status: str) -> None:
    async with ScriptedServer(payload("series"), status) as server, client_of(server) as client:
        with pytest.raises(RequestRejectedError, match="said the script"):
            await client.series("KXCPIYOY")
    assert len(server.arrivals) == 1


async def test_a_redirect_is_not_followed(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("series"), "redirect") as server, client_of(server) as client:
        with pytest.raises(UnexpectedAnswerError, match="elsewhere"):
            await client.series("KXCPIYOY")
    assert len(server.arrivals) == 1


async def test_an_answer_of_another_shape_is_not_asked_for_again(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("events")) as server, client_of(server) as client:
        with pytest.raises(UnexpectedAnswerError):
            await client.series("KXCPIYOY")
    assert len(server.arrivals) == 1


async def test_a_cycle_that_is_to_end_begins_no_request(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("series")) as server, client_of(server, should_stop=lambda: True) as client:
        with pytest.raises(CycleError):
            await client.series("KXCPIYOY")
    assert server.arrivals == []


async def test_a_cycle_that_is_to_end_does_not_wait_for_the_next_attempt(
    payload: Payload, client_of: ClientOf, clock: SteppedClock
) -> None:
    knobs = {"should_stop": lambda: clock.passed_s >= 2}
    async with ScriptedServer(payload("series"), "retry_after=50") as server, client_of(server, **knobs) as client:
        with pytest.raises(CycleError):
            await client.series("KXCPIYOY")
    assert len(server.arrivals) == 1
    assert clock.passed_s <= 3


async def test_a_refused_connection_is_tried_again_and_then_named(payload: Payload, client_of: ClientOf) -> None:
    async with ScriptedServer(payload("series")) as server:
        pass
    async with client_of(server, max_retries=2) as client:
        with pytest.raises(ExchangeUnavailableError, match=r"connection failed .* Gave up after 3"):
            await client.series("KXCPIYOY")


async def test_an_unknown_host_points_to_the_network(payload: Payload, client_of: ClientOf) -> None:
    async with client_of(ScriptedServer(b""), url="http://exchange.invalid/v2", max_retries=1) as client:
        with pytest.raises(ExchangeUnavailableError, match=r"exchange\.invalid cannot be found; check the network"):
            await client.series("KXCPIYOY")


@pytest.mark.parametrize("url", ["http://", "ftp://kalshi.example/v2", "kalshi"])
async def test_a_base_url_that_is_none_is_a_configuration_error(client_of: ClientOf, url: str) -> None:
    async with client_of(ScriptedServer(b""), url=url) as client:
        with pytest.raises(ConfigError, match="base_url"):
            await client.series("KXCPIYOY")


async def test_a_certificate_nobody_signed_is_refused_once_in_one_sentence(
    payload: Payload, client_of: ClientOf, tmp_path: Path
) -> None:
    async with ScriptedServer(payload("series"), tls=self_signed(tmp_path)) as server, client_of(server) as client:
        with pytest.raises(ExchangeError, match=r"certificate of 127\.0\.0\.1 is not valid") as caught:
            await client.series("KXCPIYOY")
    assert not isinstance(caught.value, ExchangeUnavailableError)
    assert client.stats.requests == 1
    assert server.arrivals == []


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    both = folder / "server.pem"
    both.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context

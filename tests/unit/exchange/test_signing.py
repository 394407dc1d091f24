"""Signatures are checked with the public key; the keys are made at run time."""

from __future__ import annotations

import base64
import subprocess
import sys

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from kalshi_common.errors import ConfigError
from kalshi_common.exchange.signing import Credentials

SIGNED = b"1763870400123GET/trade-api/v2/account/limits"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, **how: object) -> str:
    form = how.get("form", PrivateFormat.PKCS8)
    lock = how.get("lock", NoEncryption())
    assert isinstance(form, PrivateFormat)
    assert isinstance(lock, KeySerializationEncryption)
    return key.private_bytes(Encoding.PEM, form, lock).decode()


def headers(text: str) -> dict[str, str]:
    return Credentials.from_pem("key-id", text).headers("GET", "/trade-api/v2/account/limits", 1763870400123)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_an_rsa_key_signs_time_method_and_path_with_pss_sha256_and_a_salt_as_long_as_the_digest(
    form: PrivateFormat,
) -> None:
    signature = base64.b64decode(headers(pem(RSA_KEY, form=form))["KALSHI-ACCESS-SIGNATURE"])
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    RSA_KEY.public_key().verify(signature, SIGNED, pss, hashes.SHA256())
    with pytest.raises(InvalidSignature):
        RSA_KEY.public_key().verify(signature, SIGNED + b"?limit=1", pss, hashes.SHA256())


def test_an_ed25519_key_signs_the_same_text_plainly() -> None:
    signature = base64.b64decode(headers(pem(ED_KEY))["KALSHI-ACCESS-SIGNATURE"])
    ED_KEY.public_key().verify(signature, SIGNED)


def test_the_headers_carry_the_key_id_and_the_time_in_milliseconds() -> None:
    made = headers(pem(ED_KEY))
    assert (made["KALSHI-ACCESS-KEY"], made["KALSHI-ACCESS-TIMESTAMP"]) == ("key-id", "1763870400123")


def test_blanks_around_the_key_do_no_harm() -> None:
    assert headers(f"\n  {pem(ED_KEY)} \n\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (pem(RSA_KEY, lock=BestAvailableEncryption(b"open")), "encrypted"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "RSA and Ed25519 keys only"),
        (pem(RSA_KEY)[:900], "not a readable PEM"),
        ("", "not a readable PEM"),
        ("-----BEGIN PUBLIC KEY-----\nnope\n-----END PUBLIC KEY-----", "not a readable PEM"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_in_one_sentence_that_does_not_show_it(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        Credentials.from_pem("key-id", text)
    assert not any(line in str(caught.value) for line in text.splitlines() if line)
    assert caught.value.__context__ is None


def test_an_empty_key_id_is_refused() -> None:
    with pytest.raises(ConfigError, match="KALSHI_API_KEY"):
        Credentials.from_pem("  ", pem(ED_KEY))


def test_credentials_never_print_themselves() -> None:
    text = pem(ED_KEY)
    assert repr(Credentials.from_pem("key-id", text)) == str(Credentials.from_pem("key-id", text)) == "Credentials(***)"


def test_signing_does_not_load_the_http_client() -> None:
    code = "import sys, kalshi_common.exchange.signing; sys.exit('aiohttp' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})

"""Registered API keys and the check of a request's signature. It stores public keys only.

Signed text: timestamp in milliseconds + METHOD + path with /trade-api/v2 and without the query (kalshi-api.md).
"""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from simulator.answers import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)


class KeyRing:
    """The public keys by key id. `max_skew_s` bounds how far a signature's time may lie from the world's, if set."""

    def __init__(self) -> None:
        self._keys: dict[str, RSAPublicKey | Ed25519PublicKey] = {}
        self.max_skew_s: float | None = None

    def register(self, key_id: str, public_key_pem: str | bytes) -> None:
        """Accept requests signed with the private half of this PEM.

        Raises:
            ValueError: not an RSA or Ed25519 public key.
        """
        pem = public_key_pem.encode() if isinstance(public_key_pem, str) else public_key_pem
        key = serialization.load_pem_public_key(pem)
        if not isinstance(key, RSAPublicKey | Ed25519PublicKey):
            raise ValueError("the public key must be RSA or Ed25519")  # noqa: TRY004  the PEM is the wrong value
        self._keys[key_id] = key

    def check(self, method: str, path: str, headers: Mapping[str, str], now_s: float) -> None:
        """Let a correctly signed request pass; `now_s` is the world's time in Unix seconds.

        Raises:
            ApiError: 401, saying what is missing or wrong.
        """
        stamp, signature = headers.get("KALSHI-ACCESS-TIMESTAMP", ""), headers.get("KALSHI-ACCESS-SIGNATURE", "")
        key = self._keys.get(headers.get("KALSHI-ACCESS-KEY", ""))
        if not stamp or not signature:
            raise _unauthorized("the KALSHI-ACCESS headers are missing")
        if key is None:
            raise _unauthorized("NOT_FOUND")
        if not stamp.isdecimal() or (self.max_skew_s is not None and abs(int(stamp) / 1000 - now_s) > self.max_skew_s):
            raise _unauthorized("INVALID_TIMESTAMP")
        try:
            _verify(key, base64.b64decode(signature, validate=True), f"{stamp}{method}{path}".encode())
        except (InvalidSignature, binascii.Error):
            raise _unauthorized("INCORRECT_API_KEY_SIGNATURE") from None


def _verify(key: RSAPublicKey | Ed25519PublicKey, signature: bytes, text: bytes) -> None:
    if isinstance(key, Ed25519PublicKey):
        key.verify(signature, text)
    else:
        key.verify(signature, text, _PSS, hashes.SHA256())


def _unauthorized(details: str) -> ApiError:
    return ApiError(HTTPStatus.UNAUTHORIZED, "authentication_error", "authentication_error", details)

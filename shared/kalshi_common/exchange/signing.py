"""Signs requests with the operator's key. Sends nothing and never shows the key.

The signed text is timestamp + METHOD + path (with `/trade-api/v2`, without the query string). An RSA key signs with
RSA-PSS, SHA-256, MGF1-SHA256 and a salt as long as the digest; an Ed25519 key signs the same text plainly
(https://docs.kalshi.com/getting_started/api_keys).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kalshi_common.errors import ConfigError

if TYPE_CHECKING:
    from typing import Self

_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)


class Credentials:
    """A key id and its private key, able to sign and unable to be printed."""

    __slots__ = ("_key", "_key_id")

    def __init__(self, key_id: str, key: RSAPrivateKey | Ed25519PrivateKey) -> None:
        self._key_id = key_id
        self._key = key

    @classmethod
    def from_pem(cls, key_id: str, pem: str) -> Self:
        """Read an unencrypted RSA or Ed25519 private key in PEM.

        Raises:
            ConfigError: the key id is empty, or the key is encrypted, broken or of another kind; never shows the key.
        """
        if not key_id.strip():
            raise ConfigError("KALSHI_API_KEY: the key id is empty; set it to the id shown beside the key at Kalshi.")
        return cls(key_id.strip(), _private_key(pem))

    def headers(self, method: str, path_with_prefix: str, timestamp_ms: int) -> dict[str, str]:
        """Return the three headers that prove who asks; the path carries no query string, the time is Unix ms."""
        text = f"{timestamp_ms}{method}{path_with_prefix}".encode()
        signature = (
            self._key.sign(text, _PSS, hashes.SHA256())
            if isinstance(self._key, RSAPrivateKey)
            else self._key.sign(text)
        )
        return {
            "KALSHI-ACCESS-KEY": self._key_id,
            "KALSHI-ACCESS-TIMESTAMP": str(timestamp_ms),
            "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode("ascii"),
        }

    def __repr__(self) -> str:
        return "Credentials(***)"


def _private_key(pem: str) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem.strip().encode(), password=None)
    except TypeError:
        problem = "it is encrypted with a passphrase; store it without one"
    except (ValueError, UnsupportedAlgorithm):
        problem = "it is not a readable PEM private key; check that the whole file was copied, line breaks included"
    else:
        if isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
            return key
        problem = "Kalshi takes RSA and Ed25519 keys only"
    # Raised outside the handlers: a chained foreign error could carry pieces of the key.
    raise ConfigError(f"KALSHI_PRIVATE_KEY: the private key cannot be used: {problem}.")

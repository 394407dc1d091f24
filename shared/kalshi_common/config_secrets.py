"""The secrets of a run, given by the environment or by files it names. Decides nothing about which are needed.

The values stay out of repr, str, pickles and every error.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from kalshi_common.config_report import shown_path

if TYPE_CHECKING:
    from collections.abc import Mapping

API_KEY, PRIVATE_KEY, PRIVATE_KEY_PATH = SECRET_NAMES = (
    "KALSHI_API_KEY",
    "KALSHI_PRIVATE_KEY",
    "KALSHI_PRIVATE_KEY_PATH",
)
_LARGEST_BYTES = 64 * 1024
_PEM = re.compile(r"-----BEGIN (?P<kind>[A-Z0-9 ]*PRIVATE KEY)-----\n.+\n-----END (?P=kind)-----", re.DOTALL)


class Secrets:
    """What must never be shown: Kalshi's key id and the PEM of the private key, each None when not given."""

    __slots__ = ("_kalshi_api_key", "_kalshi_private_key")

    def __init__(self, kalshi_api_key: str | None = None, kalshi_private_key: str | None = None) -> None:
        self._kalshi_api_key = kalshi_api_key
        self._kalshi_private_key = kalshi_private_key

    @property
    def kalshi_api_key(self) -> str | None:
        """The key id."""
        return self._kalshi_api_key

    @property
    def kalshi_private_key(self) -> str | None:
        """The private key's PEM, RSA or Ed25519, not yet parsed."""
        return self._kalshi_private_key

    def values(self) -> tuple[str, ...]:
        """List what is set, for the logs to redact."""
        return tuple(value for value in (self._kalshi_api_key, self._kalshi_private_key) if value)

    def __repr__(self) -> str:
        key, pem = ("set" if value else "unset" for value in (self._kalshi_api_key, self._kalshi_private_key))
        return f"Secrets(kalshi_api_key={key}, kalshi_private_key={pem})"

    def __copy__(self) -> Secrets:
        return self

    def __deepcopy__(self, _memo: object) -> Secrets:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled")


def read_secrets(environ: Mapping[str, str], problems: list[str]) -> Secrets:
    """Take the secrets from the `KALSHI_…` variables; what is wrong with them is added to `problems`.

    An empty variable must already be left out.
    """
    found: list[str] = []
    api_key, private_key, path = (_given(name, environ, found) for name in SECRET_NAMES)
    if private_key and path:
        found.append(f"{PRIVATE_KEY} and {PRIVATE_KEY_PATH} both give the private key; keep one.")
    elif path:
        private_key = _contents(PRIVATE_KEY_PATH, path, found)
    # An env file holds one line per variable, so people write the PEM's line ends as \\n.
    pem = private_key and private_key.replace("\\n", "\n").replace("\r\n", "\n")
    problems += found or _mismatch(api_key, pem)
    return Secrets(api_key, pem)


def _given(name: str, environ: Mapping[str, str], problems: list[str]) -> str | None:
    from_file = f"{name}_FILE"
    if name in environ and from_file in environ:
        problems.append(f"{name} and {from_file} are both set; keep one.")
    elif from_file in environ:
        return _contents(from_file, environ[from_file], problems)
    return environ.get(name, "").strip() or None


def _contents(name: str, path: str, problems: list[str]) -> str | None:
    try:
        with Path(path).open("rb") as file:
            text = file.read(_LARGEST_BYTES + 1).decode().strip()
        reason = "is empty" if not text else "is no secret: it is too large" if len(text) > _LARGEST_BYTES else ""
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except ValueError:  # not UTF-8, or a path with a NUL in it
        reason = "is not UTF-8 text"
    if not reason:
        return text
    problems.append(f"{name} names {shown_path(path)}, which {reason}.")
    return None


def _mismatch(api_key: str | None, pem: str | None) -> list[str]:
    problems = []
    if api_key and not pem:
        problems.append(f"{API_KEY} is set without its private key; set {PRIVATE_KEY_PATH} or {PRIVATE_KEY} too.")
    if pem and not api_key:
        problems.append(f"{PRIVATE_KEY} or its path is set without the key's id; set {API_KEY} too.")
    if api_key and not re.fullmatch("[!-~]+", api_key):
        problems.append(f"{API_KEY} is not a key id; allowed is one line of letters, digits and dashes.")
    if pem and not _PEM.search(pem):
        problems.append(
            f"{PRIVATE_KEY} or its file is not a private key; allowed is a PEM (-----BEGIN … PRIVATE KEY-----)."
        )
    return problems

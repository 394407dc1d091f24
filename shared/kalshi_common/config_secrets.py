"""The secrets of a run, given by the environment or by files it names. Decides nothing about which are needed.

The values stay out of repr, str, pickles and every error.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from kalshi_common.config_report import shown_path

if TYPE_CHECKING:
    from collections.abc import Mapping

API_KEY, PRIVATE_KEY, PRIVATE_KEY_PATH = SECRET_NAMES = (
    "KALSHI_API_KEY",
    "KALSHI_PRIVATE_KEY",
    "KALSHI_PRIVATE_KEY_PATH",
)
_LARGEST_BYTES = 64 * 1024
_SET = {True: "set", False: "unset"}
_PEM = re.compile(r"-----BEGIN (?P<kind>[A-Z0-9 ]*PRIVATE KEY)-----\n.+\n-----END (?P=kind)-----", re.DOTALL)


class Secret(NamedTuple):
    """A secret that stands for itself: its variable (also with `_FILE`), its name in `Secrets`, and its meaning."""

    variable: str
    name: str
    allowed: str
    meaning: str


OTHER_SECRETS = (
    Secret("OPENAI_API_KEY", "openai_api_key", "one line", "The key of OpenAI or of a compatible endpoint."),
    Secret("ANTHROPIC_API_KEY", "anthropic_api_key", "one line", "The key of Anthropic."),
    Secret("KALSHI_NOTIFY_URLS", "notify_urls", "Apprise URLs, separated by white space", "Whom to tell of trouble."),
    Secret("KALSHI_WEBHOOK_URL", "webhook_url", "an http or https URL", "Gets each notification as JSON, by POST."),
    Secret(
        "KALSHI_PING_URL", "ping_url", "an http or https URL", "A dead-man switch: pinged at start, success, failure."
    ),
)


class Secrets:
    """What must never be shown, by name, each None when not given. `kalshi_private_key` is the PEM, not yet parsed."""

    __slots__ = ("_values",)

    def __init__(
        self, kalshi_api_key: str | None = None, kalshi_private_key: str | None = None, **others: str | None
    ) -> None:
        known = dict.fromkeys(secret.name for secret in OTHER_SECRETS)
        if unknown := set(others) - set(known):
            raise TypeError(f"no secret has the name {', '.join(sorted(unknown))}")
        named = {"kalshi_api_key": kalshi_api_key, "kalshi_private_key": kalshi_private_key}
        self._values: dict[str, str | None] = {**named, **known, **others}

    def __getattr__(self, name: str) -> str | None:
        try:
            return object.__getattribute__(self, "_values")[name]  # type: ignore[no-any-return]  # our own dict
        except KeyError:
            raise AttributeError(name) from None

    def by_name(self) -> Mapping[str, str | None]:
        """Give every secret by its name; for masking, never for showing."""
        return self._values

    def values(self) -> tuple[str, ...]:
        """List what is set, for the logs to redact; each URL of a list by itself too."""
        found = [value for value in self._values.values() if value]
        return tuple(dict.fromkeys([*found, *(part for value in found for part in value.split() if "://" in part)]))

    def __repr__(self) -> str:
        return f"Secrets({', '.join(f'{name}={_SET[bool(value)]}' for name, value in self._values.items())})"

    def __copy__(self) -> Secrets:
        return self

    def __deepcopy__(self, _memo: object) -> Secrets:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled")


def read_secrets(environ: Mapping[str, str], problems: list[str]) -> Secrets:
    """Take the secrets from their variables; what is wrong with them is added to `problems`.

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
    found = found or _mismatch(api_key, pem)
    others = {secret.name: _given(secret.variable, environ, found) for secret in OTHER_SECRETS}
    problems += found
    return Secrets(api_key, pem, **others)


def lone_secret(name: str, environ: Mapping[str, str]) -> str | None:
    """Take one secret although others may be wrong; None where it is unset or cannot be read."""
    return _given(name, environ, [])


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

"""What is wrong with a configuration, in sentences that never show a secret. Reads no file and no environment.

A sentence names the place (`collect.scope`), what was found there, and what is allowed.
"""

from __future__ import annotations

import codecs
import difflib
import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pydantic import ValidationError

from kalshi_common.errors import ConfigError
from kalshi_common.knobs import Knobs, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

Place: TypeAlias = tuple[str | int, ...]
"""Where in the JSON: keys and list positions from the top."""


class Finding(NamedTuple):
    """One problem of the JSON document: where it is, and the rest of the sentence."""

    place: Place
    problem: str

    def __str__(self) -> str:
        return f"{shown_place(self.place)} {self.problem}"


_SECRET_NAME = re.compile(
    r"api_?key|private_?key|access_?key|key_?id|secret|token(?!s)|passw|passphrase|credential|bearer|authorization"
    r"|(^|_)key$|(^|_)pem$"
)
_SECRET_VALUE = re.compile(
    r"-----BEGIN"
    r"|\b[spr]k[-_][\w-]{8,}|\bgh[oprsu]_\w{16,}|\bgithub_pat_|\bxox[a-z]-|\bAKIA[0-9A-Z]{12}|\bAIza[\w-]{20,}|\beyJ[\w-]{10,}"
    r"|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{32,}"  # a UUID is what a Kalshi key id is
    r"|://[^/\s]*@"
)
_LONG_RUN = re.compile(r"[\w+=-]{20,}")
_TOKEN_RUN = re.compile(r"[A-Za-z0-9+=]{24,}|[\w+=-]{40,}", re.ASCII)
_SHOWN_LENGTH = 80
_SHOWN_DIGITS = 20
_DEEPEST = 8
_TOO_DEEP = "is nested too deeply; knobs need three levels."
_NO_SECRETS = (
    "is or looks like a secret, and no secret may stand in this file: give it by the environment"
    " (KALSHI_API_KEY, KALSHI_PRIVATE_KEY, or the same with _FILE)."
)


def looks_secret(text: str) -> bool:
    """Tell whether a text is a PEM, a key id, an API key or a token, as far as its form shows."""
    return bool(_SECRET_VALUE.search(text)) or any(map(_mixed, _TOKEN_RUN.findall(text)))


def _mixed(run: str) -> bool:
    return any(c.isdigit() for c in run) and any(c.islower() for c in run) and any(c.isupper() for c in run)


def shown(value: object) -> str:
    """Write a found value for the operator; a text that could be a secret is told by its length only."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    if not isinstance(value, str):
        text = json.dumps(value)
        return text if len(text) <= _SHOWN_DIGITS else f"a number of {len(text)} characters"
    doubtful = looks_secret(value) or _LONG_RUN.search(value) or _SECRET_NAME.search(value.lower()) or "@" in value
    if doubtful or len(value) > _SHOWN_LENGTH:
        return f"a text of {len(value)} characters (not shown)"
    return json.dumps(value)


def shown_path(path: object) -> str:
    """Write a file's path for the operator, unless it is no path but a secret given by mistake."""
    text = str(path)
    secret = _SECRET_VALUE.search(text) or ("/" not in text and looks_secret(text))
    return (
        f"a path of {len(text)} characters (not shown)" if secret else text if text.isprintable() else json.dumps(text)
    )


def shown_place(place: Iterable[str | int]) -> str:
    """Write a place as `collect.series[2]`; a key that could be a secret is masked."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{_shown_key(part)}"
    return text


def _shown_key(key: str) -> str:
    if looks_secret(key) or any(map(_mixed, _LONG_RUN.findall(key))) or len(key) > _SHOWN_LENGTH:
        return f"<a key of {len(key)} characters>"
    return key if re.fullmatch(r"[\w-]+", key, re.ASCII) else json.dumps(key)


def read_document(raw: bytes, source: str) -> dict[str, Any]:
    """Read the configuration file's bytes into data that fits the knobs; `source` names the file in the sentences.

    Raises:
        ConfigError: everything that is wrong with it, at once.
    """
    data = _parse(_decode(raw, source), source)
    refused = _findings(data)
    # A value that may not stand there at all needs no second sentence about its type.
    wrong = [found for found in knob_findings(data) if not any(_overlap(found.place, r.place) for r in refused)]
    if refused or wrong:
        raise ConfigError(*(f"{source}: {found}" for found in [*refused, *wrong]))
    return data


def _overlap(one: Place, other: Place) -> bool:
    return all(a == b for a, b in zip(one, other, strict=False))


def _decode(raw: bytes, source: str) -> str:
    if raw.startswith(codecs.BOM_UTF8):
        raise ConfigError(f"{source} begins with a byte-order mark; save it as UTF-8 without one.")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{source} is not UTF-8 (byte {error.start}); save it as UTF-8.") from None


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its keys stood in it more than once."""

    repeated: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    seen = _Object(pairs)
    if len(seen) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        seen.repeated = tuple(key for key, count in counts.items() if count > 1)
    return seen


def _parse(text: str, source: str) -> dict[str, Any]:
    """Read JSON; what JSON does not have (NaN, doubled keys) is kept, for `_findings` to tell with its place."""
    try:
        data = json.loads(text, object_pairs_hook=_object)
        json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ConfigError(f"{source}:{error.lineno}:{error.colno} (line:column) is not JSON: {error.msg}.") from None
    except RecursionError:
        raise ConfigError(f"{source} {_TOO_DEEP}") from None
    except UnicodeEncodeError:
        raise ConfigError(f"{source} holds half of a surrogate pair (\\ud800 to \\udfff), which is no text.") from None
    except ValueError:  # the interpreter's limit on the digits of a number
        raise ConfigError(f"{source} holds a number of thousands of digits.") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{source} holds {shown(data)}; it must hold one JSON object of knobs.")
    return data


def _findings(value: object, place: Place = ()) -> list[Finding]:
    """Find what no configuration file may hold, at any depth: secrets, doubled keys, NaN and Infinity."""
    if len(place) > _DEEPEST:
        return [Finding(place, _TOO_DEEP)]
    if isinstance(value, str) and looks_secret(value):
        return [Finding(place, _NO_SECRETS)]
    if isinstance(value, float) and not math.isfinite(value):
        return [Finding(place, "is NaN or infinite, which JSON does not have.")]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in _findings(item, (*place, index))]
    if not isinstance(value, _Object):
        return []
    doubled = [Finding((*place, key), "stands more than once in the same object; keep one.") for key in value.repeated]
    return doubled + [found for key, item in value.items() for found in _findings_under(key, item, (*place, key))]


def _findings_under(key: str, item: object, place: Place) -> list[Finding]:
    return [Finding(place, _NO_SECRETS)] if names_secret(key) or looks_secret(key) else _findings(item, place)


def names_secret(key: str) -> bool:
    """Tell whether a key says that its value is a secret (api_key, privateKey, password …)."""
    return bool(_SECRET_NAME.search(re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]", "_", key).lower()))


def knob_findings(data: dict[str, Any]) -> list[Finding]:
    """Hold data against the knobs: unknown keys, wrong types, values out of range."""
    try:
        Knobs.model_validate(data)
    except ValidationError as error:
        return [Finding(_place(found["loc"]), _problem(found)) for found in error.errors(include_url=False)]
    return []


def _place(location: Place) -> Place:
    return location[:-1] if location[-1:] == ("[key]",) else location


def _problem(found: ErrorDetails) -> str:
    place = found["loc"]
    if found["type"] == "extra_forbidden":
        return f"is not a knob{_suggestion(place)}"
    if place[-1:] == ("[key]",):
        return f"does not fit as a key; allowed is {_allowed(place)}."
    what = (
        f"has {shown(found['ctx']['ticker'])} twice" if found["type"] == "repeated" else f"is {shown(found['input'])}"
    )
    return f"{what}; allowed is {_allowed(place)}."


def _allowed(place: Place) -> str:
    knob = catalogue().get(".".join(map(str, place[:2])))
    return knob.allowed if knob else f"an object of {', '.join(_names_in(place[:1]))}"


def _names_in(section: Place) -> list[str]:
    if not section:
        return list(Knobs.model_fields)
    return [path.partition(".")[2] for path in catalogue() if path.startswith(f"{section[0]}.")]


def _suggestion(place: Place) -> str:
    key, beside = str(place[-1]), _names_in(place[:-1])
    if near := difflib.get_close_matches(key, beside, n=1):
        return f"; did you mean {shown_place((*place[:-1], near[0]))}?"
    elsewhere = [path for path in catalogue() if path.endswith(f".{key}")]
    return f"; did you mean {elsewhere[0]}?" if elsewhere else f"; known there: {', '.join(beside)}."

"""Any logged value as plain JSON data of bounded size, secrets removed. It writes no log and never raises."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"

REDACTED = "[redacted]"
_LONGEST_TEXT = 4_000
_DEEPEST = 6
_BUDGET = 32_000
_LEAST_LINE = 8
_LONGEST_KEY = 200
_NODE_COST = 8
_LARGEST_INT = 2**63
_TOO_DEEP = "…(cut, nested too deeply)"
_TOO_LARGE = "…(cut, the record is too large)"

_secrets: set[str] = set()
_pattern: re.Pattern[str] | None = None


def redact(values: Iterable[str]) -> None:
    """Never log these again, nor a line of one (a PEM has many), however the line ends are written."""
    global _pattern  # noqa: PLW0603  # one process has one set of secrets, and every log line must know it
    for value in values:
        _secrets.update({value, json.dumps(value)[1:-1]} if value.strip() else ())
        lines = [line.strip() for line in value.splitlines()]
        _secrets.update(line for line in lines if len(line) >= _LEAST_LINE and not line.startswith("-----"))
    longest_first = sorted(_secrets, key=len, reverse=True)
    _pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def clean(text: str) -> str:
    """Remove the secrets, and what is no text (half a surrogate pair)."""
    text = _pattern.sub(REDACTED, text) if _pattern else text
    return text.encode("utf-8", "backslashreplace").decode()


def plain_text(value: object, longest: int = _LONGEST_TEXT) -> str:
    """Write anything as clean text; what is cut off is told by a marker."""
    try:
        text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes | bytearray) else str(value)
    except Exception as error:  # noqa: BLE001  # a foreign __str__ may raise anything; the line must not be lost
        return _unwritable(value, error)
    text = clean(text)
    return text if len(text) <= longest else f"{text[:longest]}…(cut, {len(text)} characters)"


def _unwritable(value: object, error: Exception) -> str:
    return f"<{type(value).__name__} cannot be written: {type(error).__name__}>"


class Plainer:
    """Turns the values of one record into plain data, within one budget of characters for all of them."""

    def __init__(self) -> None:
        self._left = _BUDGET

    def plain(self, value: object, depth: int = 0) -> Plain:
        """Give `value` as JSON data: what JSON lacks becomes text, what is too deep or too much becomes a marker."""
        self._left -= _NODE_COST
        if self._left <= 0:
            return _TOO_LARGE
        try:
            if isinstance(value, dict):
                return self._dict(value, depth + 1) if depth < _DEEPEST else _TOO_DEEP
            if isinstance(value, list | tuple | set | frozenset):
                return self._list(value, depth + 1) if depth < _DEEPEST else _TOO_DEEP
            return self._scalar(value)
        except Exception as error:  # noqa: BLE001  # a container that changes or misbehaves must not lose the line
            return _unwritable(value, error)

    def _dict(self, value: dict[object, object], depth: int) -> Plain:
        plain: dict[str, Plain] = {}
        for key, item in list(value.items()):
            if self._left <= 0:
                plain["…"] = f"(cut, {len(value)} entries)"
                break
            name = plain_text(key, _LONGEST_KEY)
            self._left -= len(name)
            plain[name] = self.plain(item, depth)
        return plain

    def _list(self, value: Iterable[object], depth: int) -> Plain:
        items, plain = list(value), list[Plain]()
        for item in items:
            if self._left <= 0:
                plain.append(f"…(cut, {len(items)} entries)")
                break
            plain.append(self.plain(item, depth))
        return plain

    def _scalar(self, value: object) -> Plain:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, dt.date | dt.time):
            value = value.isoformat()
        elif isinstance(value, BaseException):
            value = f"{type(value).__name__}: {value}"
        text = plain_text(value)
        self._left -= len(text)
        if isinstance(value, int) and abs(value) < _LARGEST_INT and REDACTED not in text:
            return int(value)
        if isinstance(value, float) and math.isfinite(value) and REDACTED not in text:
            return float(value)
        return text

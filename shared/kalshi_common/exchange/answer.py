"""JSON bytes into msgspec shapes, and every way that can fail into our errors. Knows no field's name or meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from kalshi_common.errors import ExchangeUnavailableError, UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Checks = Mapping[str, Callable[[str], object]]
    """What a field whose name ends so must survive."""

_T = TypeVar("_T")
UNREADABLE = (ValueError, OverflowError)
"""What decoding and the domain's conversions raise; a year beyond 9999 overflows."""


def answer(request: str, body: bytes, shape: type[_T]) -> _T:
    """Read a whole answer.

    Raises:
        ExchangeUnavailableError: broken JSON, as after a cut on the way; worth another try.
        UnexpectedAnswerError: whole JSON of another shape.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as err:
        raise unexpected(request, body, err) from None
    except ValueError as err:
        raise ExchangeUnavailableError(f"{request}: the answer is broken JSON ({err}).") from None


def item(request: str, raw: msgspec.Raw, shape: type[_T]) -> tuple[_T, str]:
    """Read one entry of an answer that is known to be whole JSON; return it and its own text.

    Raises:
        UnexpectedAnswerError: a missing or mistyped field, or text that is not UTF-8.
    """
    try:
        return msgspec.json.decode(raw, type=shape), str(raw, "utf-8")
    except ValueError as err:
        raise unexpected(request, raw, err) from None


def unexpected(request: str, raw: bytes, error: Exception, checks: Checks | None = None) -> UnexpectedAnswerError:
    """Build the error that names the request, the ticker and the field that one of `checks` refuses."""
    try:
        fields: Any = msgspec.json.decode(str(raw, "utf-8", "replace"))
    except ValueError:
        fields = None
    fields = fields if isinstance(fields, dict) else {}
    ticker = fields.get("ticker") or fields.get("event_ticker")
    culprit = next((name for name, value in fields.items() if _refused(name, value, checks or {})), None)
    where = ": ".join(str(part) for part in (request, ticker, culprit) if part)
    return UnexpectedAnswerError(f"{where}: {error}; Kalshi's API may have changed and this program must follow.")


def _refused(name: str, value: object, checks: Checks) -> bool:
    check = next((checks[ending] for ending in checks if name.endswith(ending)), None)
    try:
        return check is not None and isinstance(value, str) and check(value) is None
    except UNREADABLE:
        return True

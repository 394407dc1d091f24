"""What all the wire of orders and portfolio shares: pages, and reading one object with its refusal named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from kalshi_common.domain.hour import normal_utc_text
from kalshi_common.domain.money import hundredths, micro_dollars
from kalshi_common.exchange.answer import UNREADABLE, answer, unexpected

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

_T = TypeVar("_T")
_Shape = TypeVar("_Shape")
# Only to name the field that a conversion refused, by how its name ends.
_CHECKS: Final[dict[str, Callable[[str], object]]] = {
    "_fp": hundredths,
    "_count": hundredths,
    "_dollars": micro_dollars,
    "_cost": micro_dollars,
    "_time": normal_utc_text,
}


class Page(NamedTuple, Generic[_T]):
    """One page of a list; an empty cursor ends the walk."""

    rows: list[_T]
    cursor: str


def read_one(request: str, raw: bytes | msgspec.Raw, shape: type[_Shape], convert: Callable[[_Shape], _T]) -> _T:
    """Read one object and turn it into a record.

    Raises:
        ExchangeUnavailableError: broken JSON.
        UnexpectedAnswerError: a missing, mistyped or unreadable field, named with its market.
    """
    text = bytes(raw)
    told = answer(request, text, shape)
    try:
        return convert(told)
    except UNREADABLE as error:
        raise unexpected(request, text, error, _CHECKS) from None


def utc(text: str | None) -> str | None:
    """Read an instant that may be left out."""
    return None if text is None else normal_utc_text(text)

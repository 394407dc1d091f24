"""What may stand behind the `?` of an address. Anything else is refused in one sentence (400)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multidict import MultiMapping

_LONGEST = 100


class Search(NamedTuple):
    """What the markets page is asked for: a series, or the beginning of a ticker; both None for the list of series."""

    series: str | None = None
    text: str | None = None


def days(given: MultiMapping[str], choices: Sequence[int]) -> int:
    """Read `days`, one of the choices; the first where it is not given.

    Raises:
        HTTPBadRequest: another value, or another parameter.
    """
    _known(given, "days")
    text = given.get("days", str(choices[0]))
    if text not in map(str, choices):
        allowed = ", ".join(map(str, choices))
        raise web.HTTPBadRequest(text=f"days is {_shown(text)}; allowed is one of {allowed}.")
    return int(text)


def search(given: MultiMapping[str]) -> Search:
    """Read `series` or `q`.

    Raises:
        HTTPBadRequest: both, something that is no ticker, or another parameter.
    """
    _known(given, "series", "q")
    series, text = (given.get(name, "").strip().upper() or None for name in ("series", "q"))
    if series and text:
        raise web.HTTPBadRequest(text="series and q were both given; give one.")
    for value in filter(None, (series, text)):
        if len(value) > _LONGEST or not value.isprintable():
            raise web.HTTPBadRequest(
                text=f"{_shown(value)} is no ticker: it is too long, or has unprintable characters."
            )
    return Search(series, text)


def nothing(given: MultiMapping[str]) -> None:
    """Take no parameter.

    Raises:
        HTTPBadRequest: there is one.
    """
    _known(given)


def _known(given: MultiMapping[str], *names: str) -> None:
    for name in given:
        if name not in names:
            allowed = f"; allowed is {' or '.join(names)}" if names else "; it takes none"
            raise web.HTTPBadRequest(text=f"{_shown(name)} is no parameter of this page{allowed}.")
        if len(given.getall(name)) > 1:
            raise web.HTTPBadRequest(text=f"{name} was given twice; give it once.")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")

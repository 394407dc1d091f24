"""How values are written on the pages: times, ages, bytes, money, counts. Pure, and exact where money is."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from kalshi_common.domain.hour import parse_utc
from kalshi_common.domain.money import dollars

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

NONE = "\N{EN DASH}"
"""Stands where there is no value."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEP = 1024
_NANO_DECIMALS = 9


def instant(text: str | None) -> str:
    """Write UTC text as `2026-11-23 05:07`; the page says once that all times are UTC."""
    return NONE if not text else text[:16].replace("T", " ")


def span(seconds: float) -> str:
    """Write a duration in the two largest units that matter: `42 min`, `3 h 20 min`, `5 days`."""
    whole = max(0, round(seconds))
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    if whole < 2 * _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < 2 * _DAY:
        minutes = whole % _HOUR // _MINUTE
        return f"{whole // _HOUR} h" + (f" {minutes} min" if minutes else "")
    return f"{whole // _DAY:,} days"


def age(text: str | None, now: dt.datetime) -> str:
    """Write how long ago an instant (UTC text) was; `never` where there is none."""
    if not text:
        return "never"
    seconds = (now - parse_utc(text)).total_seconds()
    return f"{span(seconds)} ago" if seconds >= 0 else f"in {span(-seconds)}"


def size(count: int | None) -> str:
    """Write a number of bytes in binary units."""
    if count is None:
        return NONE
    amount, unit = Decimal(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < _STEP:
            break
        amount, unit = amount / _STEP, larger
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"  # noqa: PLR2004  # three digits


def whole(count: float | None) -> str:
    """Write a number with its thousands apart."""
    return NONE if count is None else f"{count:,.0f}"


def contracts(hundredths: int | None) -> str:
    """Write hundredths of a contract as contracts, with decimals only where there are any."""
    if hundredths is None:
        return NONE
    return f"{Decimal(hundredths).scaleb(-2):,.2f}".removesuffix(".00")


def price(micro: int | None) -> str:
    """Write a price in micro-dollars as dollars: two decimals, or all there are."""
    if micro is None:
        return NONE
    exact = dollars(micro).normalize()
    return f"{exact:.2f}" if exact == exact.quantize(Decimal("0.01")) else f"{exact:f}"


def money(micro: int | None) -> str:
    """Write an amount in micro-dollars as `$1,234.50` or, below zero, with a minus sign before the `$`."""
    if micro is None:
        return NONE
    sign = "\N{MINUS SIGN}" if micro < 0 else ""
    return f"{sign}${dollars(abs(micro)):,.2f}"


def cost(nano: int | None) -> str:
    """Write a cost in nano-dollars; below ten dollars with four decimals, since a call costs a fraction of a cent."""
    if nano is None:
        return NONE
    exact = Decimal(nano).scaleb(-_NANO_DECIMALS)
    return f"${exact:,.2f}" if exact >= 10 or exact == 0 else f"${exact:.4f}"  # noqa: PLR2004  # told above


def probability(value: float | None) -> str:
    """Write a probability as a percentage with one decimal."""
    return NONE if value is None else f"{value:.1%}"


def score(value: float | None) -> str:
    """Write a score with four decimals; nothing where it is none, or no number (too little behind it)."""
    return NONE if value is None or math.isnan(value) else f"{value:.4f}".replace("-", "\N{MINUS SIGN}")


def plain(value: object) -> str:
    """Write any other value; nothing where there is none."""
    return NONE if value is None or value == "" else str(value)


FILTERS: Mapping[str, Callable[..., str]] = {
    each.__name__: each
    for each in (instant, span, size, whole, contracts, price, money, cost, probability, score, plain)
}

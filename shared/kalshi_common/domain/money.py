"""Money and counts, exact: INTEGER micro-dollars and INTEGER hundredths of a contract. Never through binary float.

`int(float("0.29") * 100)` is 28; that mistake costs real money, so text goes to integer digit by digit.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

MicroDollars: TypeAlias = int
"""A price or amount in millionths of a dollar; the exchange gives at most six decimals."""
Hundredths: TypeAlias = int
"""A number of contracts in hundredths."""

DOLLAR: MicroDollars = 1_000_000
_DOLLAR_DECIMALS = 6
_COUNT_DECIMALS = 2


def _scaled(text: str, decimals: int) -> int:
    sign = -1 if text[:1] == "-" else 1
    whole, point, fraction = text.lstrip("-").partition(".")
    digits = whole + fraction
    # isascii: str.isdigit alone accepts other scripts' digits.
    if not digits.isdigit() or not digits.isascii() or not whole or (point and not fraction) or text[:2] == "--":
        raise ValueError(f"{text!r} is not a decimal number")
    kept, rest = fraction[:decimals], fraction[decimals:]
    if rest.strip("0"):
        raise ValueError(f"{text!r} has more than {decimals} decimals")
    return sign * int(whole + kept.ljust(decimals, "0"))


@lru_cache(maxsize=1 << 16)
def micro_dollars(text: str) -> MicroDollars:
    """Turn a decimal string in dollars ("0.5600") into micro-dollars (560000).

    Raises:
        ValueError: not a plain decimal, or finer than a micro-dollar.
    """
    return _scaled(text, _DOLLAR_DECIMALS)


def hundredths(text: str) -> Hundredths:
    """Turn a decimal count ("10.00") into hundredths of a contract (1000).

    Raises:
        ValueError: not a plain decimal, or finer than a hundredth.
    """
    # Counts hardly repeat, so no cache helps; the exchange writes them with two decimals, read here in one step.
    digits = text.replace(".", "", 1)
    if text[-3:-2] == "." and len(digits) > _COUNT_DECIMALS and digits.isdigit() and digits.isascii():
        return int(digits)
    return _scaled(text, _COUNT_DECIMALS)


def dollars(micro: MicroDollars) -> Decimal:
    """Turn micro-dollars into an exact Decimal of dollars."""
    return Decimal(micro).scaleb(-_DOLLAR_DECIMALS)

"""What a fill costs beside its price, exactly as the exchange's schedule has it. It looks nothing up nor guesses.

Sources: the schedule's formula is `rate x contracts x P x (1 - P)` (https://kalshi.com/docs/kalshi-fee-schedule.pdf);
which rate holds follows from the series' `fee_type` and `fee_multiplier`, which an event may override (OpenAPI 3.34.0);
the rounding is https://docs.kalshi.com/getting_started/fee_rounding.md. Amounts are integer micro-dollars.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, NamedTuple

from kalshi_common.domain.money import DOLLAR, Hundredths, MicroDollars

if TYPE_CHECKING:
    from collections.abc import Iterable

TAKER_RATE: Final = Decimal("0.07")
MAKER_SHARES: Final[dict[str, Decimal]] = {
    "quadratic": Decimal(0),
    "quadratic_with_maker_fees": Decimal("0.25"),
    "quadratic_with_combo_maker_fees": Decimal("0.5"),
}
"""The part of the taker's rate that a maker pays, by `fee_type`. `flat` has no formula there and so none here."""
TRADE_FEE_STEP: Final[MicroDollars] = 100
"""The trade fee rounds up to $0.0001."""
BALANCE_STEPS: Final[dict[str, MicroDollars]] = {"direct": 100, "other": 10_000}
"""What a fill's whole change of balance rounds to, for direct members of the exchange and for all others."""
REBATE_STEP: Final[MicroDollars] = 10_000
"""What rounding took too much of is given back in whole cents."""
_HUNDRED: Final = 100


class FeeTerms(NamedTuple):
    """The rates that hold in a market, each with the multiplier in it, in dollars a contract at P x (1 - P) = 1."""

    taker: Decimal
    maker: Decimal


class Execution(NamedTuple):
    """A fill as far as its fee goes: the price of the side that was bought, how much, and whether it took or made."""

    price: MicroDollars
    size: Hundredths
    is_taker: bool = True


class FillFee(NamedTuple):
    """The three parts of one fill's fee."""

    trade_fee: MicroDollars
    rounding_fee: MicroDollars
    rebate: MicroDollars

    @property
    def net(self) -> MicroDollars:
        """What is charged in the end, never below nothing."""
        return self.trade_fee + self.rounding_fee - self.rebate


def fee_terms(
    fee_type: str | None,
    multiplier: str | None,
    *,
    type_override: str | None = None,
    multiplier_override: str | None = None,
) -> FeeTerms:
    """Give the terms of a series, or of its event where that overrides them; multipliers are the exchange's decimals.

    Raises:
        ValueError: the terms are not known, or not such as a formula is published for; the text says which.
    """
    kind = type_override or fee_type
    if kind not in MAKER_SHARES:
        raise ValueError(f"fee type {kind or 'unknown'} has no published formula")
    text = multiplier_override if multiplier_override is not None else multiplier
    try:
        factor = Decimal(text or "")
    except InvalidOperation:
        raise ValueError(f"fee multiplier {text or 'unknown'} is not a number") from None
    if not factor.is_finite() or factor < 0:
        raise ValueError(f"fee multiplier {text} is not a number from 0")
    taker = TAKER_RATE * factor
    return FeeTerms(taker, taker * MAKER_SHARES[kind])


def trade_fee(terms: FeeTerms, execution: Execution) -> MicroDollars:
    """Give the schedule's fee of one fill, rounded up to $0.0001."""
    top, bottom = _model_fee(terms, execution)
    return _up(top, bottom * TRADE_FEE_STEP) * TRADE_FEE_STEP


def marginal_fee(terms: FeeTerms, price: MicroDollars) -> MicroDollars:
    """Give the taker's fee of one more contract among many, where rounding no longer counts; up to a micro-dollar."""
    return _up(*_model_fee(terms, Execution(price, _HUNDRED)))


def cost(price: MicroDollars, size: Hundredths) -> MicroDollars:
    """Give what `size` costs at `price` before fees, up to a micro-dollar (exact on every tick grid there is)."""
    return _up(price * size, _HUNDRED)


def order_fees(
    terms: FeeTerms, executions: Iterable[Execution], *, balance_step: MicroDollars, rounded_before: MicroDollars = 0
) -> list[FillFee]:
    """Give the fees of an order's fills, in their order.

    Each fill's change of balance is rounded against us to `balance_step`; what that took is gathered over the order and
    given back in whole cents as soon as it reaches one. `rounded_before` is what earlier fills left to give back.
    """
    found = []
    gathered = rounded_before
    for one in executions:
        fee = trade_fee(terms, one)
        rounding = -(cost(one.price, one.size) + fee) % balance_step
        gathered += rounding
        rebate = min(gathered, fee + rounding) // REBATE_STEP * REBATE_STEP
        gathered -= rebate
        found.append(FillFee(fee, rounding, rebate))
    return found


def total_fee(terms: FeeTerms, executions: Iterable[Execution], *, balance_step: MicroDollars) -> MicroDollars:
    """Give what all fills of an order are charged together."""
    return sum(fee.net for fee in order_fees(terms, executions, balance_step=balance_step))


def _model_fee(terms: FeeTerms, execution: Execution) -> tuple[int, int]:
    """Give the schedule's fee before any rounding, in micro-dollars, as a fraction of whole numbers.

    Raises:
        ValueError: no price between 0 and 1 dollar, or no count.
    """
    price, size, is_taker = execution
    if not (0 < price < DOLLAR and size > 0):
        raise ValueError(f"{size} hundredths at {price} micro-dollars is no fill")
    top, bottom = (terms.taker if is_taker else terms.maker).as_integer_ratio()
    return top * size * price * (DOLLAR - price), bottom * _HUNDRED * DOLLAR


def _up(top: int, bottom: int) -> int:
    return -(-top // bottom)

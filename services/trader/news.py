"""Tells the operator of a cycle's orders, fills and halts, one message for each kind. It never fails the cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from trader.limits.facts import usd

if TYPE_CHECKING:
    from trader.tally import Tally

_SHOWN = 20


class Teller(Protocol):
    """Whoever reaches the operator; gives what could not be delivered, a sentence each."""

    def news(self, key: str, title: str, body: str) -> list[str]:
        """Tell something that is no problem and is not told again."""
        ...

    def problem(self, key: str, title: str, body: str) -> list[str]:
        """Tell of a problem, at most once in a while."""
        ...

    def recovered(self, key: str, title: str, body: str) -> list[str]:
        """Tell that a problem is over, if it was told."""
        ...


def tell(tally: Tally, teller: Teller) -> list[str]:
    """Tell what there is to tell."""
    missed = []
    where = f"kalshi trade ({tally.consent.banner.lower()})"
    if tally.halts:
        missed += teller.problem("trade:halted", f"{where}: halted", "\n".join(tally.halts))
    else:
        missed += teller.recovered("trade:halted", f"{where}: trades again", "No halt is in force.")
    if tally.placed:
        lines = [
            f"{intent.market_id} {intent.side}: {intent.count_hundredths / 100:g} at {usd(intent.price_microdollars)}, "
            f"{placement.state}, {placement.filled_hundredths / 100:g} filled"
            for intent, placement in tally.placed
        ]
        missed += teller.news("trade:orders", f"{where}: {len(lines)} orders", _body(lines))
    if tally.fills:
        lines = [
            f"{fill.market_id} {fill.side}: {fill.count_hundredths / 100:g} at {usd(fill.price_microdollars)}, "
            f"fee {usd(fill.fee_microdollars)}"
            for fill in tally.fills
        ]
        missed += teller.news("trade:fills", f"{where}: {len(lines)} fills", _body(lines))
    return missed


def _body(lines: list[str]) -> str:
    more = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join([*lines[:_SHOWN], *more])

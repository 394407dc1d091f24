"""Limits on amounts: a larger order is made smaller to fit, and one that does not fit at all is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trader.limits.facts import Facts, Limit, micro, usd

if TYPE_CHECKING:
    from collections.abc import Callable

    from kalshi_common.domain.money import MicroDollars
    from kalshi_common.knobs_trade import TradeKnobs


def _amount(knob: str, meaning: str, used: Callable[[Facts], MicroDollars], what: str) -> Limit:
    """Make the limit that keeps what is used and the order's cost together below a knob of dollars."""

    def room(facts: Facts, knobs: TradeKnobs) -> MicroDollars:
        return micro(getattr(knobs, knob)) - used(facts)

    def refuses(facts: Facts, knobs: TradeKnobs) -> str | None:
        if facts.cost <= room(facts, knobs):
            return None
        most = usd(micro(getattr(knobs, knob)))
        return f"{usd(facts.cost)} more than {usd(used(facts))} {what} would pass {most} (trade.{knob})"

    return Limit(knob, knob, meaning, refuses, room)


def _cash_room(facts: Facts, _: TradeKnobs) -> MicroDollars:
    return facts.cash


def _cash(facts: Facts, _: TradeKnobs) -> str | None:
    if facts.cost <= facts.cash:
        return None
    return f"it may cost {usd(facts.cost)} and only {usd(max(facts.cash, 0))} of cash is free"


MONEY = (
    _amount("max_per_order", "what one order may cost", lambda _: 0, "in this order"),
    _amount("max_per_market", "what is at risk in its market", lambda f: f.at_risk_market, "at risk in its market"),
    _amount("max_per_event", "what is at risk in its event", lambda f: f.at_risk_event, "at risk in its event"),
    _amount(
        "max_per_macro_type",
        "what is at risk in its macro_event_type",
        lambda f: f.at_risk_macro_type,
        "at risk in its macro_event_type",
    ),
    _amount("max_spend_per_day", "what the orders of the UTC day cost", lambda f: f.spent_today, "spent today"),
    Limit("cash", None, "the free cash of the venue", _cash, _cash_room),
)

"""Limits on what was lost: beyond them nothing more is bought until the operator has looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trader.limits.facts import Facts, Limit, micro, usd

if TYPE_CHECKING:
    from kalshi_common.knobs_trade import TradeKnobs


def _day_loss(facts: Facts, knobs: TradeKnobs) -> str | None:
    most = micro(knobs.max_loss_per_day)
    if facts.lost_today < most:
        return None
    return f"equity fell by {usd(facts.lost_today)} today; {usd(most)} is the most (trade.max_loss_per_day)"


def _drawdown(facts: Facts, knobs: TradeKnobs) -> str | None:
    if facts.drawdown < knobs.max_drawdown:
        return None
    return (
        f"equity is {facts.drawdown:.1%} below its highest; {knobs.max_drawdown:.1%} is the most (trade.max_drawdown)"
    )


LOSSES = (
    Limit("max_loss_per_day", "max_loss_per_day", "equity lost since the UTC day began", _day_loss),
    Limit("max_drawdown", "max_drawdown", "equity lost from its highest", _drawdown),
)

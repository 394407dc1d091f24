"""Limits on whether to trade at all: the kill switch, the exchange, the market, what is unresolved, the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trader.limits.facts import Facts, Limit

if TYPE_CHECKING:
    from kalshi_common.knobs_trade import TradeKnobs

_TRADING = "active"


def _halted(facts: Facts, _: TradeKnobs) -> str | None:
    return facts.halted


def _paused(facts: Facts, _: TradeKnobs) -> str | None:
    return facts.trading_paused


def _market(facts: Facts, _: TradeKnobs) -> str | None:
    return None if facts.market_status == _TRADING else f"its market is {facts.market_status}, not {_TRADING}"


def _unresolved(facts: Facts, _: TradeKnobs) -> str | None:
    return None if facts.unresolved is None else f"the outcome of {facts.unresolved} is not known; reconcile first"


def _open_orders(facts: Facts, knobs: TradeKnobs) -> str | None:
    if facts.open_orders < knobs.max_open_orders:
        return None
    return f"{facts.open_orders} orders are open; {knobs.max_open_orders} are the most (trade.max_open_orders)"


def _evidence(facts: Facts, knobs: TradeKnobs) -> str | None:
    if facts.venue != "live":
        return None
    evidence = facts.evidence
    if evidence is None:
        return "the estimates were never scored, so nothing shows that they beat the market"
    if not 0 <= evidence.scored_days_ago <= knobs.max_score_age_days:
        return f"the last score is {evidence.scored_days_ago:.1f} days old (trade.max_score_age_days)"
    if evidence.skill_low is not None and evidence.skill_low > 0:
        return None
    return f"the score does not show that the estimates beat the market: {evidence.sentence}"


PERMISSION = (
    Limit("kill_switch", None, "`kalshi halt`: a row in `halts`, or the file HALT in the data directory", _halted),
    Limit("exchange_paused", None, "the exchange trades, and says so", _paused),
    Limit("market_status", None, "the market is active", _market),
    Limit("unresolved", None, "no order of ours in this market has an unknown outcome", _unresolved),
    Limit("max_open_orders", "max_open_orders", "orders that rest or whose outcome is not known", _open_orders),
    Limit("evidence", "max_score_age_days", "live only: the newest score's lower bound of skill is above 0", _evidence),
)

"""Limits on the price: what it is worth after fees, how it lies in its book, and whether the exchange takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trader.limits.facts import Facts, Limit, micro, usd

if TYPE_CHECKING:
    from kalshi_common.knobs_trade import TradeKnobs

_CONTRACT = 100


def _edge(facts: Facts, knobs: TradeKnobs) -> str | None:
    least = micro(knobs.min_edge)
    if facts.edge >= least and facts.edge > 0:
        return None
    return f"its edge after fees is {usd(facts.edge)} a contract; {usd(least)} is the least (trade.min_edge)"


def _collar(facts: Facts, knobs: TradeKnobs) -> str | None:
    most = micro(knobs.price_collar)
    if facts.mid is None:
        return "there is no mid to hold its price against (trade.price_collar)"
    if facts.price - facts.mid <= most:
        return None
    above = usd(facts.price - facts.mid)
    return f"{usd(facts.price)} is {above} above the mid; {usd(most)} is the most (trade.price_collar)"


def _spread(facts: Facts, knobs: TradeKnobs) -> str | None:
    most = micro(knobs.max_spread)
    if facts.spread is None:
        return "one side of its book is empty (trade.max_spread)"
    if 0 < facts.spread <= most:
        return None
    return f"its spread is {usd(facts.spread)}; it must be above nothing and at most {usd(most)} (trade.max_spread)"


def _depth(facts: Facts, knobs: TradeKnobs) -> str | None:
    if facts.depth >= knobs.min_depth * _CONTRACT:
        return None
    return f"{facts.depth / _CONTRACT:g} contracts are offered; {knobs.min_depth} are the fewest (trade.min_depth)"


def _tick(facts: Facts, _: TradeKnobs) -> str | None:
    return None if facts.on_tick else f"{usd(facts.price)} is not on its market's price grid"


QUOTES = (
    Limit("min_edge", "min_edge", "expected profit a contract after price and exact fee", _edge),
    Limit("price_collar", "price_collar", "how far the price lies above the mid", _collar),
    Limit("max_spread", "max_spread", "the spread, which an empty side makes unknown", _spread),
    Limit("min_depth", "min_depth", "what is offered at the price or cheaper", _depth),
    Limit("tick", None, "the price stands on the market's own grid", _tick),
)

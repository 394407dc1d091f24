"""How much of each candidate is wanted: Kelly over the events, less what is held, in whole lots. It knows no limit."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from kalshi_common.domain.kelly import Bet, joint_sizes, outcome_probabilities
from kalshi_common.domain.money import DOLLAR, Hundredths, MicroDollars
from trader.candidate import Candidate, marginal_cost
from trader.standing import signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kalshi_common.domain.order import Side
    from kalshi_common.knobs_trade import TradeKnobs

    Key = tuple[str, Side]

_CONTRACT = 100


def wanted_sizes(
    candidates: Sequence[Candidate],
    *,
    bankroll: MicroDollars,
    held: Mapping[str, Hundredths],
    elsewhere: Mapping[str, MicroDollars],
    knobs: TradeKnobs,
) -> dict[Key, Hundredths]:
    """Give what to buy of each candidate, by market and side; all must be priced and worth more than they cost.

    The target is `kelly_multiplier` of the full Kelly size on the whole bankroll; what is held of a side already, open
    orders in it, is taken off, and what is held of the other side is added, since buying gives that back first.
    `elsewhere` is what is at risk, by event, in its markets that are no candidates now: it is part of the same bet.
    """
    found = {}
    for _, group in groupby(sorted(candidates, key=_event), key=_event):
        event = list(group)
        risked = elsewhere.get(event[0].market.event_ticker, 0)
        if event[0].market.is_exclusive:
            targets = _exclusive(event, max(bankroll - risked, 0))
        else:
            targets = _together(event, bankroll, risked=risked / knobs.kelly_multiplier)
        for candidate, target in zip(event, targets, strict=True):
            market, side = candidate.market.market_id, candidate.side
            have = held.get(market, 0)
            more = target * knobs.kelly_multiplier * _CONTRACT - signed(side, have)
            lots = math.floor(more / knobs.lot_hundredths + _ROUNDING)
            offered = sum(level.size for level in candidate.offers) // knobs.lot_hundredths
            found[market, side] = max(min(lots, offered), 0) * knobs.lot_hundredths
    return found


_ROUNDING = 1e-6
"""Of a lot: a size that floating numbers put a hair below a whole lot is that lot."""


def better_side(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Keep one candidate of each market: where both sides look worth buying its book is crossed; take the better."""
    best: dict[str, Candidate] = {}
    for one in candidates:
        known = best.get(one.market.market_id)
        if known is None or _gain(one) > _gain(known):
            best[one.market.market_id] = one
    return list(best.values())


def _gain(candidate: Candidate) -> MicroDollars:
    return candidate.value - marginal_cost(candidate, candidate.offers[0].price)


def _exclusive(event: Sequence[Candidate], bankroll: MicroDollars) -> list[float]:
    """Size the candidates of an event of which at most one market comes true, together: full Kelly, in contracts."""
    probabilities = outcome_probabilities([one.market.probability for one in event])
    bets = [(place, bet) for place, one in enumerate(event) for bet in _bets(one, place)]
    sizes = joint_sizes(probabilities, [bet for _, bet in bets], bankroll / DOLLAR)
    return [sum(size for (at, _), size in zip(bets, sizes, strict=True) if at == place) for place in range(len(event))]


def _together(event: Sequence[Candidate], bankroll: MicroDollars, *, risked: float) -> list[float]:
    """Size each market of a ladder alone, then shrink them to stake together no more than the largest would alone.

    Strikes of one event come true or not by the same figure; as many bets on it as there are strikes is one bet, and
    so is what is `risked` already on its other strikes (at full Kelly, like the stakes here).
    """
    alone = [_exclusive([one], bankroll)[0] for one in event]
    stakes = [size * one.offers[0].price for size, one in zip(alone, event, strict=True)]
    scale = max(max(stakes) - risked, 0.0) / sum(stakes) if sum(stakes) > 0 else 0.0
    return [size * scale for size in alone]


def _bets(candidate: Candidate, outcome: int) -> list[Bet]:
    return [
        Bet(outcome, candidate.side, marginal_cost(candidate, level.price) / DOLLAR, level.size / _CONTRACT)
        for level in candidate.offers
        if marginal_cost(candidate, level.price) < candidate.value
    ]


def _event(candidate: Candidate) -> str:
    return candidate.market.event_ticker

"""How much of a bankroll a bet deserves: Kelly's criterion for contracts that pay a dollar or nothing. It is pure.

One bet: the fraction (p - c) / (1 - c), with c the price of a contract and its fee (Kelly 1956; Thorp 2006, section 2).
Bets on one event whose outcomes exclude each other share their risk, so they are sized together: the sizes that
maximise the expected logarithm of wealth over the outcomes.

How: buying a no is selling a yes and being paid the rest of the dollar at once. So the wealth in outcome j is A + d_j,
with d_j the net yes contracts of j and A what is left after paying for all of them: A = bankroll - sum of f_j(d_j),
where f_j is convex, its slopes being the prices of the levels, dearer with every level. For a given price of money
lambda the best d_j is where probability / (A + d_j) meets lambda x slope, and the best A where the derivative in A is
nothing; both, and the bankroll spent as lambda falls, are monotone, so bisection finds them (Lagrange; the problem is
concave, so this is the optimum and no other).

Money here is dollars and sizes are contracts, both as floating numbers: what is ordered is rounded down to whole lots
afterwards, and everything that is paid is computed exactly elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kalshi_common.domain.order import Side

LEAST_NEITHER: Final = 0.001
"""The least probability that no outcome of the event comes true: exclusive outcomes need not be exhaustive."""
_HALVINGS: Final = 100
_CLOSE: Final = 1e-12
"""Bisection ends when its bounds are as close as this, relative to their size."""


class Bet(NamedTuple):
    """What may be bought: a side of the market whose yes is outcome number `outcome`.

    `cost` is dollars a contract, the fee in it; `most` is how many contracts are offered at that.
    """

    outcome: int
    side: Side
    cost: float
    most: float


class _Segment(NamedTuple):
    """Net yes contracts from `low` to `high` of one outcome, at `slope` dollars each."""

    low: float
    high: float
    slope: float


def kelly_fraction(probability: float, cost: float) -> float:
    """Give the part of the bankroll to stake on one contract's side; 0 where nothing is to be won."""
    return max((probability - cost) / (1 - cost), 0.0) if 0 < cost < 1 else 0.0


def outcome_probabilities(yes: Sequence[float]) -> list[float]:
    """Give the probability of each exclusive outcome and, last, of none of them; they add up to 1.

    Estimates that leave less than LEAST_NEITHER for none are scaled down together.
    """
    scale = min(1.0, (1 - LEAST_NEITHER) / total) if (total := sum(yes)) > 0 else 1.0
    scaled = [one * scale for one in yes]
    return [*scaled, 1 - sum(scaled)]


def joint_sizes(probabilities: Sequence[float], bets: Sequence[Bet], bankroll: float) -> list[float]:
    """Give the contracts of each bet that maximise expected log wealth.

    `probabilities` are those of the outcomes and, last, of none, as `outcome_probabilities` gives them. No outcome may
    have bets on both its sides that win whatever happens: the book of such quotes is no book to trade on.
    """
    sides = [_segments(bets, outcome) for outcome in range(len(probabilities) - 1)]
    if bankroll <= 0 or not bets:
        return [0.0] * len(bets)
    every = sum(bet.most for bet in bets)

    def at(money: float) -> tuple[float, list[float]]:
        left = _root(lambda a: _wants_more(probabilities, sides, a, money), bankroll + every)
        return left, [_net(p, segments, left, money) for p, segments in zip(probabilities, sides, strict=False)]

    def affordable(money: float) -> bool:
        left, nets = at(money)
        return left + sum(_paid(segments, net) for segments, net in zip(sides, nets, strict=True)) < bankroll

    _, nets = at(_root(affordable, 2 * (bankroll + every)))
    return [_share(bet, bets, nets[bet.outcome]) for bet in bets]


def _segments(bets: Sequence[Bet], outcome: int) -> list[_Segment]:
    """Lay the offers of one outcome side by side: sold yes (bought no) below 0, bought yes above it."""
    found: list[_Segment] = []
    at = 0.0
    for bet in _levels(bets, outcome, "no"):
        found.insert(0, _Segment(at - bet.most, at, 1 - bet.cost))
        at -= bet.most
    at = 0.0
    for bet in _levels(bets, outcome, "yes"):
        found.append(_Segment(at, at + bet.most, bet.cost))
        at += bet.most
    return found


def _levels(bets: Sequence[Bet], outcome: int, side: Side) -> list[Bet]:
    return sorted((bet for bet in bets if bet.outcome == outcome and bet.side == side), key=lambda bet: bet.cost)


def _net(probability: float, segments: Sequence[_Segment], left: float, money: float) -> float:
    """Give the best net yes contracts of one outcome, when `left` is paid in every outcome (`money` is 1 / lambda)."""
    best = segments[0].low if segments else 0.0
    for low, high, slope in segments:
        best = min(max(probability * money / slope - left, low), high)
        if best < high:
            break
    return best


def _wants_more(probabilities: Sequence[float], sides: Sequence[Sequence[_Segment]], left: float, money: float) -> bool:
    """Tell whether more than `left` in every outcome is worth its price."""
    slope = probabilities[-1] / left
    for probability, segments in zip(probabilities, sides, strict=False):
        if probability:
            slope += probability / (left + _net(probability, segments, left, money))
    return slope > 1 / money


def _paid(segments: Sequence[_Segment], net: float) -> float:
    """Give what the net yes contracts cost; less than nothing for sold ones."""
    bought = sum((min(net, high) - low) * slope for low, high, slope in segments if 0 <= low < net)
    sold = sum((high - max(net, low)) * slope for low, high, slope in segments if net < high <= 0)
    return bought - sold


def _share(bet: Bet, bets: Sequence[Bet], net: float) -> float:
    """Give the part of an outcome's net contracts that falls on one bet: the cheaper levels are taken first."""
    wanted = net if bet.side == "yes" else -net
    cheaper = [one for one in _levels(bets, bet.outcome, bet.side) if one.cost < bet.cost]
    return min(max(wanted - sum(one.most for one in cheaper), 0.0), bet.most)


def _root(below: Callable[[float], bool], high: float) -> float:
    """Give where `below`, true at first, turns false between 0 and `high`."""
    low = 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if below(middle):
            low = middle
        else:
            high = middle
        if high - low <= _CLOSE * high:
            break
    return (low + high) / 2

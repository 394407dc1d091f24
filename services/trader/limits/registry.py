"""The one list of all limits, and the two questions asked of it: how much fits, and what refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trader.limits.facts import Facts, Limit, Refusal
from trader.limits.freshness import FRESHNESS
from trader.limits.losses import LOSSES
from trader.limits.money import MONEY
from trader.limits.permission import PERMISSION
from trader.limits.quotes import QUOTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kalshi_common.domain.money import MicroDollars
    from kalshi_common.knobs_trade import TradeKnobs

LIMITS: Final[tuple[Limit, ...]] = (*PERMISSION, *FRESHNESS, *QUOTES, *MONEY, *LOSSES)


def refusals(facts: Facts, knobs: TradeKnobs, limits: Sequence[Limit] = LIMITS) -> list[Refusal]:
    """Ask every limit, and give every reason: an operator who lifts one must not find the next only then."""
    found = ((limit.name, limit.refuses(facts, knobs)) for limit in limits)
    return [Refusal(name, why) for name, why in found if why is not None]


def room(facts: Facts, knobs: TradeKnobs, limits: Sequence[Limit] = LIMITS) -> tuple[MicroDollars, str]:
    """Give the most an order may cost, at least 0, and the name of the limit that says so."""
    least = min((limit.room(facts, knobs), limit.name) for limit in limits if limit.room is not None)
    return max(least[0], 0), least[1]

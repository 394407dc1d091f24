"""What a simulated model believes: the world's own probability, seen a known way ahead and distorted in a known way.

`insight` looks ahead: the public's forecast as it will be when that share of the time left is over. Such a forecaster
is calibrated by construction and knows more than today's price; at 0 it knows exactly what the price knows.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from simulator.price import fair

if TYPE_CHECKING:
    from simulator.world import World

_DATA = re.compile(r"<market_data>\s*(.*?)\s*</market_data>", re.DOTALL)
_ORDER = re.compile(r"ANSWER EXACTLY \[(.*?)\]")
_EDGE = 1e-4
_FINE = 1 << 64


@dataclass(frozen=True)
class Skill:
    """How good the model is. All zero: it answers the world's present probability."""

    insight: float = 0.0
    """0 to 1: which share of the time left it sees ahead."""
    noise: float = 0.0
    """Standard deviation of what each sample adds, in log odds."""
    bias: float = 0.0
    """What every answer adds, in log odds."""
    ignorant: bool = False
    """It knows nothing: log odds of noise around even odds, whatever is asked."""
    gullible: bool = False
    """It says, word for word, whatever `ANSWER EXACTLY [...]` in a question's data tells it to say."""


class Question(NamedTuple):
    """The market asked about and the moment (Unix seconds), as the prompt's data tells them."""

    market_id: str
    moment: int


def question_of(text: str) -> Question | None:
    """Read the delimited data of a prompt; None where there is none."""
    found = _DATA.search(text)
    try:
        data: dict[str, Any] = orjson.loads(found[1]) if found else {}
        moment = dt.datetime.fromisoformat(data["observed_at_utc"])
        return Question(str(data["market_id"]), int(moment.timestamp()))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


def obeyed(text: str) -> str | None:
    """Find what a text planted in the data orders the model to say."""
    found = _ORDER.search(text.encode().decode("unicode_escape", "replace") if "\\" in text else text)
    return found[1] if found else None


def answer(world: World, asked: Question | None, skill: Skill, draw: int) -> str:
    """Answer in the form asked for."""
    log_odds = 0.0 if skill.ignorant else _log_odds(believed(world, asked, skill.insight))
    # A sum of twelve would do; the inverse normal of one uniform draw is exact, and repeatable from the seed.
    log_odds += skill.bias + skill.noise * NormalDist().inv_cdf((draw % _FINE + 0.5) / _FINE)
    probability = 1 / (1 + math.exp(-log_odds))
    return orjson.dumps({"probability": round(probability, 6), "reason": "the simulated world says so"}).decode()


def believed(world: World, asked: Question | None, insight: float) -> float:
    """Return the probability the public will give after `insight` of the time left; even odds for a stranger."""
    market = world.markets.get(asked.market_id) if asked is not None else None
    if market is None or asked is None:
        return 0.5
    left = max(market.event.closes - asked.moment, 0)
    return fair(market, asked.moment + int(left * insight))


def _log_odds(probability: float) -> float:
    held = min(max(probability, _EDGE), 1 - _EDGE)
    return math.log(held / (1 - held))

"""What a limit is, and everything one may look at. It decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.money import DOLLAR, Hundredths, MicroDollars

if TYPE_CHECKING:
    from collections.abc import Callable

    from kalshi_common.domain.order import Venue
    from kalshi_common.knobs_trade import TradeKnobs


class Evidence(NamedTuple):
    """What the newest score says of the model that is traded on. `skill_low` is the lower bound of its skill."""

    scored_days_ago: float
    skill_low: float | None
    sentence: str


class Facts(NamedTuple):
    """An order that is about to be made, and how things stand. Amounts in micro-dollars, ages in seconds.

    What is not known is None, and then the limit that needs it refuses.
    """

    venue: Venue
    price: MicroDollars
    """The worst price the order would pay for a contract of its side."""
    cost: MicroDollars
    """The most the order can cost: its whole size at its price, and the fee."""
    edge: MicroDollars
    """Expected profit a contract, after price and exact fee."""
    mid: MicroDollars | None
    """Of the side that is bought."""
    spread: MicroDollars | None
    depth: Hundredths
    """What is offered at the price or cheaper."""
    on_tick: bool
    market_status: str
    snapshot_age_s: float
    estimate_age_s: float
    seconds_to_close: float | None
    trading_paused: str | None
    """Why the exchange does not trade now, or why that is not known; None while it trades."""
    halted: str | None
    """Why the kill switch stops this market or everything; None while it does not."""
    unresolved: str | None
    """The intent whose outcome is not known and which blocks this market."""
    evidence: Evidence | None
    at_risk_market: MicroDollars
    at_risk_event: MicroDollars
    at_risk_macro_type: MicroDollars
    cash: MicroDollars
    open_orders: int
    spent_today: MicroDollars
    lost_today: MicroDollars
    drawdown: float
    """The part of the highest equity that is lost, 0 to 1."""


class Refusal(NamedTuple):
    """Which check refused, and why, in a sentence with its numbers."""

    check: str
    why: str


class Limit(NamedTuple):
    """A named check. `refuses` gives the reason, or None where it lets the order pass.

    `room`, where a limit is an amount, gives how much an order may still cost; a larger one is made smaller to fit.
    """

    name: str
    knob: str | None
    meaning: str
    refuses: Callable[[Facts, TradeKnobs], str | None]
    room: Callable[[Facts, TradeKnobs], MicroDollars] | None = None


def micro(amount: float) -> MicroDollars:
    """Turn a knob's US dollars into micro-dollars."""
    return round(amount * DOLLAR)


def usd(amount: MicroDollars) -> str:
    """Write an amount for people, in as many decimals as it needs."""
    text = f"{amount / DOLLAR:.6f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"${whole}.{fraction.ljust(2, '0')}"

"""An order as we mean it (the intent), what came of placing it, and its fills. It places nothing and stores nothing.

Both sides are bought: buying NO while holding YES gives the YES back, which is how a position is closed. Prices are
micro-dollars a contract of the side that is bought, counts are hundredths of a contract, times are UTC text.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from kalshi_common.domain.money import Hundredths, MicroDollars

Side: TypeAlias = Literal["yes", "no"]
Venue: TypeAlias = Literal["paper", "live"]
TimeInForce: TypeAlias = Literal["immediate_or_cancel", "fill_or_kill", "good_till_canceled"]
IntentState: TypeAlias = Literal["intended", "sent", "accepted", "rejected", "unknown", "absent", "abandoned"]
OrderStatus: TypeAlias = Literal["resting", "canceled", "executed"]

UNRESOLVED: Final = ("intended", "sent", "unknown")
"""States in which the exchange may hold an order of which we know nothing; such an intent blocks its market."""
NEXT: Final[dict[str, frozenset[str]]] = {
    "intended": frozenset({"sent", "abandoned"}),
    "sent": frozenset({"accepted", "rejected", "unknown", "absent"}),
    "unknown": frozenset({"accepted", "absent"}),
    "rejected": frozenset({"accepted"}),
    "absent": frozenset({"accepted"}),
}
"""The legal steps of an intent; `accepted` and `abandoned` are ends.

`rejected` and `absent` are ends too as long as the exchange keeps its word; should it list the order after all, the
ledger follows, and reconcile says so and lets nothing be traded in that run.
"""

_ID_PREFIX = "ks1-"
_ID_DIGITS = 40


class OrderIntent(NamedTuple):
    """Our decision to buy, committed before any request; the fields are the columns of `order_intents`.

    `fee_microdollars` is the whole order's expected fee, `expires_at_utc` is set for `good_till_canceled` only.
    """

    intent_id: str
    client_order_id: str
    cycle_id: str
    signal_id: int | None
    venue: Venue
    environment: str
    market_id: str
    series_ticker: str
    event_ticker: str
    macro_event_type: str | None
    side: Side
    count_hundredths: Hundredths
    price_microdollars: MicroDollars
    fee_microdollars: MicroDollars
    time_in_force: TimeInForce
    expires_at_utc: str | None
    created_at_utc: str


def intent_id(cycle_id: str, market_id: str, side: Side) -> str:
    """Name the one intent that a cycle can have for a side of a market."""
    return f"{cycle_id}/{market_id}/{side}"


def client_order_id(venue: Venue, environment: str, intent: str) -> str:
    """Derive the idempotency key (44 characters, the exchange allows 64) from who we are and the intent's id.

    The same intent always gives the same key, so a second send could only ever be the same order; the environment is
    part of it, so that no demo order is ever taken for one of production.
    """
    digest = hashlib.sha256(f"{venue}|{environment}|{intent}".encode()).hexdigest()
    return _ID_PREFIX + digest[:_ID_DIGITS]


class Fill(NamedTuple):
    """One execution of an order of ours; the fields are the columns of `fills`."""

    fill_id: str
    order_id: str
    intent_id: str
    venue: Venue
    market_id: str
    side: Side
    count_hundredths: Hundredths
    price_microdollars: MicroDollars
    fee_microdollars: MicroDollars
    is_taker: bool
    filled_at_utc: str


class Placement(NamedTuple):
    """What came of placing an intent.

    `rejected` is proven, and so is `accepted` (which does not mean resting: what is left of an order may be canceled
    already). `unknown` means that the exchange may hold the order; nothing may be sent for that market until it is
    reconciled. `abandoned` is never a broker's answer: nothing was sent.
    """

    state: Literal["accepted", "rejected", "unknown", "abandoned"]
    reason: str | None = None
    order_id: str | None = None
    status: OrderStatus | None = None
    filled_hundredths: Hundredths = 0
    remaining_hundredths: Hundredths = 0
    """What still rests; 0 for an order whose rest was canceled."""
    fills: tuple[Fill, ...] = ()
    """The executions this answer proves; a broker that learns only a total gives one fill at the average price."""

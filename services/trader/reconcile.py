"""Makes our ledger and the exchange's account agree, or says what does not: first in every live cycle, and by hand.

What an order's outcome was is never guessed. It exists if the exchange lists it. It does not if the exchange's data is
of a moment well after it can have been sent, and several looks in a row, spaced in time, do not list it. Until then its
market stays blocked. It sends nothing.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from kalshi_common import log
from kalshi_common.domain.hour import parse_utc, utc_text
from kalshi_common.errors import ConfigError
from kalshi_common.storage import intents, orders, positions, reconciliations
from kalshi_common.storage.reconciliations import Comparison
from trader.portfolio_read import read_portfolio
from trader.reconcile_apply import Applied, apply
from trader.reconcile_compare import Ledger, balance_now, differences

if TYPE_CHECKING:
    from kalshi_common.clock import Clock
    from kalshi_common.domain.money import MicroDollars
    from kalshi_common.domain.order import Venue
    from kalshi_common.exchange.portfolio_client import PortfolioClient
    from kalshi_common.storage.database import Database
    from kalshi_common.storage.intents import StoredIntent
    from trader.portfolio_read import Observed

logger = logging.getLogger(__name__)
MARGIN_S: Final = 60
"""How much later than the last moment of a send the exchange's data must be: longer than a gateway holds one back."""
LOOKS: Final = 3
"""Looks in a row that must miss an order, or find a difference, before it counts."""
PAUSE_S: Final = 5.0
PATIENCE_S: Final = 180.0
_VISIBLE_S: Final = 2


class Reconciliation(NamedTuple):
    """What came of it. Nothing may be traded while there are `differences`, and nothing in the `blocked` markets."""

    differences: list[str]
    resolved: list[str]
    blocked: dict[str, str]
    """Market -> the intent whose outcome is still not known."""
    balance_microdollars: MicroDollars
    as_of_utc: str

    @property
    def agrees(self) -> bool:
        """Whether nothing differs and nothing is open."""
        return not (self.differences or self.blocked)


async def reconcile(
    client: PortfolioClient, database: Database, clock: Clock, *, environment: str, accept: bool = False
) -> Reconciliation:
    """Resolve what is open, import what is new, compare everything. The caller holds the trade mode's lock.

    `accept` takes the present balance, and the closed orders that are not ours, as the new starting point.

    Raises:
        ConfigError: the database holds live orders of another environment.
        ExchangeError: the account could not be read.
    """
    _refuse_other_environment(database, environment)
    resolved, alarms = _close_interrupted(database, "live", clock), list[str]()
    began, skew_s = clock.monotonic(), 0.0
    missed: Counter[str] = Counter()
    for look in itertools.count(1):
        observed = await read_portfolio(client)
        skew_s = client.stats.clock_skew_s or skew_s
        applied = _apply(database, observed, environment, clock)
        resolved += applied.resolved
        alarms += applied.alarms
        resolved += _absent(database, observed, missed, clock, skew_s=skew_s)
        ledger = _ledger(database, environment)
        open_questions = [*_stale(ledger, observed, skew_s), *differences(ledger, observed)]
        waits = [known for known in ledger.intents.values() if known.state == "unknown"]
        settled = not open_questions or (look >= LOOKS and not _stale(ledger, observed, skew_s))
        if (settled and not waits) or clock.monotonic() - began >= PATIENCE_S:
            break
        early_s = min((_until_late_enough(known, observed, skew_s) for known in waits), default=0.0)
        left_s = PATIENCE_S - (clock.monotonic() - began)
        await clock.sleep(min(max(PAUSE_S, early_s), left_s))
    now, found = utc_text(clock.now()), [*alarms, *open_questions]
    made = Comparison(environment, balance_now(ledger, observed), found, resolved, accept, now)
    return Reconciliation(found, resolved, _record(database, made), observed.balance, observed.as_of_utc)


def settle_interrupted_paper(database: Database, clock: Clock) -> list[str]:
    """Close the paper intents that a killed cycle left: paper orders are stored with their outcome, or do not exist."""
    found = _close_interrupted(database, "paper", clock)
    with database.write() as connection:
        for stored in intents.unresolved(connection, "paper"):
            name = stored.intent.intent_id
            intents.step(
                connection, name, "absent", now=utc_text(clock.now()), reason="the cycle ended before its fill"
            )
            found.append(f"{name} was never filled on paper")
    return found


def _refuse_other_environment(database: Database, environment: str) -> None:
    with database.read() as connection:
        others = intents.environments(connection) - {environment}
    if others:
        raise ConfigError(
            f"exchange.environment: {environment}, but this data directory holds live orders of {', '.join(others)}; "
            "give each environment a data directory of its own"
        )


def _close_interrupted(database: Database, venue: Venue, clock: Clock) -> list[str]:
    """Judge what a killed process left: `intended` was never sent, `sent` may have been."""
    now, found = utc_text(clock.now()), []
    with database.write() as connection:
        for intent, state, *_ in intents.unresolved(connection, venue):
            if state == "intended":
                reason = "the cycle ended before it was sent"
                intents.step(connection, intent.intent_id, "abandoned", now=now, reason=reason)
                found.append(f"{intent.intent_id} was never sent")
            elif state == "sent":
                reason = "the cycle ended between the send and the answer"
                intents.step(connection, intent.intent_id, "unknown", now=now, reason=reason)
    return found


def _ledger(database: Database, environment: str) -> Ledger:
    with database.read() as connection:
        return Ledger(
            intents.by_client_order_id(connection, "live"),
            orders.every(connection, "live"),
            orders.fills_of(connection, "live"),
            positions.every(connection, "live"),
            positions.cash_flow(connection, "live"),
            reconciliations.baseline(connection, environment),
        )


def _apply(database: Database, observed: Observed, environment: str, clock: Clock) -> Applied:
    ledger = _ledger(database, environment)
    with database.write() as connection:
        return apply(connection, ledger, observed, now=utc_text(clock.now()))


def _absent(database: Database, observed: Observed, missed: Counter[str], clock: Clock, *, skew_s: float) -> list[str]:
    """Count this look's misses; an order missed in enough looks at data that is late enough does not exist."""
    listed = {order.client_order_id for order in observed.orders}
    found = []
    with database.write() as connection:
        for stored in intents.unresolved(connection, "live"):
            name, key = stored.intent.intent_id, stored.intent.client_order_id
            if key in listed:
                missed.pop(key, None)
                continue
            missed[key] += _until_late_enough(stored, observed, skew_s) <= 0
            if missed[key] >= LOOKS:
                reason = f"not listed in {LOOKS} looks, the last at data of {observed.as_of_utc}"
                intents.step(connection, name, "absent", now=utc_text(clock.now()), reason=reason)
                found.append(f"{name} does not exist at the exchange")
    return found


def _until_late_enough(stored: StoredIntent, observed: Observed, skew_s: float) -> float:
    """Tell how many seconds the exchange's data is too early to prove an order absent; 0 or less is late enough.

    Counted from when the outcome was given up on, not from `sent`: a slow connection may have sent it much later.
    """
    given_up = parse_utc(stored.unknown_at_utc or observed.as_of_utc)
    return (given_up - parse_utc(observed.as_of_utc)).total_seconds() + MARGIN_S + skew_s


def _stale(ledger: Ledger, observed: Observed, skew_s: float) -> list[str]:
    """Say it when the exchange's data may not show our latest order yet, so that no comparison means anything."""
    latest = max((known.sent_at_utc or "" for known in ledger.intents.values()), default="")
    if not latest or _later(observed, latest, _VISIBLE_S + skew_s):
        return []
    return [f"the exchange's data is of {observed.as_of_utc}, and our latest order was sent at {latest}"]


def _later(observed: Observed, sent_at: str, seconds: float) -> bool:
    return parse_utc(observed.as_of_utc) >= parse_utc(sent_at) + dt.timedelta(seconds=seconds)


def _record(database: Database, made: Comparison) -> dict[str, str]:
    """Store and log the comparison; give the markets that stay blocked."""
    with database.write() as connection:
        reconciliations.add(connection, made)
        blocked = intents.blocked(connection, "live")
    for sentence in made.differences:
        log.event(logger, "difference", logging.ERROR, None, sentence=sentence)
    told = {"differences": len(made.differences), "resolved": made.resolved, "blocked": sorted(blocked)}
    log.event(logger, "reconciled", logging.INFO, None, **told)
    return blocked

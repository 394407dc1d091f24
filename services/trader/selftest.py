"""The self-test: every limit and the kill switch are made to trip, in the code that trades, before live is unlocked.

It works on made-up facts and in a directory of its own; it connects to nothing and touches no real order.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import kalshi_common
from kalshi_common.domain.hour import utc_text
from kalshi_common.domain.order import OrderIntent, Placement, client_order_id, intent_id
from kalshi_common.knobs_trade import TradeKnobs
from kalshi_common.storage import halts, self_tests
from kalshi_common.storage.migrate import open_database
from trader.halt import halt_file, halted
from trader.limits import LIMITS, Evidence, Facts, Limit, refusals
from trader.place import PlaceContext, place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kalshi_common.clock import Clock
    from kalshi_common.config import Settings
    from kalshi_common.storage.database import Database

    Look = Callable[[Database, Path, str], str | None]
    """How the kill switch is looked at; what trades uses `halted`."""

PASSING: Final = Facts(
    venue="live",
    price=500_000,
    cost=5_180_000,
    edge=60_000,
    mid=490_000,
    spread=20_000,
    depth=50_000,
    on_tick=True,
    market_status="active",
    snapshot_age_s=300.0,
    estimate_age_s=900.0,
    seconds_to_close=86_400.0,
    trading_paused=None,
    halted=None,
    unresolved=None,
    evidence=Evidence(scored_days_ago=0.1, skill_low=0.01, sentence="skill above the market"),
    at_risk_market=0,
    at_risk_event=0,
    at_risk_macro_type=0,
    cash=1_000_000_000,
    open_orders=0,
    spent_today=0,
    lost_today=0,
    drawdown=0.0,
)
"""An order that nothing stands against, under the default knobs."""
CASES: Final[dict[str, dict[str, Any]]] = {
    "kill_switch": {"halted": "everything is halted"},
    "exchange_paused": {"trading_paused": "the exchange is paused"},
    "market_status": {"market_status": "inactive"},
    "unresolved": {"unresolved": "cycle/market/yes"},
    "max_open_orders": {"open_orders": 20},
    "evidence": {"evidence": Evidence(scored_days_ago=0.1, skill_low=None, sentence="insufficient evidence")},
    "snapshot_age": {"snapshot_age_s": 3_601.0},
    "estimate_age": {"estimate_age_s": 7_201.0},
    "time_to_close": {"seconds_to_close": 3_599.0},
    "min_edge": {"edge": 29_999},
    "price_collar": {"mid": 449_999},
    "max_spread": {"spread": 60_001},
    "min_depth": {"depth": 999},
    "tick": {"on_tick": False},
    "max_per_order": {"cost": 25_000_001},
    "max_per_market": {"at_risk_market": 44_820_001},
    "max_per_event": {"at_risk_event": 94_820_001},
    "max_per_macro_type": {"at_risk_macro_type": 194_820_001},
    "max_spend_per_day": {"spent_today": 194_820_001},
    "cash": {"cash": 5_179_999},
    "max_loss_per_day": {"lost_today": 50_000_000},
    "max_drawdown": {"drawdown": 0.2},
}
"""By limit, what is changed about PASSING so that this limit refuses, by the least step, and no other does."""
_IN_DATABASE, _OF_MARKET, _BY_FILE = KILL_SWITCHES = (
    "kill switch in the database",
    "kill switch of one market",
    "kill switch by file",
)
_MARKET: Final = "SELFTEST-1-A"


class Check(NamedTuple):
    """One thing that was made to trip. `problem` is None where it did, and alone."""

    name: str
    problem: str | None


async def self_test(clock: Clock) -> list[Check]:
    """Make everything trip; all checks, the limits in the order of the registry."""
    return [*limit_checks(LIMITS), *await kill_switch_checks(clock, halted)]


def limit_checks(limits: Sequence[Limit]) -> list[Check]:
    """Make each limit trip alone, after an order that keeps all of them has passed."""
    let_through = refusals(PASSING, TradeKnobs(), limits)
    problem = f"the order that should pass was refused by {let_through[0].check}" if let_through else None
    return [Check("passing order", problem), *(_limit(limit, limits) for limit in limits)]


def keep(settings: Settings, clock: Clock, found: Sequence[Check]) -> bool:
    """Store that this version passed, or take an earlier pass back; tell whether it passed.

    Raises:
        StorageError: the database cannot be opened or written.
    """
    passed, version, storage = all(one.problem is None for one in found), kalshi_common.__version__, settings.storage
    with (
        open_database(storage.data_dir, synchronous=storage.synchronous)[0] as database,
        database.write() as connection,
    ):
        if passed:
            self_tests.keep(connection, version, [one.name for one in found], now=utc_text(clock.now()))
        else:
            self_tests.forget(connection, version)
    return passed


def _limit(limit: Limit, limits: Sequence[Limit]) -> Check:
    if limit.name not in CASES:
        return Check(limit.name, "there is no case that makes it trip")
    tripped = [one.check for one in refusals(PASSING._replace(**CASES[limit.name]), TradeKnobs(), limits)]
    if tripped == [limit.name]:
        return Check(limit.name, None)
    return Check(limit.name, f"{', '.join(tripped) or 'nothing'} refused where {limit.name} alone should have")


class _Counting:
    """A broker that sends nothing and counts what it was given."""

    def __init__(self) -> None:
        self.placed = 0

    async def ready(self) -> None:
        pass

    async def place(self, intent: OrderIntent) -> Placement:
        self.placed += 1
        return Placement("rejected", f"{intent.intent_id} is a self-test's")

    async def cancel_all(self, order_ids: Sequence[str]) -> list[str]:
        return list(order_ids)


async def kill_switch_checks(clock: Clock, look: Look) -> list[Check]:
    """Place one order with no halt, then one under each kind of halt, through the code that places real ones."""
    with tempfile.TemporaryDirectory(prefix="kalshi-selftest-") as folder:
        data_dir, broker = Path(folder), _Counting()
        with open_database(data_dir)[0] as database:
            context = PlaceContext(database, clock, lambda market: look(database, data_dir, market))
            await place(_intent("free", context.now()), broker, context)
            if broker.placed != 1:
                return [Check(name, "an order without any halt did not reach the broker") for name in KILL_SWITCHES]
            found = []
            for name in KILL_SWITCHES:
                _halt(database, data_dir, name, now=context.now())
                placement = await place(_intent(name, context.now()), broker, context)
                _resume(database, data_dir, now=context.now())
                stopped = placement.state == "abandoned" and broker.placed == 1
                found.append(Check(name, None if stopped else "the order was placed all the same"))
            return found


def _halt(database: Database, data_dir: Path, kind: str, *, now: str) -> None:
    if kind == _BY_FILE:
        halt_file(data_dir).write_text("self-test", encoding="utf-8")
        return
    with database.write() as connection:
        halts.add(connection, _MARKET if kind == _OF_MARKET else None, "self-test", now=now)


def _resume(database: Database, data_dir: Path, *, now: str) -> None:
    halt_file(data_dir).unlink(missing_ok=True)
    with database.write() as connection:
        for market in (None, _MARKET):
            halts.resume(connection, market, now=now)


def _intent(cycle_id: str, now: str) -> OrderIntent:
    name = intent_id(cycle_id, _MARKET, "yes")
    return OrderIntent(
        intent_id=name,
        client_order_id=client_order_id("paper", "demo", name),
        cycle_id=cycle_id,
        signal_id=None,
        venue="paper",
        environment="demo",
        market_id=_MARKET,
        series_ticker="SELFTEST",
        event_ticker="SELFTEST-1",
        macro_event_type=None,
        side="yes",
        count_hundredths=100,
        price_microdollars=500_000,
        fee_microdollars=20_000,
        time_in_force="immediate_or_cancel",
        expires_at_utc=None,
        created_at_utc=now,
    )

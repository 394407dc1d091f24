"""Intents move by legal steps, block their market until resolved, and come with their outcome in one transaction."""

from __future__ import annotations

import sqlite3
from itertools import product
from typing import TYPE_CHECKING, Any, get_args

import pytest

from kalshi_common.domain.order import (
    NEXT,
    UNRESOLVED,
    Fill,
    IntentState,
    OrderIntent,
    Placement,
    client_order_id,
    intent_id,
)
from kalshi_common.errors import StorageError
from kalshi_common.storage import intents, orders, positions, reconciliations
from kalshi_common.storage.orders import PROVISIONAL, OrderRecord
from kalshi_common.storage.positions import Settlement
from kalshi_common.storage.reconciliations import Balance, Comparison
from support.data_dir import LATER, NOW, rows

if TYPE_CHECKING:
    from kalshi_common.storage.database import Database

STATES = get_args(IntentState)
MARKET = "KXCPI-26NOV-T0.3"


def intent(cycle: str = "c1", market: str = MARKET, **changes: Any) -> OrderIntent:
    name = intent_id(cycle, market, "yes")
    made = OrderIntent(
        name, client_order_id("live", "prod", name), cycle, 7, "live", "prod", market, "KXCPI", "KXCPI-26NOV", "cpi",
        "yes", 1000, 560_000, 180_000, "immediate_or_cancel", None, NOW,
    )  # fmt: skip
    return made._replace(**changes)


def fill(made: OrderIntent, fill_id: str = "f-1", count: int = 1000, price: int = 560_000, fee: int = 1_000) -> Fill:
    return Fill(
        fill_id, "o-1", made.intent_id, made.venue, made.market_id, made.side, count, price, fee, is_taker=True,
        filled_at_utc=NOW,
    )  # fmt: skip


def put(database: Database, made: OrderIntent, state: str = "intended") -> OrderIntent:
    """Store an intent in a state, by whatever way leads there."""
    with database.write() as connection:
        intents.add(connection, made)
        for step in {"intended": [], "abandoned": ["abandoned"], "sent": ["sent"]}.get(state, ["sent", state]):
            intents.step(connection, made.intent_id, step, now=NOW)  # type: ignore[arg-type]  # a literal's text
    return made


def state_of(database: Database, made: OrderIntent) -> Any:
    return rows(database, "SELECT state FROM order_intents WHERE intent_id = ?", made.intent_id)[0][0]


def test_an_intent_takes_legal_steps_only_and_an_illegal_one_changes_nothing(database: Database) -> None:
    for number, (before, after) in enumerate(product(STATES, STATES)):
        made = put(database, intent(f"c{number}", f"KX-{number}"), before)
        legal = after in NEXT.get(before, frozenset())
        with database.write() as connection:
            if legal:
                intents.step(connection, made.intent_id, after, now=LATER)
            else:
                with pytest.raises(StorageError, match="cannot become"):
                    intents.step(connection, made.intent_id, after, now=LATER)
        assert state_of(database, made) == (after if legal else before), (before, after)


def test_an_intent_that_nobody_wrote_cannot_be_moved(database: Database) -> None:
    with database.write() as connection, pytest.raises(StorageError, match="report this"):
        intents.step(connection, "nobody's", "sent", now=NOW)


def test_the_times_of_sending_and_of_resolving_are_kept(database: Database) -> None:
    made = put(database, intent(), "unknown")
    with database.write() as connection:
        intents.step(connection, made.intent_id, "absent", now=LATER, reason="three looks")
    assert rows(database, "SELECT sent_at_utc, resolved_at_utc, reason FROM order_intents") == [
        (NOW, LATER, "three looks")
    ]


def test_sqlite_itself_keeps_a_second_intent_out_of_a_market_with_an_open_outcome(database: Database) -> None:
    for state in STATES:
        market = f"KX-{state}"
        put(database, intent("c1", market), state)
        with database.write() as connection:
            if state in UNRESOLVED:
                with pytest.raises(sqlite3.IntegrityError, match="market_id"):
                    intents.add(connection, intent("c2", market))
            else:
                intents.add(connection, intent("c2", market))
            intents.add(connection, intent("c3", market, venue="paper", client_order_id=f"paper-{state}"))


def test_blocked_markets_name_the_intent_that_blocks_them(database: Database) -> None:
    put(database, intent(), "unknown")
    put(database, intent(market="KXCPI-26NOV-T0.4"), "accepted")
    with database.read() as connection:
        assert intents.blocked(connection, "live") == {MARKET: "c1/KXCPI-26NOV-T0.3/yes"}
        assert intents.blocked(connection, "paper") == {}
        (open_one,) = intents.unresolved(connection, "live")
        assert open_one == (intent(), "unknown", NOW, NOW)


def test_the_same_intent_always_has_the_same_key_and_no_other_has_it() -> None:
    keys = {
        client_order_id(venue, environment, intent_id(cycle, market, side))
        for venue in ("paper", "live")
        for environment in ("prod", "demo")
        for cycle in ("c1", "c2")
        for market in ("M-1", "M-2")
        for side in ("yes", "no")
    }
    assert len(keys) == 32
    assert all(len(key) <= 64 for key in keys)
    assert client_order_id("live", "prod", "c1/M/yes") == "ks1-9de371c95184a3303c6a17c375d75809f331e9e9", (
        "keys of orders already sent must stay what they are"
    )


def test_an_accepted_order_comes_with_its_fills_and_its_position(database: Database) -> None:
    made = put(database, intent(), "sent")
    told = Placement("accepted", order_id="o-1", status="executed", filled_hundredths=1000, fills=(fill(made),))
    with database.write() as connection:
        orders.keep_outcome(connection, made, told, now=LATER)
        assert orders.every(connection, "live") == [
            OrderRecord("o-1", made.intent_id, "live", MARKET, "executed", 1000, 0, LATER)
        ]
        assert orders.fills_of(connection, "live") == [fill(made)]
        (position,) = positions.every(connection, "live")
        assert position[5:9] == (1000, 5_600_000, 0, 1_000)
        assert positions.cash_flow(connection, "live") == -5_601_000
    assert state_of(database, made) == "accepted"


@pytest.mark.parametrize("state", ["rejected", "unknown"])
def test_an_order_that_is_not_proven_to_exist_leaves_a_state_and_a_reason_only(database: Database, state: Any) -> None:
    made = put(database, intent(), "sent")
    with database.write() as connection:
        orders.keep_outcome(connection, made, Placement(state, "HTTP 500"), now=LATER)
        assert orders.every(connection, "live") == positions.every(connection, "live") == []
    assert rows(database, "SELECT state, reason FROM order_intents") == [(state, "HTTP 500")]


def test_an_outcome_is_stored_whole_or_not_at_all(database: Database) -> None:
    made = put(database, intent(), "abandoned")
    told = Placement("accepted", order_id="o-1", status="executed", filled_hundredths=1000, fills=(fill(made),))
    with pytest.raises(StorageError, match="cannot become"), database.write() as connection:
        orders.keep_outcome(connection, made, told, now=LATER)
    assert rows(database, "SELECT count(*) FROM orders") == rows(database, "SELECT count(*) FROM fills") == [(0,)]
    assert rows(database, "SELECT count(*) FROM positions") == [(0,)]


def test_the_exchanges_own_fills_take_the_place_of_the_provisional_one_once(database: Database) -> None:
    made = put(database, intent(), "sent")
    stands = OrderRecord("o-1", made.intent_id, "live", MARKET, "executed", 1000, 0, LATER)
    listed = [fill(made, "f-1", 400, 550_000), fill(made, "f-2", 600, 560_000)]
    with database.write() as connection:
        assert orders.keep_order(connection, stands, [fill(made, f"{PROVISIONAL}o-1", 1000, 557_000)]) == 1
        assert orders.keep_order(connection, stands, listed) == 2
        assert orders.keep_order(connection, stands, listed) == 0
        assert orders.fills_of(connection, "live") == listed
        (position,) = positions.every(connection, "live")
        assert (position.position_hundredths, position.cost_microdollars) == (1000, 5_560_000)


def test_an_intent_has_one_order_at_most(database: Database) -> None:
    made = put(database, intent(), "sent")
    stands = OrderRecord("o-1", made.intent_id, "live", MARKET, "executed", 1000, 0, LATER)
    with database.write() as connection:
        orders.keep_order(connection, stands, [])
        with pytest.raises(sqlite3.IntegrityError):
            orders.keep_order(connection, stands._replace(order_id="o-2"), [])


def test_a_settlement_pays_out_once_and_a_late_fill_is_paid_out_with_it(database: Database) -> None:
    made = put(database, intent(), "sent")
    stands = OrderRecord("o-1", made.intent_id, "live", MARKET, "executed", 600, 0, LATER)
    paid = Settlement(MARKET, "yes", 1_000_000, LATER)
    with database.write() as connection:
        assert not positions.settle(connection, "live", paid, now=LATER)
        orders.keep_order(connection, stands, [fill(made, "f-1", 600)])
        assert positions.settle(connection, "live", paid, now=LATER)
        assert not positions.settle(connection, "live", paid, now=LATER)
        orders.keep_order(connection, stands._replace(filled_hundredths=1000), [fill(made, "f-2", 400)])
        (position,) = positions.every(connection, "live")
    assert position[5:12] == (0, 0, 4_400_000, 2_000, "yes", 1_000_000, LATER)


def test_only_a_comparison_without_differences_or_an_accepted_one_is_a_starting_point(database: Database) -> None:
    made = Comparison("prod", Balance(1, 2, 3, 4), [], [], accepted=False, reconciled_at_utc=NOW)
    with database.write() as connection:
        assert reconciliations.baseline(connection, "prod") is None
        reconciliations.add(connection, made)
        reconciliations.add(connection, made._replace(differences=["x"], balance=Balance(9, 9, 9, 9)))
        reconciliations.add(connection, made._replace(environment="demo", balance=Balance(8, 8, 8, 8)))
        assert reconciliations.baseline(connection, "prod") == (Balance(1, 2, 3, 4), NOW)
        reconciliations.add(
            connection,
            made._replace(differences=["x"], accepted=True, balance=Balance(5, 5, 5, 5), reconciled_at_utc=LATER),
        )
        assert reconciliations.baseline(connection, "prod") == (Balance(5, 5, 5, 5), LATER)


def test_sqlite_refuses_an_intent_that_makes_no_sense(database: Database) -> None:
    for wrong in (
        {"time_in_force": "good_till_canceled"},
        {"expires_at_utc": LATER},
        {"price_microdollars": 1_000_000},
        {"count_hundredths": 0},
    ):
        with database.write() as connection, pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            intents.add(connection, intent(**wrong))

"""From stored markets to signals: sizes, room, and every reason."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.domain.hour import parse_utc
from kalshi_common.domain.kelly import kelly_fraction
from kalshi_common.knobs import TradeKnobs
from kalshi_common.storage import estimates
from kalshi_common.storage.estimates import EstimateRecord
from support.data_dir import HOUR, NOW
from support.stored_markets import store
from trader.account import candidates_of
from trader.candidate import deal, marginal_cost
from trader.limits import LIMITS
from trader.signals import Conditions, Judge, Signal
from trader.standing import Standing

if TYPE_CHECKING:
    from kalshi_common.storage.database import Database

A, B, C = "KXCPI-26NOV-A", "KXCPI-26NOV-B", "KXCPI-26NOV-C"
BOOK: dict[str, Any] = {"yes": [("0.38", "500.00")], "no": [("0.55", "900.00"), ("0.60", "100.00")]}
WIDE = TradeKnobs(
    max_per_order=1e6, max_per_market=1e6, max_per_event=1e6, max_per_macro_type=1e6, max_spend_per_day=1e6,
    kelly_multiplier=1.0, price_collar=1.0,
)  # fmt: skip
MOMENT = parse_utc(NOW) + dt.timedelta(minutes=2)


def estimated(database: Database, **probabilities: float) -> None:
    """Store an estimate for each of the markets A, B, C that is named."""
    made = [
        EstimateRecord(
            *(
                f"KXCPI-26NOV-{name}",
                HOUR,
                "test",
                "model",
                "v1",
                "cycle",
                "KXCPI",
                "KXCPI-26NOV",
                "cpi",
                "hash",
                NOW,
                NOW,
            ),
            *(None, "[]", 1, None, probability, "{}", probability, None, 0.5, probability, "{}", probability, 0),
        )
        for name, probability in probabilities.items()
    ]
    with database.write() as connection:
        estimates.add(connection, made)


def judged(
    database: Database, knobs: TradeKnobs = WIDE, *, standing: Standing | None = None, **conditions: Any
) -> dict[tuple[str, str], Signal]:
    given = {"trading_paused": None, "evidence": {}, "halted": lambda _: None, "unresolved": {}, **conditions}
    with database.read() as connection:
        candidates = candidates_of(connection, HOUR, model=None)
    books = standing or Standing(equity=1_000_000_000, cash=1_000_000_000)
    judge = Judge(books, Conditions(venue="paper", now=MOMENT, **given), knobs)
    found = judge.signals(candidates)
    return {(signal.candidate.market.market_id, signal.candidate.side): signal for signal in found}


def checks(signal: Signal) -> list[str]:
    return [reason.check for reason in signal.reasons]


def size(signal: Signal) -> int:
    return signal.deal.size if signal.deal else 0


def test_one_market_gets_the_kelly_fraction_of_the_bankroll_in_whole_lots(database: Database) -> None:
    store(database, A, yes=[("0.38", "500.00")], no=[("0.60", "9000.00")])
    estimated(database, A=0.5)
    signal = judged(database)[A, "yes"]
    cost = marginal_cost(signal.candidate, 400_000) / 1e6
    contracts = 1000 * kelly_fraction(0.5, cost) / cost
    assert signal.kelly == pytest.approx(kelly_fraction(0.5, cost))
    assert 0 <= contracts * 100 - size(signal) < 100


def test_the_multiplier_takes_its_part_and_lots_may_be_finer_than_a_contract(database: Database) -> None:
    store(database, A, yes=[("0.38", "500.00")], no=[("0.60", "9000.00")])
    estimated(database, A=0.5)
    whole = size(judged(database)[A, "yes"])
    quarter = size(judged(database, WIDE.model_copy(update={"kelly_multiplier": 0.25}))[A, "yes"])
    fine = size(judged(database, WIDE.model_copy(update={"lot_hundredths": 1}))[A, "yes"])
    assert abs(quarter - whole / 4) <= 100
    assert whole < fine < whole + 100


def test_no_level_is_taken_whose_own_edge_is_too_small_however_cheap_the_one_before(database: Database) -> None:
    store(database, A, yes=[("0.48", "500.00")], no=[("0.43", "1000.00"), ("0.50", "10.00")])
    estimated(database, A=0.6)
    signal = judged(database, WIDE.model_copy(update={"min_edge": 0.03}))[A, "yes"]
    assert signal.deal is not None
    assert (signal.deal.size, signal.deal.price) == (1_000, 500_000), "the 10 at 0.50, and none at 0.57"


def test_deeper_levels_are_taken_only_as_far_as_they_are_worth_it(database: Database) -> None:
    store(database, A, **BOOK)
    estimated(database, A=0.5)
    signal = judged(database)[A, "yes"]
    assert signal.deal is not None
    assert signal.deal.size > 10_000, "more than the first level shows"
    assert signal.deal.price == 450_000
    estimated_low = judged(database, WIDE.model_copy(update={"kelly_multiplier": 0.3}))[A, "yes"]
    assert estimated_low.deal is not None
    assert (estimated_low.deal.size <= 10_000, estimated_low.deal.price) == (True, 400_000)


def test_levels_beyond_the_collar_make_an_order_smaller_and_not_refused(database: Database) -> None:
    store(database, A, **BOOK)
    estimated(database, A=0.5)
    signal = judged(database, WIDE.model_copy(update={"price_collar": 0.02}))[A, "yes"]
    assert (size(signal), signal.shown.price) == (10_000, 400_000)


def test_exclusive_markets_are_sized_together_and_a_ladder_stakes_no_more_than_its_largest(database: Database) -> None:
    for name in (A, B, C):
        store(database, name, yes=[("0.18", "500.00")], no=[("0.80", "9000.00")], exclusive=True)
    estimated(database, A=0.3, B=0.3, C=0.3)
    together = judged(database)
    for name in (A, B, C):
        store(database, name, yes=[("0.18", "500.00")], no=[("0.80", "9000.00")], exclusive=False)
    ladder = judged(database)
    [alone] = [size(signal) for key, signal in _only(database).items() if key == (A, "yes")]
    assert size(ladder[A, "yes"]) == pytest.approx(alone / 3, abs=200)
    assert size(together[A, "yes"]) == size(together[B, "yes"]) == size(together[C, "yes"])
    assert size(together[A, "yes"]) > size(ladder[A, "yes"]), "exclusive outcomes hedge each other, strikes do not"


def _only(database: Database) -> dict[tuple[str, str], Signal]:
    """Judge A alone: the others have no estimate that counts."""
    with database.write() as connection:
        connection.execute("DELETE FROM estimates WHERE market_id <> ?", (A,))
    return judged(database)


@pytest.mark.parametrize(("kind", "most"), [("ladder", 0.02), ("exclusive", 0.97)])
def test_what_is_held_on_another_market_of_the_event_is_part_of_the_bet(
    database: Database, kind: str, most: float
) -> None:
    store(database, A, yes=[("0.38", "500.00")], no=[("0.60", "9000.00")], exclusive=kind == "exclusive")
    estimated(database, A=0.5)
    alone = judged(database)[A, "yes"]
    assert alone.deal is not None
    books = Standing(equity=1_000_000_000, cash=1_000_000_000)
    books.by_event["KXCPI-26NOV"] = books.by_market[B] = alone.deal.size * alone.deal.price // 100
    assert size(judged(database, standing=books)[A, "yes"]) <= most * alone.deal.size


def test_what_is_held_is_taken_off_and_the_other_side_is_bought_back_first(database: Database) -> None:
    store(database, A, yes=[("0.38", "500.00")], no=[("0.60", "9000.00")])
    estimated(database, A=0.5)
    flat = size(judged(database)[A, "yes"])
    for held in (5_000, -5_000):
        books = Standing(equity=1_000_000_000, cash=1_000_000_000)
        books.held[A] = held
        assert size(judged(database, standing=books)[A, "yes"]) == flat - held
    books = Standing(equity=1_000_000_000, cash=1_000_000_000)
    books.held[A] = flat
    enough = judged(database, standing=books)[A, "yes"]
    assert (checks(enough), size(enough)) == (["kelly"], 0)


def test_an_amount_makes_an_order_smaller_to_the_last_lot_that_fits_and_says_so(database: Database) -> None:
    store(database, A, yes=[("0.38", "500.00")], no=[("0.60", "9000.00")])
    estimated(database, A=0.5)
    knobs = WIDE.model_copy(update={"max_per_event": 20.0})
    signal = judged(database, knobs)[A, "yes"]
    assert signal.deal is not None
    assert signal.deal.most <= 20_000_000
    assert deal(signal.candidate, signal.deal.size + 100, knobs).most > 20_000_000
    assert checks(signal) == ["max_per_event"]
    assert "made smaller" in signal.reasons[0].why


def test_each_order_leaves_less_room_for_the_next_and_the_best_comes_first(database: Database) -> None:
    for name in (A, B):
        store(database, name, yes=[("0.38", "500.00")], no=[("0.60", "9000.00")], exclusive=True)
    estimated(database, A=0.45, B=0.5)
    knobs = WIDE.model_copy(update={"max_per_event": 30.0, "max_per_order": 25.0})
    found = judged(database, knobs)
    assert [key for key, signal in found.items() if signal.deal] == [(B, "yes"), (A, "yes")]
    most = [signal.deal.most for signal in found.values() if signal.deal]
    assert most[0] > 24_000_000
    assert 29_000_000 < sum(most) <= 30_000_000


def test_an_amount_with_no_room_for_one_lot_refuses(database: Database) -> None:
    store(database, A, yes=[("0.38", "500.00")], no=[("0.60", "9000.00")])
    estimated(database, A=0.5)
    books = Standing(equity=1_000_000_000, cash=300_000)
    assert checks(judged(database, standing=books)[A, "yes"]) == ["cash"]


@pytest.mark.parametrize(
    ("stored", "reasons"),
    [
        ({"yes": [("0.38", "500.00")], "no": []}, ["no_offer"]),
        ({**BOOK, "fee_type": "flat"}, ["fee_terms"]),
        ({**BOOK, "fee_type": None}, ["fee_terms"]),
        ({**BOOK, "status": "closed", "fee_type": "cubic"}, ["fee_terms", "market_status"]),
    ],
)
def test_what_cannot_be_priced_says_so_and_still_tells_every_limit_that_needs_no_price(
    database: Database, stored: dict[str, Any], reasons: list[str]
) -> None:
    store(database, A, **stored)
    estimated(database, A=0.5)
    assert checks(judged(database)[A, "yes"]) == reasons


def test_a_stored_book_that_cannot_be_read_is_a_reason_and_no_crash(database: Database) -> None:
    store(database, A, **BOOK)
    estimated(database, A=0.5)
    with database.write() as connection:
        connection.execute("UPDATE orderbooks SET payload_json = ?", (json.dumps({"ticker": A, "orderbook_fp": {}}),))
    assert checks(judged(database)[A, "yes"]) == ["stored_facts", "no_offer"]


def test_an_events_own_fee_terms_are_those_that_count(database: Database) -> None:
    store(database, A, **BOOK)
    estimated(database, A=0.5)
    dear = judged(database)[A, "yes"].shown
    store(database, A, **BOOK, event={"fee_type_override": "quadratic", "fee_multiplier_override": 0})
    free = judged(database)[A, "yes"].shown
    assert dear.fee > 0
    assert free.fee == 0


def test_every_limit_is_asked_about_a_candidate(database: Database) -> None:
    """Asked by a knob or condition that only that limit looks at; the others let it pass."""
    store(database, A, **BOOK)
    estimated(database, A=0.5)
    assert checks(judged(database, halted=lambda _: "stopped")[A, "yes"]) == ["kill_switch"]
    assert checks(judged(database, trading_paused="paused")[A, "yes"]) == ["exchange_paused"]
    assert checks(judged(database, unresolved={A: "an intent"})[A, "yes"]) == ["unresolved"]
    tightened = {
        "max_per_order": 0.1, "max_per_market": 0.1, "max_per_event": 0.1, "max_per_macro_type": 0.1,
        "max_spend_per_day": 0.1, "max_open_orders": 0, "max_loss_per_day": 0.0, "price_collar": 0.0001,
        "min_edge": 0.5, "max_spread": 0.0001, "min_depth": 100_000, "max_snapshot_age_minutes": 1,
        "max_estimate_age_minutes": 1,
        "min_minutes_to_close": 100_000,
    }  # fmt: skip
    for knob, value in tightened.items():
        [name] = [limit.name for limit in LIMITS if limit.knob == knob]
        assert checks(judged(database, WIDE.model_copy(update={knob: value}))[A, "yes"]) == [name]


def test_a_candidate_refused_at_first_sight_still_tells_what_would_be_wanted_of_it_alone(database: Database) -> None:
    store(database, A, yes=[("0.38", "500.00")], no=[("0.60", "9000.00")])
    estimated(database, A=0.5)
    bought = judged(database)[A, "yes"]
    refused = judged(database, halted=lambda _: "stopped")[A, "yes"]
    assert (refused.wanted, refused.deal) == (bought.wanted, None)
    assert judged(database)[A, "no"].wanted == 0


def test_a_crossed_book_is_not_traded_on(database: Database) -> None:
    store(database, A, yes=[("0.55", "500.00")], no=[("0.60", "200.00")])
    estimated(database, A=0.5)
    found = judged(database)
    assert checks(found[A, "yes"]) == checks(found[A, "no"]) == ["max_spread"]

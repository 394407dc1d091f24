"""What a trade cycle reads: the newest estimate and the hour's own book, and what is open and spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kalshi_common.domain.order import Placement
from kalshi_common.storage import equity, estimates, intents, orders, trade_inputs
from kalshi_common.storage.equity import EquityRecord
from kalshi_common.storage.estimates import EstimateRecord
from support.data_dir import HOUR, LATER, NOW
from support.stored_markets import MARKET, intent, store

if TYPE_CHECKING:
    from kalshi_common.storage.database import Database

NEXT_HOUR = "2026-11-23T06:00:00Z"


def estimated(database: Database, probability: float, *, hour: str = HOUR, at: str = NOW, model: str = "m") -> None:
    made = EstimateRecord(
        *(
            MARKET,
            hour,
            "test",
            model,
            "v1",
            "cycle",
            "KXCPI",
            "KXCPI-26NOV",
            "cpi",
            "hash",
            at,
            at,
            None,
            "[]",
            1,
            None,
        ),
        *(probability, "{}", probability, None, 0.5, probability, "{}", probability, 0),
    )
    with database.write() as connection:
        estimates.add(connection, [made])


def read(database: Database, hour: str = HOUR, model: str | None = None) -> list[trade_inputs.MarketInput]:
    with database.read() as connection:
        return trade_inputs.candidates(connection, hour, model=model)


def test_a_market_comes_with_its_newest_estimate_or_the_newest_of_the_model_asked_for(database: Database) -> None:
    store(database)
    estimated(database, 0.4, hour="2026-11-23T04:00:00Z", at="2026-11-23T04:07:09Z")
    estimated(database, 0.5)
    estimated(database, 0.6, model="other", at="2026-11-23T05:06:00Z")
    assert [(row.model, row.probability) for row in read(database)] == [("m", 0.5)]
    assert [(row.model, row.probability) for row in read(database, model="other")] == [("other", 0.6)]
    assert read(database, model="unknown") == []


def test_a_market_without_an_estimate_or_of_another_hour_is_no_candidate(database: Database) -> None:
    store(database)
    assert read(database) == []
    estimated(database, 0.5)
    assert read(database, NEXT_HOUR) == []


def test_a_book_counts_only_in_its_own_hour(database: Database) -> None:
    store(database, yes=[("0.56", "10.00")], no=[("0.42", "5.00")])
    store(database, hour=NEXT_HOUR, seen_at=LATER)
    estimated(database, 0.5)
    [before], [after] = read(database), read(database, NEXT_HOUR)
    assert before.book_json is not None
    assert (after.book_json, after.seen_at_utc) == (None, LATER)


def test_the_newest_hour_is_none_that_lies_in_the_future_or_was_filled_back_from_candles(database: Database) -> None:
    with database.read() as connection:
        assert trade_inputs.newest_hour(connection, until=NEXT_HOUR) is None
    store(database)
    store(database, hour=NEXT_HOUR, source="candle_60")
    store(database, hour="2026-11-23T09:00:00Z")
    with database.read() as connection:
        assert trade_inputs.newest_hour(connection, until="2026-11-23T07:00:00Z") == HOUR


def keep(database: Database, state: str, *, cycle: str, at: str = NOW, filled: int = 0, resting: int = 0) -> None:
    wanted = intent(cycle=cycle, created_at_utc=at, market_id=f"{MARKET}-{cycle}")
    with database.write() as connection:
        intents.add(connection, wanted)
        if state == "intended":
            return
        intents.step(connection, wanted.intent_id, "sent", now=at)
        if state == "accepted":
            fill = (f"f-{cycle}", f"o-{cycle}", wanted.intent_id, "paper", wanted.market_id, "yes", filled or 1)
            fills = (orders.Fill(*fill, 570_000, 50_000, is_taker=True, filled_at_utc=at),) if filled else ()
            status: Any = "resting" if resting else "executed"
            placement = Placement("accepted", None, f"o-{cycle}", status, filled, resting, fills)
            orders.keep_outcome(connection, wanted, placement, now=at)
        elif state != "sent":
            intents.step(connection, wanted.intent_id, state, now=at)  # type: ignore[arg-type]


def test_what_is_open_may_still_cost_its_whole_price_and_fee_and_what_is_over_nothing(database: Database) -> None:
    keep(database, "intended", cycle="a")
    keep(database, "unknown", cycle="b")
    keep(database, "rejected", cycle="c")
    keep(database, "accepted", cycle="d", filled=600, resting=400)
    keep(database, "accepted", cycle="e", filled=1_000)
    with database.read() as connection:
        found = trade_inputs.pending(connection, "paper")
        assert trade_inputs.pending(connection, "live") == []
    whole, rest = 5_800_000 + 180_000, 2_320_000 + 72_000
    assert [(row.size_hundredths, row.cost_microdollars) for row in found] == [
        (1_000, whole),
        (1_000, whole),
        (400, rest),
    ]


def test_what_was_spent_counts_the_fills_of_orders_decided_since(database: Database) -> None:
    keep(database, "accepted", cycle="a", filled=600, at="2026-11-22T23:59:59Z")
    keep(database, "accepted", cycle="b", filled=600)
    with database.read() as connection:
        assert trade_inputs.spent_since(connection, "paper", "2026-11-23") == 600 * 5_700 + 50_000
        assert trade_inputs.spent_since(connection, "live", "2026-11-23") == 0


def worth(database: Database, hour: str, total: int, *, peak: int, venue: Any = "paper") -> None:
    with database.write() as connection:
        equity.keep(connection, EquityRecord(venue, hour, total, 0, 0, total, peak))


def test_equity_of_before_an_accepted_difference_counts_no_more_on_live(database: Database) -> None:
    worth(database, "2026-11-22T23:00:00Z", 800, peak=1_000, venue="live")
    worth(database, HOUR, 300, peak=1_000, venue="live")
    with database.write() as connection:
        connection.execute(
            "INSERT INTO reconciliations VALUES (NULL, 'demo', 0, 0, 0, 0, '[\"money was paid out\"]', '[]', 1, ?)",
            (NOW,),
        )
        assert equity.peak(connection, "live") is None
        assert equity.at_start_of_day(connection, "live", "2026-11-23") is None
    worth(database, NEXT_HOUR, 310, peak=310, venue="live")
    with database.read() as connection:
        assert equity.peak(connection, "live") == 310
        assert equity.at_start_of_day(connection, "live", "2026-11-23") == 310


def test_a_day_begins_with_the_last_equity_before_it_and_a_first_day_with_its_highest(database: Database) -> None:
    with database.read() as connection:
        assert equity.at_start_of_day(connection, "paper", "2026-11-23") is None
        assert equity.peak(connection, "paper") is None
    worth(database, HOUR, 900, peak=1_000)
    worth(database, NEXT_HOUR, 950, peak=1_000)
    worth(database, HOUR, 5, peak=5, venue="live")
    with database.read() as connection:
        assert equity.at_start_of_day(connection, "paper", "2026-11-23") == 1_000
    worth(database, "2026-11-22T22:00:00Z", 700, peak=1_000)
    worth(database, "2026-11-22T23:00:00Z", 800, peak=1_000)
    with database.read() as connection:
        assert equity.at_start_of_day(connection, "paper", "2026-11-23") == 800
        assert equity.peak(connection, "paper") == 1_000

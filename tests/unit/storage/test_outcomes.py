"""Outcomes: what was known, since when, and which markets still wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from kalshi_common.storage import markets, outcomes, snapshots
from support.data_dir import HOUR, LATER, NOW, market, record, rows, snapshot

if TYPE_CHECKING:
    from kalshi_common.domain.market import ObservedMarket
    from kalshi_common.storage.database import Database

ID = record().market_id
YES = market(result="yes", status="determined", settlement_value=1_000_000)


@pytest.fixture(autouse=True)
def _known(database: Database) -> None:
    with database.write() as connection:
        markets.keep(connection, [record()], now=NOW)


def keep(
    database: Database, *found: ObservedMarket, now: str = NOW, source: Literal["live", "historical"] = "live"
) -> int:
    with database.write() as connection:
        return outcomes.keep(connection, found, source=source, now=now)


def awaiting(database: Database, limit: int = 100) -> list[str]:
    with database.read() as connection:
        return outcomes.awaiting(connection, hour=HOUR, limit=limit)


def stored(database: Database) -> Any:
    return rows(database, "SELECT result, status, observed_at_utc FROM outcomes")


@pytest.mark.parametrize(("result", "value"), [("yes", 1_000_000), ("no", 0), ("scalar", 437_500)])
def test_an_outcome_is_stored_as_it_was_received(database: Database, result: str, value: int) -> None:
    seen = market(
        result=result, settlement_value=value, status="finalized", settled_at=NOW, payload_json='{"r":"\N{ROCKET}"}'
    )
    assert keep(database, seen, now=LATER) == 1
    assert rows(database, "SELECT * FROM outcomes") == [
        (ID, result, value, "finalized", NOW, "live", LATER, '{"r":"\N{ROCKET}"}')
    ]


def test_a_market_without_a_result_has_no_outcome_and_goes_on_waiting(database: Database) -> None:
    assert keep(database, market(result="", status="closed")) == 0
    assert keep(database) == 0
    assert stored(database) == []
    assert awaiting(database) == [ID]


def test_the_same_result_seen_again_keeps_the_instant_it_was_first_known(database: Database) -> None:
    keep(database, YES)
    assert keep(database, YES, now=LATER) == 0
    assert stored(database) == [("yes", "determined", NOW)]


def test_a_result_that_becomes_final_was_known_since_it_was_first_seen(database: Database) -> None:
    keep(database, YES)
    assert keep(database, YES._replace(status="finalized", settled_at=LATER), now=LATER) == 1
    assert stored(database) == [("yes", "finalized", NOW)]
    assert rows(database, "SELECT settled_at_utc FROM outcomes") == [(LATER,)]


def test_an_amended_result_is_known_only_since_its_amendment(database: Database) -> None:
    keep(database, YES)
    assert keep(database, YES._replace(result="no", status="amended", settlement_value=0), now=LATER) == 1
    assert stored(database) == [("no", "amended", LATER)]


def test_a_scalar_result_is_known_since_its_value_is(database: Database) -> None:
    scalar = YES._replace(result="scalar", settlement_value=None)
    keep(database, scalar)
    keep(database, scalar._replace(settlement_value=437_500), now=LATER)
    assert stored(database) == [("scalar", "determined", LATER)]
    assert keep(database, scalar._replace(settlement_value=437_500), now="2027-01-01T00:00:00Z") == 0


@pytest.mark.parametrize("change", [{"settlement_value": None}, {"settled_at": NOW}, {"status": "disputed"}])
def test_a_null_on_one_side_counts_as_a_difference(database: Database, change: dict[str, Any]) -> None:
    """Plain `<>` would call a comparison with NULL neither true nor false, and lose the change."""
    keep(database, YES)
    assert keep(database, YES._replace(**change)) == 1
    assert keep(database, YES._replace(**change)) == 0
    assert keep(database, YES) == 1


def test_determined_and_disputed_markets_wait_on_and_finalized_ones_do_not(database: Database) -> None:
    for status in ("determined", "disputed", "amended"):
        keep(database, YES._replace(status=status))
        assert awaiting(database) == [ID]
    keep(database, YES._replace(status="finalized"))
    assert awaiting(database) == []


def test_what_the_historical_data_tells_is_final(database: Database) -> None:
    keep(database, YES, source="historical")
    assert awaiting(database) == []
    assert rows(database, "SELECT source FROM outcomes") == [("historical",)]


def test_a_market_the_hour_shows_as_active_is_not_asked_about(database: Database) -> None:
    with database.write() as connection:
        snapshots.add(connection, [snapshot(hour="2026-11-23T04:00:00Z")])
    assert awaiting(database) == [ID], "it was active an hour ago"
    with database.write() as connection:
        snapshots.add(connection, [snapshot()])
    assert awaiting(database) == []


def test_a_market_the_hour_still_shows_is_asked_about_in_a_later_hour_only(database: Database) -> None:
    with database.write() as connection:
        snapshots.add(connection, [snapshot(status="closed")])
    assert awaiting(database) == []


def test_who_was_asked_longest_ago_comes_first_and_the_limit_holds(database: Database) -> None:
    ids = [f"KX-A-{n}" for n in range(4)]
    with database.write() as connection:
        markets.keep(connection, [record(name) for name in ids], now=NOW)
        outcomes.checked(connection, [ID, ids[3]], now=LATER)
        outcomes.checked(connection, [ids[0]], now=NOW)
    assert awaiting(database) == [ids[1], ids[2], ids[0], ids[3], ID]
    assert awaiting(database, limit=2) == [ids[1], ids[2]]
    assert awaiting(database, limit=0) == []


def test_an_outcome_of_a_market_never_seen_is_stored_all_the_same(database: Database) -> None:
    assert keep(database, market("KX-A-9", result="no", status="finalized")) == 1

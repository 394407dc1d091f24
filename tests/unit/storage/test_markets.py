"""Facts of markets, events and series: written when they change, and when they were first and last seen."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.market import ObservedEvent, ObservedSeries
from kalshi_common.domain.snapshot import MarketRecord
from kalshi_common.storage import markets, outcomes, snapshots
from support.data_dir import HOUR, LATER, NOW, market, migrated, record, rows, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from kalshi_common.storage.database import Database

EVENT = ObservedEvent("KXCPI-26NOV", "KXCPI", "CPI in November", "Economics", False, '{"e":1}')
SERIES = ObservedSeries("KXCPI", "CPI", "Economics", "monthly", "quadratic", "1", '{"s":1}')


def keep(database: Database, *records: MarketRecord, now: str = NOW) -> int:
    with database.write() as connection:
        return markets.keep(connection, records, now=now)


def seen(database: Database) -> list[Any]:
    return rows(database, "SELECT market_id, title, first_seen_at_utc, changed_at_utc FROM markets ORDER BY 1")


def test_a_new_market_is_stored_with_every_fact(database: Database) -> None:
    facts = record()
    assert keep(database, facts) == 1
    assert rows(database, f"SELECT {', '.join(MarketRecord._fields)} FROM markets") == [tuple(facts)]
    assert seen(database) == [(facts.market_id, facts.title, NOW, NOW)]


def test_an_unchanged_market_is_not_written_again(database: Database) -> None:
    keep(database, record())
    assert keep(database, record(), now=LATER) == 0
    assert [row[3] for row in seen(database)] == [NOW]


def test_a_changed_market_keeps_the_instant_it_was_first_seen(database: Database) -> None:
    keep(database, record())
    assert keep(database, record(facts={"title": "Renamed"}), now=LATER) == 1
    assert seen(database) == [(record().market_id, "Renamed", NOW, LATER)]


@pytest.mark.parametrize(
    "change",
    [
        {"facts": {"rules_primary": "other rules"}},
        {"facts": {"floor_strike": None}},
        {"facts": {"can_close_early": None}},
        {"close_time": "2026-12-11T00:00:00Z"},
        {"event_ticker": "KXCPI-26NOVB"},
    ],
)
def test_each_fact_counts_as_a_change(database: Database, change: dict[str, Any]) -> None:
    keep(database, record())
    assert keep(database, record(**change)) == 1


def test_price_and_status_are_no_facts() -> None:
    assert record(yes_bid=1, status="closed", volume=9, payload_json="{}") == record()


def test_facts_that_change_do_not_touch_what_is_known_of_the_outcome(database: Database) -> None:
    keep(database, record())
    with database.write() as connection:
        outcomes.keep(connection, [market(result="yes", status="finalized")], source="live", now=NOW)
        outcomes.checked(connection, [record().market_id], now=NOW)
    keep(database, record(facts={"title": "Renamed"}), now=LATER)
    assert rows(database, "SELECT outcome_is_final, outcome_checked_at_utc FROM markets") == [(1, NOW)]


def test_a_page_with_one_market_twice_and_a_page_without_any_are_taken(database: Database) -> None:
    keep(database, record(), record(facts={"title": "Renamed"}))
    assert [row[1] for row in seen(database)] == ["Renamed"]
    assert keep(database) == 0


def test_market_ids_with_quotes_and_emoji_are_found_again(database: Database) -> None:
    odd = [record(f"KX-A-{name}") for name in ('"', "'", "\\", "\N{ROCKET}", ",", "[]")]
    assert keep(database, *odd) == len(odd)
    assert keep(database, *odd) == 0


def test_an_event_tells_when_it_was_last_seen_and_when_it_last_changed(database: Database) -> None:
    found = "SELECT title, mutually_exclusive, payload_json, observed_at_utc, changed_at_utc FROM events"
    with database.write() as connection:
        markets.keep_events(connection, [EVENT], now=NOW)
        markets.keep_events(connection, [EVENT], now=LATER)
    assert rows(database, found) == [("CPI in November", 0, '{"e":1}', LATER, NOW)]
    with database.write() as connection:
        markets.keep_events(connection, [EVENT._replace(title="CPI", payload_json='{"e":2}')], now=LATER)
    assert rows(database, found) == [("CPI", 0, '{"e":2}', LATER, LATER)]


def test_a_series_tells_when_it_was_last_seen_and_when_it_last_changed(database: Database) -> None:
    found = "SELECT fee_type, fee_multiplier, payload_json, observed_at_utc, changed_at_utc FROM series"
    with database.write() as connection:
        markets.keep_series(connection, [SERIES], now=NOW)
        markets.keep_series(connection, [SERIES], now=LATER)
    assert rows(database, found) == [("quadratic", "1", '{"s":1}', LATER, NOW)]
    with database.write() as connection:
        markets.keep_series(connection, [SERIES._replace(fee_multiplier="0.5", payload_json='{"s":2}')], now=LATER)
        assert markets.known_series(connection) == {"KXCPI"}
    assert rows(database, found) == [("quadratic", "0.5", '{"s":2}', LATER, LATER)]


def test_facts_are_stale_when_missing_or_older_than_asked_and_only_for_the_hours_own_rows(database: Database) -> None:
    with database.write() as connection:
        snapshots.add(connection, [snapshot("KXCPI-26NOV-1"), snapshot("KXCPI-26NOV-2"), snapshot("KXFED-26DEC-1")])
        snapshots.add(connection, [snapshot("KXGDP-26DEC-1", hour="2026-11-23T04:00:00Z")])
        markets.keep_events(connection, [EVENT], now=NOW)
        markets.keep_series(connection, [SERIES], now=NOW)

        def stale(older_than: str) -> markets.StaleFacts:
            return markets.stale_facts(connection, hour=HOUR, older_than=older_than)

        assert stale(NOW) == (["KXFED"], [("KXFED-26DEC", "KXFED")])
        assert stale(LATER) == (["KXCPI", "KXFED"], [("KXCPI-26NOV", "KXCPI"), ("KXFED-26DEC", "KXFED")])


def quantiles(database: Database, parts: int) -> list[str]:
    with database.read() as connection:
        return markets.created_quantiles(connection, parts)


def created(times: list[str | None]) -> list[MarketRecord]:
    return [record(f"KX-A-{n}", facts={"created_time": time}) for n, time in enumerate(times)]


def test_cuts_part_the_unsettled_markets_into_equal_shares_by_creation(database: Database) -> None:
    keep(database, *created([f"2026-11-{day:02}T00:00:00Z" for day in range(24, 0, -1)]))
    assert quantiles(database, 4) == ["2026-11-07T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-19T00:00:00Z"]
    with database.write() as connection:
        connection.execute("UPDATE markets SET outcome_is_final = 1 WHERE created_time_utc < '2026-11-13'")
    assert quantiles(database, 3) == ["2026-11-17T00:00:00Z", "2026-11-21T00:00:00Z"]


def test_of_many_markets_the_cuts_part_a_sample_about_equally(database: Database) -> None:
    many = 20_000
    times = [f"2026-{1 + n % 12:02}-{1 + n % 28:02}T{n % 24:02}:{n % 60:02}:00Z" for n in range(many)]
    keep(database, *created(list(times)))
    edges = ["", *quantiles(database, 8), "9"]
    shares = [sum(low <= time < high for time in times) for low, high in pairwise(edges)]
    assert len(shares) == 8
    assert max(shares) < 1.2 * many / 8


def test_few_markets_or_none_give_no_cut(database: Database) -> None:
    assert quantiles(database, 4) == []
    keep(database, *created(["2026-11-01T00:00:00Z", None, None, None, None, None]))
    assert quantiles(database, 4) == []


def test_a_creation_time_nobody_can_mean_makes_no_cut(database: Database) -> None:
    """The exchange is written in Go, whose unset time is the year 1: no window may end there."""
    never = ["0001-01-01T00:00:00Z", "1-01-01T00:00:00Z"] * 10
    keep(database, *created([*never, *["2026-11-01T00:00:00Z"] * 4]))
    assert quantiles(database, 2) == ["2026-11-01T00:00:00Z"]


@given(st.lists(st.integers(0, 30), max_size=80), st.integers(2, 30))
def test_cuts_are_rising_instants_of_known_markets(
    tmp_path_factory: pytest.TempPathFactory, days: list[int], parts: int
) -> None:
    path: Path = tmp_path_factory.mktemp("cuts")
    times = [f"2026-10-{1 + day:02}T00:00:00Z" for day in days]
    with migrated(path) as database:
        keep(database, *created(list(times)))
        cuts = quantiles(database, parts)
    assert cuts == sorted(set(cuts))
    assert set(cuts) <= set(times)
    assert len(cuts) < parts

"""Finding missing rows in real databases: by the ledger, by the market, and never one too many or too few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.gap import hour_text
from kalshi_common.errors import ConfigError, StorageError
from kalshi_common.storage import gap_search
from kalshi_common.storage.database import reading
from support.data_dir import migrated
from support.small_world import FIRST, SmallMarket, clear, instant, put_hours, put_markets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kalshi_common.domain.coverage import Gaps
    from kalshi_common.storage.database import Database

HOURS = 12


def find(database: Database, now: int = HOURS, **options: object) -> Gaps:
    """Look at the hours before `now`, counted from the first, through a read-only connection."""
    options.setdefault("usual", "macro")
    with reading(database.path.parent) as connection:
        return gap_search.find(connection, gap_search.question(now=instant(now * 60 + 7), **options))


def missing(gaps: Gaps) -> set[tuple[str, int]]:
    return {
        (loss.life.market_id, hour - FIRST)
        for loss in gaps.losses()
        for hour in range(loss.span.first, loss.span.last + 1)
    }


WHOLE_DAY = SmallMarket(0, 10_000, frozenset(range(HOURS)))
WORLDS = st.tuples(
    st.lists(st.sampled_from(["complete", "partial", "missed", "backfilled"]), min_size=1, max_size=HOURS),
    st.lists(
        st.builds(
            SmallMarket,
            st.integers(0, 400),
            st.integers(0, 900),
            st.frozensets(st.integers(0, HOURS - 1)),
            st.just("KXCPI"),
        ),
        max_size=5,
    ),
)


@pytest.fixture(scope="module")
def reused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all examples: making each its own takes a hundred times as long as looking at it."""
    with migrated(tmp_path_factory.mktemp("reused")) as opened:
        yield opened


@given(WORLDS)
def test_rows_and_holes_share_out_the_hours_each_market_belongs_in(
    reused: Database, world: tuple[list[str], list[SmallMarket]]
) -> None:
    statuses, markets = ["complete", *world[0]], world[1]
    # A row needs a cycle or a back-fill: a missed hour has none.
    markets = [
        market._replace(rows=frozenset(h for h in market.rows if h < len(statuses) and statuses[h] != "missed"))
        for market in markets
    ]
    clear(reused)
    put_hours(reused, statuses)
    put_markets(reused, markets)
    gaps = find(reused, len(statuses))
    due = {
        (market.name(number), hour)
        for number, market in enumerate(markets)
        for hour, status in enumerate(statuses)
        if market.is_due(hour, status)
    }
    rows = {(market.name(number), hour) for number, market in enumerate(markets) for hour in market.rows}
    assert missing(gaps) == due - rows
    total = sum(one.present for one in gaps.coverage("total"))
    assert total == len(due & rows)
    by_hour = gaps.missing_by_hour()
    assert sum(sum(counts.values()) for counts in by_hour.values()) == len(due - rows)


def test_a_machine_that_was_off_for_three_days_missed_exactly_72_hours(database: Database) -> None:
    put_hours(database, ["complete", *["missed"] * 72, "complete"])
    put_markets(database, [SmallMarket(0, 10_000, frozenset({0, 73}))])
    gaps = find(database, 74)
    assert gaps.hours_by_status() == {"complete": 2, "missed": 72}
    [gap] = gaps.hour_gaps()
    assert (gap.span.hours, gap.status, gap.label, gap.recoverable, gap.lost) == (72, "missed", "recoverable", 72, 0)


def test_hours_since_the_last_cycle_are_missed_but_not_the_one_in_progress(database: Database) -> None:
    put_hours(database, ["complete"])
    put_markets(database, [SmallMarket(0, 10_000, frozenset({0}))])
    assert find(database, 1).is_whole()
    assert missing(find(database, 4)) == {("KXCPI-26NOV-T0", 1), ("KXCPI-26NOV-T0", 2), ("KXCPI-26NOV-T0", 3)}


def test_a_clock_set_back_an_hour_shows_no_gap(database: Database) -> None:
    put_hours(database, ["complete", "complete"])
    put_markets(database, [SmallMarket(0, 10_000, frozenset({0, 1}))])
    assert find(database, 1).is_whole()
    assert find(database, 0).window is None


def test_a_hole_in_a_complete_hour_is_found_market_by_market(database: Database) -> None:
    put_hours(database, ["complete"] * HOURS)
    put_markets(database, [WHOLE_DAY, WHOLE_DAY._replace(rows=WHOLE_DAY.rows - {3, 4, 8})])
    gaps = find(database)
    assert gaps.hour_gaps() == []
    assert [(loss.life.market_id, loss.span.first - FIRST, loss.span.hours) for loss in gaps.losses()] == [
        ("KXCPI-26NOV-T1", 3, 2),
        ("KXCPI-26NOV-T1", 8, 1),
    ]
    [coverage] = gaps.coverage("series_ticker")
    assert (coverage.name, coverage.expected, coverage.present, coverage.percent) == ("KXCPI", 24, 21, "87.50")


def test_one_row_missing_of_many_is_never_shown_as_all(database: Database) -> None:
    put_hours(database, ["complete"] * HOURS)
    put_markets(database, [WHOLE_DAY] * 999 + [WHOLE_DAY._replace(rows=WHOLE_DAY.rows - {3})])
    assert find(database).coverage("total")[0].percent == "99.99"


def test_a_determined_market_misses_nothing_afterwards(database: Database) -> None:
    put_hours(database, ["complete"] * HOURS)
    put_markets(database, [WHOLE_DAY._replace(rows=frozenset(range(6)))])
    with database.write() as connection:
        connection.execute(
            """INSERT INTO outcomes (market_id, result, status, source, observed_at_utc, payload_json)
               VALUES ('KXCPI-26NOV-T0', 'yes', 'determined', 'live', ?, '{}')""",
            (instant(6 * 60),),
        )
    assert find(database).is_whole()


def test_a_market_the_exchange_gives_no_close_time_is_due_until_it_is_determined(database: Database) -> None:
    put_hours(database, ["complete"] * HOURS)
    put_markets(database, [WHOLE_DAY._replace(rows=WHOLE_DAY.rows - {11})])
    for nothing in (None, "0001-01-01T00:00:00Z"):
        with database.write() as connection:
            connection.execute("UPDATE markets SET close_time_utc = ?", (nothing,))
        assert missing(find(database)) == {("KXCPI-26NOV-T0", 11)}


def test_a_series_added_later_is_not_missing_from_the_hours_before(database: Database) -> None:
    put_hours(database, ["complete"] * 4)
    with database.write() as connection:
        connection.execute(
            """INSERT INTO snapshot_walks (snapshot_hour_utc, scope, walk, cycle_id, ended, pages, rows_seen,
                 rows_inserted, bytes_received) VALUES (?, 'macro', 'KXFED', 'c', 'empty_cursor', 1, 1, 1, 1)""",
            (hour_text(FIRST + 3),),
        )
    put_markets(database, [SmallMarket(0, 10_000, frozenset({3}), series="KXFED")])
    assert find(database, 4).is_whole()
    assert missing(find(database, 5)) == {("KXFED-26NOV-T0", 4)}


def test_a_series_taken_out_of_the_configuration_is_not_missing_afterwards(database: Database) -> None:
    put_hours(database, ["complete"] * 4)
    with database.write() as connection:
        connection.execute("DELETE FROM snapshot_walks WHERE snapshot_hour_utc > ?", (hour_text(FIRST + 1),))
    put_markets(database, [SmallMarket(0, 10_000, frozenset({0, 1}))])
    assert find(database, 6).losses
    assert missing(find(database, 6)) == set()


def test_a_cycle_killed_before_it_walked_takes_no_series_from_the_hours_that_follow(database: Database) -> None:
    put_hours(database, ["complete", "partial"])
    with database.write() as connection:
        connection.execute("DELETE FROM snapshot_walks WHERE snapshot_hour_utc = ?", (hour_text(FIRST + 1),))
    put_markets(database, [SmallMarket(0, 10_000, frozenset({0}))])
    assert missing(find(database, 3)) == {("KXCPI-26NOV-T0", 1), ("KXCPI-26NOV-T0", 2)}


def test_since_until_series_and_market_narrow_the_look(database: Database) -> None:
    put_hours(database, ["complete"] * HOURS, series=["KXCPI", "KXFED"])
    put_markets(database, [SmallMarket(0, 10_000, frozenset({0})), SmallMarket(0, 10_000, frozenset(), "KXFED")])
    narrow = find(database, since=hour_text(FIRST + 4), until=hour_text(FIRST + 6), series=["KXFED"])
    assert missing(narrow) == {("KXFED-26NOV-T1", 4), ("KXFED-26NOV-T1", 5)}
    assert {name for name, _ in missing(find(database, market="KXCPI-26NOV-T0"))} == {"KXCPI-26NOV-T0"}
    assert find(database, since=hour_text(FIRST + 40)).window is None


def test_another_scope_is_looked_at_by_name_and_ends_with_its_last_hour(database: Database) -> None:
    put_hours(database, ["complete"] * 3)
    with database.write() as connection:
        connection.execute("UPDATE snapshot_hours SET scope = 'series' WHERE snapshot_hour_utc < ?", (instant(120),))
    assert find(database).scope == "macro"
    series = find(database, scope="series")
    assert series.window is not None
    assert series.window.last == FIRST + 1
    assert find(database, usual="series").hours_by_status()["missed"] == HOURS - 2, "the configured one goes on"


@pytest.mark.parametrize("options", [{"scope": "all"}, {"series": ["KXNONE"]}, {"market": "KXNONE-1"}])
def test_what_the_database_does_not_know_is_refused(database: Database, options: dict[str, object]) -> None:
    put_hours(database, ["complete"])
    with pytest.raises(ConfigError, match=f"^--{next(iter(options))}: "):
        find(database, **options)


def test_an_empty_ledger_says_that_no_cycle_has_run(database: Database) -> None:
    with pytest.raises(StorageError, match="no collect cycle has run yet"):
        find(database)

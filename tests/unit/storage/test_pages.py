"""What the pages and figures read, against the made-up world of the monitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kalshi_common.errors import StorageError
from kalshi_common.storage import estimate_pages, market_pages, overview, trade_pages
from kalshi_common.storage.measures import measures
from kalshi_common.storage.readers import Connection, Readers
from support.data_dir import migrated
from support.monitor_world import OUTAGE, SERIES, STRIKES, fill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEWEST = "2026-11-23T05:00:00Z"
DAY = "2026-11-23"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    with migrated(folder) as database:
        fill(database)
    return folder


@pytest.fixture
def connection(world: Path) -> Iterator[Connection]:
    with Readers(world).reading() as opened:
        yield opened


def test_the_ledger_is_read_newest_first_and_from_an_hour_on(connection: Connection) -> None:
    found = overview.hours_since(connection, "2026-11-23T03:00:00Z")
    assert [row.snapshot_hour_utc[11:13] for row in found] == ["05", "04", "03"]
    assert found[0].rows_seen == STRIKES * len(SERIES)


def test_the_last_cycles_of_all_modes_come_together(connection: Connection) -> None:
    found = overview.last_cycles(connection, 3)
    assert [(cycle.mode, cycle.started_at_utc[11:16]) for cycle in found] == [
        ("analyze", "05:22"), ("collect", "05:05"), ("collect", "04:05")
    ]  # fmt: skip


def test_outcomes_come_as_they_became_known_with_their_markets_title(connection: Connection) -> None:
    first, second = overview.latest_outcomes(connection, 2)
    assert (first.market_id, first.result) == ("KXJOBLESSCLAIMS-26NOV20-T220", "yes")
    assert first.title == "Will KXJOBLESSCLAIMS come in above the strike?"
    assert first.observed_at_utc > second.observed_at_utc


def test_the_latest_outcomes_are_found_without_reading_all_of_them(connection: Connection) -> None:
    plan = [row["detail"] for row in connection.execute(
        "EXPLAIN QUERY PLAN SELECT market_id FROM outcomes ORDER BY observed_at_utc DESC LIMIT 5"
    )]  # fmt: skip
    assert any("outcomes_by_time" in step for step in plan)


def test_the_rows_held_are_counted_without_counting(connection: Connection) -> None:
    counted = connection.execute("SELECT count(*) FROM market_snapshots").fetchone()[0]
    assert overview.rows_held(connection) == counted


def test_days_add_up_to_what_hours_added(connection: Connection) -> None:
    by_day = overview.rows_by_day(connection, "2026-11-15")
    assert list(by_day)[-1] == DAY
    assert sum(by_day.values()) == sum(row.rows_inserted for row in overview.hours_since(connection, "2026-11-15"))


def test_a_series_of_the_newest_hour_is_told_with_its_markets(connection: Connection) -> None:
    assert market_pages.newest_hour(connection) == NEWEST
    found = market_pages.series_of_hour(connection, NEWEST)
    assert [(row.series_ticker, row.markets, row.events) for row in found] == [
        (name, STRIKES, 1) for name in sorted(SERIES)
    ]


def test_a_ticker_is_found_by_its_beginning_settled_or_not(connection: Connection) -> None:
    found = market_pages.markets_beginning(connection, NEWEST, "KXU3-26", 50)
    assert [market.market_id for market in found][:2] == ["KXU3-26NOV-T0.0", "KXU3-26NOV-T0.1"]
    settled = found[-1]
    assert (settled.market_id, settled.result, settled.yes_bid_microdollars) == ("KXU3-26OCT-T4.1", "yes", None)
    assert market_pages.markets_beginning(connection, NEWEST, "KXU3_26", 50) == []
    assert len(market_pages.markets_beginning(connection, NEWEST, "KX", 7)) == 7


def test_a_search_by_beginning_uses_the_key(connection: Connection) -> None:
    plan = [row["detail"] for row in connection.execute(
        "EXPLAIN QUERY PLAN SELECT 1 FROM markets m WHERE m.market_id >= 'KX' AND m.market_id < 'KY' LIMIT 5"
    )]  # fmt: skip
    assert any("SEARCH" in step for step in plan)


def test_a_markets_history_is_oldest_first_with_its_sources(connection: Connection) -> None:
    rows = market_pages.history_of(connection, "KXCPI-26NOV-T0.3", "2026-11-20T00:00:00Z")
    assert rows[-1].snapshot_hour_utc == NEWEST == market_pages.last_hour_of(connection, "KXCPI-26NOV-T0.3")
    assert {row.source for row in rows} == {"observed", "candle_60"}
    assert [row.snapshot_hour_utc for row in rows] == sorted(row.snapshot_hour_utc for row in rows)


def test_a_market_never_seen_has_no_facts_and_no_history(connection: Connection) -> None:
    assert market_pages.facts_of(connection, "NOPE") is None
    assert market_pages.last_hour_of(connection, "NOPE") is None
    assert market_pages.history_of(connection, "NOPE", "") == []


def test_a_settled_markets_facts_have_its_outcome(connection: Connection) -> None:
    facts = market_pages.facts_of(connection, "KXGDP-26Q3-S")
    assert facts is not None
    assert (facts.result, facts.settlement_value_microdollars, facts.outcome_status) == ("scalar", 427_500, "finalized")


def test_the_figures_agree_with_the_tables(connection: Connection) -> None:
    found = measures(connection, day=DAY)
    assert found.hours_by_status == {"backfilled": 3, "complete": 230, "partial": 4}
    assert sum(found.hours_by_status.values()) == 240 - (len(OUTAGE) - 3)
    assert found.markets == STRIKES * len(SERIES) + 5
    assert found.outcomes == 5
    assert found.cycles == {("analyze", "ok"): 10, ("collect", "incomplete"): 4, ("collect", "ok"): 230}
    assert {each.mode: each.outcome for each in found.last_cycles} == {"collect": "ok", "analyze": "ok"}
    charged = connection.execute("SELECT sum(actual_nanodollars), sum(input_tokens) FROM llm_calls").fetchone()
    assert (found.spent_month.nanodollars, found.spent_month.input_tokens) == tuple(charged)
    assert 0 < found.spent_day.nanodollars < found.spent_month.nanodollars
    paper, live = sorted(found.venues, key=lambda venue: venue.venue, reverse=True)
    assert (paper.open_positions, live.open_positions, live.equity_microdollars) == (5, 0, None)


def test_the_costs_of_the_days_are_the_ledgers(connection: Connection) -> None:
    days = estimate_pages.cost_by_day(connection, "2026-11-20")
    assert list(days) == ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"]
    newest, *_ = estimate_pages.latest_estimates(connection, 3)
    assert newest.estimated_at_utc.startswith(DAY)
    assert estimate_pages.newest_score(connection) is None


def test_a_candidate_is_counted_under_each_reason_it_was_refused_for(connection: Connection) -> None:
    funnel = trade_pages.last_funnel(connection)
    assert funnel is not None
    assert (funnel.venue, funnel.candidates, funnel.taken) == ("paper", 40, 5)
    counted = connection.execute(
        "SELECT count(*) FROM signals, json_each(reasons_json) WHERE decision = 'refused'"
    ).fetchone()[0]
    assert sum(count for _, count in funnel.reasons) == counted
    assert [count for _, count in funnel.reasons] == sorted((count for _, count in funnel.reasons), reverse=True)


def test_an_empty_database_has_nothing_anywhere(tmp_path: Path) -> None:
    migrated(tmp_path).close()
    with Readers(tmp_path).reading() as connection:
        assert (overview.first_hour(connection), market_pages.newest_hour(connection)) == (None, None)
        assert overview.rows_held(connection) == 0
        assert overview.last_cycles(connection, 5) == []
        assert trade_pages.last_funnel(connection) is None
        assert trade_pages.equity_since(connection, "") == []
        assert measures(connection, day=DAY).rows_inserted == 0


def test_all_queries_of_a_page_see_one_state_of_the_database(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        fill(database, days=2, money=False)
        with Readers(tmp_path).reading() as connection:
            before = overview.rows_held(connection)
            with database.write() as writing:
                writing.execute("DELETE FROM market_snapshots")
            assert overview.rows_held(connection) == before
            assert market_pages.newest_hour(connection) == NEWEST


def test_a_page_can_change_nothing(connection: Connection) -> None:
    with pytest.raises(Exception, match="readonly"):
        connection.execute("DELETE FROM markets")


def test_the_end_interrupts_a_query_under_way_and_refuses_new_ones(world: Path) -> None:
    readers = Readers(world)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    def end_after(connection: Connection, steps: int) -> None:
        left = iter(range(steps))

        def step() -> int:
            if next(left, None) is None:
                readers.end()
            return 0

        connection.set_progress_handler(step, 1000)

    with pytest.raises(StorageError, match="interrupted"), readers.reading() as connection:  # noqa: PT012  # both are it
        end_after(connection, 3)
        connection.execute(endless).fetchone()
    with pytest.raises(StorageError, match="ending"), readers.reading():
        pass

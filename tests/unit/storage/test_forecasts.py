"""Forecasts beside their results: what was known when, and that nothing later can come back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.storage import forecasts, markets, score_reports, snapshots
from support.data_dir import record, rows, snapshot
from support.forecast_world import MODEL, PROMPT, add_estimates, add_result, at, estimate_row

if TYPE_CHECKING:
    from kalshi_common.storage.database import Database

ID = "KXCPI-26JUN-T0.3"
KNOWN = at(61)
SPANS = ((1, 6), (6, 24), (24, 72))


def plant(database: Database, *estimates: dict[str, Any], result: str = "yes", known_at: str = KNOWN) -> None:
    with database.write() as connection:
        markets.keep(connection, [record(ID, close_time=at(60))], now=at(0))
        add_estimates(connection, *(estimates or (estimate_row(),)))
        add_result(connection, ID, result, known_at=known_at)


def scored(database: Database, *, as_of: str = at(100), **more: Any) -> list[forecasts.ScoredForecast]:
    with database.read() as connection:
        return [row for batch in forecasts.estimates_with_result(connection, as_of=as_of, **more) for row in batch]


def fitted_on(database: Database, *, as_of: str = at(100), model: str = MODEL) -> forecasts.KnownResults:
    with database.read() as connection:
        return forecasts.known_results(connection, model=model, prompt_version=PROMPT, as_of=as_of)


def mids(database: Database, *, as_of: str = at(100), since: str = "") -> list[forecasts.ScoredForecast]:
    with database.read() as connection:
        found = forecasts.mids_with_result(connection, as_of=as_of, since=since, horizons=SPANS)
        return [row for batch in found for row in batch]


def test_an_estimate_is_read_beside_its_result(database: Database) -> None:
    plant(database)
    [row] = scored(database)
    assert (row.model, row.prompt_version, row.market_id, row.event_ticker) == (MODEL, PROMPT, ID, "KXCPI-26JUN")
    assert (row.probability, row.blended, row.market_mid, row.result, row.looks_ahead) == (0.55, 0.55, 0.5, "yes", 0)
    assert row.close_s is not None
    assert (row.close_s - row.observed_s) / 3600 == pytest.approx(59.9)


def test_a_result_is_read_only_from_the_second_it_was_known(database: Database) -> None:
    plant(database)
    before = at(61 - 1 / 3600)
    assert (scored(database, as_of=before), fitted_on(database, as_of=before).rows, mids(database, as_of=before)) == (
        [],
        [],
        [],
    )
    assert len(scored(database, as_of=KNOWN)) == len(fitted_on(database, as_of=KNOWN).rows) == 1


FUTURE = {
    "estimated after its result was known": estimate_row(estimated_at_utc=at(62)),
    "estimated at the second its result was known": estimate_row(estimated_at_utc=KNOWN),
    "a snapshot later than the estimate": estimate_row(observed_at_utc=at(0.3)),
    "a line fitted later than the snapshot": estimate_row(recalibration_json=json.dumps({"as_of_utc": at(0.15)})),
    "a packet later than the snapshot": estimate_row(packet_hash="later"),
}


@pytest.mark.parametrize("planted", FUTURE.values(), ids=FUTURE)
def test_a_planted_row_that_looks_ahead_is_marked_and_never_fitted_on(
    database: Database, planted: dict[str, Any]
) -> None:
    with database.write() as connection:
        connection.execute("INSERT INTO packets VALUES ('later', ?, ?, ?, '{}', ?)", (ID, at(0), at(0.15), at(0.15)))
    plant(database, planted, estimate_row(snapshot_hour_utc=at(1)))
    assert sorted(row.looks_ahead for row in scored(database)) == [0, 1]
    assert len(fitted_on(database).rows) == 1


def test_an_estimate_made_after_the_settlement_that_we_saw_late_looks_ahead(database: Database) -> None:
    plant(database, estimate_row(estimated_at_utc=at(65)), known_at=at(70))
    assert [row.looks_ahead for row in scored(database)] == [0]
    with database.write() as connection:
        connection.execute("UPDATE outcomes SET settled_at_utc = ?", (at(64),))
    assert [row.looks_ahead for row in scored(database)] == [1]
    with database.write() as connection:  # the exchange writes the year 1 where it has no instant
        connection.execute("UPDATE outcomes SET settled_at_utc = '0001-01-01T00:00:00Z'")
    assert [row.looks_ahead for row in scored(database)] == [0]


def test_estimates_of_the_future_are_not_there_yet(database: Database) -> None:
    plant(database, estimate_row(observed_at_utc=at(5), estimated_at_utc=at(200)))
    assert scored(database, as_of=at(199)) == []


def test_scalar_results_are_read_for_their_number_and_not_fitted_on(database: Database) -> None:
    plant(database, result="scalar")
    assert [row.result for row in scored(database)] == ["scalar"]
    assert fitted_on(database) == ([], 1)


def test_only_the_asked_model_and_time_are_read(database: Database) -> None:
    plant(
        database,
        estimate_row(),
        estimate_row(model="other"),
        estimate_row(snapshot_hour_utc=at(9), observed_at_utc=at(9), estimated_at_utc=at(9)),
    )
    assert len(scored(database)) == 3
    assert [row.model for row in scored(database, model="other")] == ["other"]
    assert len(scored(database, since=at(8))) == 1
    assert len(fitted_on(database, model="other").rows) == 1


def add_snapshots(database: Database, *hours: float, **changes: Any) -> None:
    with database.write() as connection:
        seen = [snapshot(ID, hour=at(hour), created_at_utc=at(hour + 0.1)) for hour in hours]
        snapshots.add(connection, [row._replace(**changes) for row in seen])


def test_the_mid_of_each_span_is_that_of_its_newest_snapshot(database: Database) -> None:
    plant(database)
    add_snapshots(database, 58, 56, 52, 40, 37, 20)
    found = sorted(mids(database), key=lambda row: -row.observed_s)
    assert all(row.close_s is not None and row.probability == row.aggregated == 0.57 for row in found)
    assert [((row.close_s or 0) - row.observed_s) / 3600 for row in found] == [2, 8, 40]
    assert {(row.model, row.market_mid, row.result, row.looks_ahead) for row in found} == {("market", None, "yes", 0)}


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "candle_60"},
        {"yes_bid_microdollars": 0},
        {"yes_ask_microdollars": 1_000_000},
        {"yes_bid_microdollars": 600_000},
        {"yes_bid_microdollars": None},
    ],
)
def test_what_nobody_saw_or_has_no_two_sides_gives_no_mid(database: Database, changes: dict[str, Any]) -> None:
    plant(database)
    add_snapshots(database, 58, **changes)
    assert mids(database) == []


def test_a_snapshot_stored_after_the_result_was_known_looks_ahead(database: Database) -> None:
    plant(database)
    add_snapshots(database, 58, created_at_utc=at(62))
    assert [row.looks_ahead for row in mids(database)] == [1]


def test_spending_is_summed_by_model_prompt_and_day(database: Database) -> None:
    plant(
        database,
        estimate_row(),
        estimate_row(snapshot_hour_utc=at(1)),
        estimate_row(model="z", snapshot_hour_utc=at(30), observed_at_utc=at(30), estimated_at_utc=at(30)),
    )
    with database.read() as connection:
        found = forecasts.spending(connection, as_of=at(100))
    assert [(row.model, row.estimates, row.nanodollars) for row in found] == [
        (MODEL, 2, 2_000_000),
        ("z", 1, 1_000_000),
    ]
    assert found[1].day_s - found[0].day_s == 86_400


def test_of_each_day_the_last_report_is_kept(database: Database) -> None:
    with database.write() as connection:
        for text, now in (("1", at(0)), ("2", at(3)), ("3", at(24))):
            score_reports.add(connection, text, cycle_id=None, now=now)
    assert rows(database, "SELECT report_json, scored_at_utc FROM score_reports ORDER BY score_id") == [
        ("2", at(3)),
        ("3", at(24)),
    ]

"""The proof that an hour is complete: what counts for it, what does not, and that it is never lost again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.storage import ledger
from kalshi_common.storage.ledger import HourKey, WalkRecord
from support.data_dir import HOUR, LATER, NOW, migrated, rows

if TYPE_CHECKING:
    from kalshi_common.storage.database import Database

KEY = HourKey(HOUR, "macro")


def begin(database: Database, cycle_id: str = "c1", key: HourKey = KEY) -> None:
    with database.write() as connection:
        ledger.begin(connection, key, cycle_id=cycle_id)


def walk(name: str = "KXCPI", ended: str = "empty_cursor", **changes: Any) -> WalkRecord:
    return WalkRecord(name, ended, 2, 1500, 1400, 3_000_000, NOW, NOW, None)._replace(**changes)


def keep(database: Database, *walks: WalkRecord, cycle_id: str = "c1", key: HourKey = KEY) -> None:
    with database.write() as connection:
        for each in walks:
            ledger.keep_walk(connection, key, cycle_id=cycle_id, walk=each)


def finish(
    database: Database, *planned: str, reason: str | None = None, cycle_id: str = "c1", key: HourKey = KEY
) -> str:
    with database.write() as connection:
        return ledger.finish(connection, key, cycle_id=cycle_id, planned=list(planned), reason=reason)


def hour(database: Database, *columns: str) -> Any:
    (found,) = rows(database, f"SELECT {', '.join(columns)} FROM snapshot_hours")
    return found


def test_an_hour_opens_as_partial_so_that_a_killed_cycle_leaves_no_complete_hour(database: Database) -> None:
    begin(database)
    assert hour(database, "status", "cycle_id", "reason") == (
        "partial", "c1", "the cycle is still running, or was killed"
    )  # fmt: skip


def test_a_walk_that_a_killed_cycle_left_running_is_told_as_stopped_by_the_next(database: Database) -> None:
    begin(database)
    keep(database, walk("KXCPI", ended="running"), walk("KXFED"))
    begin(database, cycle_id="c2")
    assert rows(database, "SELECT walk, ended, reason FROM snapshot_walks ORDER BY 1") == [
        ("KXCPI", "stopped", "its cycle was killed"),
        ("KXFED", "empty_cursor", None),
    ]


def test_an_hour_is_complete_when_every_planned_walk_is_proven(database: Database) -> None:
    begin(database)
    keep(database, walk("KXCPI"), walk("KXFED", first_observed_at_utc=LATER, last_observed_at_utc=LATER))
    assert finish(database, "KXCPI", "KXFED") == "complete"
    assert hour(database, "status", "walks_planned", "walks_complete", "pages", "rows_seen", "rows_inserted") == (
        "complete", 2, 2, 4, 3000, 2800
    )  # fmt: skip
    assert hour(database, "bytes_received", "first_observed_at_utc", "last_observed_at_utc", "reason") == (
        6_000_000, NOW, LATER, None
    )  # fmt: skip


@pytest.mark.parametrize("ended", ["failed", "stopped", "running"])
def test_one_walk_that_did_not_end_on_an_empty_cursor_leaves_the_hour_partial(database: Database, ended: str) -> None:
    begin(database)
    keep(database, walk("KXCPI"), walk("KXFED", ended, reason="the exchange repeated a cursor"))
    assert finish(database, "KXCPI", "KXFED", reason="KXFED failed") == "partial"
    assert hour(database, "walks_planned", "walks_complete", "reason") == (2, 1, "KXFED failed")


def test_a_missing_proof_is_told_even_when_the_caller_gives_no_reason(database: Database) -> None:
    begin(database)
    keep(database, walk("KXCPI"))
    assert finish(database, "KXCPI", "KXFED", "KXGDP") == "partial"
    assert hour(database, "reason") == ("2 of 3 walks did not reach the empty cursor",)


def test_a_reason_against_it_keeps_an_hour_partial_though_all_walks_are_proven(database: Database) -> None:
    begin(database)
    keep(database, walk())
    assert finish(database, "KXCPI", reason="no market at all") == "partial"


def test_no_planned_walk_is_no_proof(database: Database) -> None:
    begin(database)
    assert finish(database) == "partial"


def test_proofs_of_other_walks_hours_and_scopes_do_not_count(database: Database) -> None:
    begin(database)
    keep(database, walk("created ..2026-10-01T00:00:00Z"), walk("created 2026-10-01T00:00:00Z.."))
    keep(database, walk("KXCPI"), key=HourKey("2026-11-23T04:00:00Z", "macro"))
    keep(database, walk("KXCPI"), key=HourKey(HOUR, "series"))
    assert finish(database, "KXCPI") == "partial"
    assert hour(database, "walks_complete", "pages") == (0, 0)


def test_a_later_run_of_the_hour_needs_only_what_was_not_proven_before(database: Database) -> None:
    begin(database)
    keep(database, walk("KXCPI"), walk("KXFED", "failed"))
    finish(database, "KXCPI", "KXFED")
    begin(database, "c2")
    assert hour(database, "status", "cycle_id") == ("partial", "c2")
    keep(database, walk("KXCPI", "failed", reason="429"), walk("KXFED"), cycle_id="c2")
    assert finish(database, "KXCPI", "KXFED", cycle_id="c2") == "complete"
    assert rows(database, "SELECT walk, ended, cycle_id, reason FROM snapshot_walks ORDER BY 1") == [
        ("KXCPI", "empty_cursor", "c1", None),
        ("KXFED", "empty_cursor", "c2", None),
    ]


def test_a_proven_walk_proven_again_tells_of_the_later_run(database: Database) -> None:
    keep(database, walk("KXCPI"))
    keep(database, walk("KXCPI", pages=3, rows_inserted=0), cycle_id="c2")
    assert rows(database, "SELECT pages, rows_inserted, cycle_id FROM snapshot_walks") == [(3, 0, "c2")]


def test_an_unfinished_walk_is_overwritten_by_its_next_state(database: Database) -> None:
    keep(database, walk(ended="running", pages=1))
    keep(database, walk(ended="failed", pages=2, reason="hang"))
    assert rows(database, "SELECT ended, pages, reason FROM snapshot_walks") == [("failed", 2, "hang")]


def test_a_complete_hour_is_not_degraded_by_a_later_failure_of_the_same_walks(database: Database) -> None:
    begin(database)
    keep(database, walk())
    finish(database, "KXCPI")
    whole = hour(database, "*")
    begin(database, "c2")
    assert hour(database, "*") == whole
    keep(database, walk(ended="failed"), cycle_id="c2")
    assert finish(database, "KXCPI", reason="KXCPI failed", cycle_id="c2") == "complete"
    assert hour(database, "*") == whole


def test_a_complete_hour_whose_plan_grows_by_an_unproven_series_is_partial_again(database: Database) -> None:
    begin(database)
    keep(database, walk())
    finish(database, "KXCPI")
    keep(database, walk("KXNEW", "failed"), cycle_id="c2")
    assert finish(database, "KXCPI", "KXNEW", reason="KXNEW failed", cycle_id="c2") == "partial"


def test_other_cuts_of_the_whole_exchange_take_nothing_from_its_proof(database: Database) -> None:
    key = HourKey(KEY.snapshot_hour_utc, "all")
    with database.write() as connection:
        ledger.begin(connection, key, cycle_id="c1")
        ledger.keep_walk(connection, key, cycle_id="c1", walk=walk("created ..2026-11-01"))
    finish(database, "created ..2026-11-01", key=key)
    assert finish(database, "created ..2026-11-02", reason="503", cycle_id="c2", key=key) == "complete"


def test_scopes_of_one_hour_are_told_apart(database: Database) -> None:
    other = HourKey(HOUR, "all")
    begin(database)
    begin(database, key=other)
    keep(database, walk("all"), key=other)
    assert finish(database, "all", key=other) == "complete"
    assert rows(database, "SELECT scope, status FROM snapshot_hours ORDER BY 1") == [
        ("all", "complete"), ("macro", "partial")
    ]  # fmt: skip


def test_the_latest_complete_hour_is_of_the_scope_and_before_the_asked_one(database: Database) -> None:
    for number, scope in ((1, "macro"), (2, "macro"), (3, "all"), (4, "macro")):
        key = HourKey(f"2026-11-23T0{number}:00:00Z", scope)
        begin(database, key=key)
        if number != 2:
            keep(database, walk(), key=key)
            finish(database, "KXCPI", key=key)
    with database.read() as connection:
        assert ledger.latest_complete_hour(connection, "macro", before="2026-11-23T04:00:00Z") == "2026-11-23T01:00:00Z"
        assert ledger.latest_complete_hour(connection, "macro", before="2026-11-23T01:00:00Z") is None


def test_the_newest_hours_come_first(database: Database) -> None:
    for number in (3, 1, 2):
        begin(database, key=HourKey(f"2026-11-23T0{number}:00:00Z", "macro"))
    with database.read() as connection:
        found = ledger.latest_hours(connection, 2)
    assert [row["snapshot_hour_utc"] for row in found] == ["2026-11-23T03:00:00Z", "2026-11-23T02:00:00Z"]
    assert found[0]["status"] == "partial"


_RUN = st.dictionaries(st.sampled_from("ABC"), st.sampled_from(["empty_cursor", "failed", "stopped", "running"]))


@given(runs=st.lists(_RUN, max_size=5), planned=st.sets(st.sampled_from("ABC"), min_size=1))
def test_whatever_runs_there_were_an_hour_is_complete_exactly_when_each_planned_walk_was_proven_once(
    tmp_path_factory: pytest.TempPathFactory, runs: list[dict[str, str]], planned: set[str]
) -> None:
    proven: set[str] = set()
    with migrated(tmp_path_factory.mktemp("hour")) as database:
        for number, run in enumerate(runs):
            begin(database, f"c{number}")
            keep(database, *(walk(name, ended) for name, ended in run.items()))
            proven |= {name for name, ended in run.items() if ended == "empty_cursor"}
            was_complete = planned <= proven
            assert (finish(database, *sorted(planned)) == "complete") == was_complete
            assert hour(database, "status")[0] == ("complete" if was_complete else "partial")

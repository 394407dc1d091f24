"""`kalshi status`: what it tells, in which form, and when it fails a health check."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from kalshi_common.domain.hour import utc_text
from kalshi_common.report import CycleEnding, CycleReport
from kalshi_common.storage import cycles, ledger
from kalshi_common.storage.database import Database
from support.data_dir import HOUR, NOW, kalshi, migrated

if TYPE_CHECKING:
    from pathlib import Path


def ended(database: Database, outcome: str = "ok", *, mode: str = "collect", ago: dt.timedelta = dt.timedelta()) -> str:
    """A cycle that ended so long ago by the real clock; gives the instant."""
    at = utc_text(dt.datetime.now(dt.UTC) - ago)
    report = CycleReport(errors=[] if outcome == "ok" else ["the exchange did not answer"])
    start = cycles.CycleStart(f"c-{mode}-{at}-{outcome}", mode, "0.1.0", "host", HOUR, NOW)
    with database.write() as connection:
        cycles.begin(connection, start)
        cycles.finish(connection, start, CycleEnding(start.cycle_id, mode, HOUR, NOW, at, 12.5, outcome, report))
    return at


def hours(database: Database, *scopes: str) -> None:
    for number, scope in enumerate(scopes):
        with database.write() as connection:
            ledger.begin(connection, ledger.HourKey(f"2026-11-23T0{number}:00:00Z", scope), cycle_id="c1")


def test_before_any_cycle_it_says_so_in_one_sentence(tmp_path: Path) -> None:
    code, out, err = kalshi("status", data_dir=tmp_path)
    assert (code, out) == (1, "")
    assert err == (
        f"kalshi: {tmp_path}/kalshi.sqlite does not exist: no cycle has run yet; start one with `kalshi run`\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_with_a_database_and_no_cycle_there_is_nothing_to_tell_and_nothing_fresh(tmp_path: Path) -> None:
    migrated(tmp_path).close()
    told = "(nothing yet)\n\n(nothing yet)\n\nno backup, restore or drill yet\n"
    assert kalshi("status", data_dir=tmp_path) == (0, told, "")
    code, _, err = kalshi("status", "--max-age", "90m", data_dir=tmp_path)
    assert (code, err) == (1, "STALE: no cycle has ended yet\n")


def test_a_database_without_its_tables_is_told_with_what_to_do(tmp_path: Path) -> None:
    Database(tmp_path).close()
    code, out, err = kalshi("status", data_dir=tmp_path)
    assert (code, out) == (1, "")
    assert err == (
        f"kalshi: {tmp_path}/kalshi.sqlite: no such table: status; its schema is not this program's: "
        "run `kalshi migrate`\n"
    )


def test_the_table_tells_every_mode_and_the_five_newest_hours(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        at = ended(database)
        failed_at = ended(database, "failed")
        hours(database, *["macro"] * 7)
    code, out, err = kalshi("status", data_dir=tmp_path)
    assert (code, err) == (0, "")
    modes, newest, _ = out.split("\n\n")
    head, row = modes.splitlines()
    assert head.split() == [
        "mode", "last_success_at_utc", "last_error_at_utc", "last_cycle_id", "last_duration_s", "last_error"
    ]  # fmt: skip
    assert row.split("  ")[0] == "collect"
    assert all(text in row for text in (at, failed_at, "12.5", "the exchange did not answer"))
    assert [line.split()[0] for line in newest.splitlines()] == [
        "snapshot_hour_utc", *(f"2026-11-23T0{n}:00:00Z" for n in (6, 5, 4, 3, 2))
    ]  # fmt: skip


def test_json_tells_the_same_and_is_nothing_but_json(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        at = ended(database, ago=dt.timedelta(hours=3))
        hours(database, "macro")
    code, out, err = kalshi("status", "--format", "json", "--max-age", "90m", data_dir=tmp_path)
    assert (code, err) == (1, "")
    found = json.loads(out)
    assert found["modes"][0]["last_success_at_utc"] == at
    assert (found["hours"][0]["status"], found["hours"][0]["walks_planned"]) == ("partial", 0)
    assert found["stale"] == [f"collect last succeeded at {at}, more than 1:30:00 ago"]


@pytest.mark.parametrize(
    ("limit", "code"), [("7000s", 1), ("119m", 1), ("1h", 1), ("121m", 0), ("3h", 0), ("1d", 0), ("0s", 1)]
)
def test_a_success_two_hours_ago_is_stale_or_not_by_the_limit(tmp_path: Path, limit: str, code: int) -> None:
    with migrated(tmp_path) as database:
        ended(database, ago=dt.timedelta(hours=2))
    assert kalshi("status", "--max-age", limit, data_dir=tmp_path)[0] == code


def test_a_failure_afterwards_does_not_make_an_old_success_fresh(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        ended(database, ago=dt.timedelta(hours=2))
        ended(database, "failed")
    assert kalshi("status", "--max-age", "90m", data_dir=tmp_path)[0] == 1


def test_a_mode_that_never_succeeded_is_stale_beside_one_that_did(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        ended(database)
        ended(database, "failed", mode="trade")
    code, _, err = kalshi("status", "--max-age", "90m", data_dir=tmp_path)
    assert (code, err) == (1, "STALE: trade has never succeeded\n")


@pytest.mark.parametrize(
    "bad", ["90", "m", "1.5h", "-5m", "90 m", "1w", "", "\N{ARABIC-INDIC DIGIT NINE}m", "1234567d"]
)
def test_a_duration_that_is_none_ends_in_2_with_one_sentence(tmp_path: Path, bad: str) -> None:
    migrated(tmp_path).close()
    code, out, err = kalshi("status", f"--max-age={bad}", data_dir=tmp_path)
    assert (code, out) == (2, "")
    assert err == f"kalshi: --max-age: {bad!r} is not a duration; write a whole number and s, m, h or d, like 90m\n"


def test_the_longest_duration_it_takes_is_no_accident(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        ended(database)
    assert kalshi("status", "--max-age", "999999d", data_dir=tmp_path)[0] == 0


def test_a_damaged_database_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "kalshi.sqlite").write_text("Dear diary. " * 1000)
    code, out, err = kalshi("status", data_dir=tmp_path)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "file is not a database; the file is damaged" in err

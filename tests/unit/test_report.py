"""What a cycle says at its end, to people and to programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kalshi_common.report import CycleEnding, CycleReport
from support.data_dir import HOUR, LATER, NOW


def ending(outcome: str = "ok", **report: Any) -> CycleEnding:
    return CycleEnding("c1", "collect", HOUR, NOW, LATER, 3600.25, outcome, CycleReport(**report))


def test_the_summary_is_one_line_of_words_and_numbers() -> None:
    line = ending("incomplete", scanned=1000, inserted=900, errors=["one\nof two lines", "two"]).summary_line()
    assert line == (
        "cycle=c1 mode=collect hour=2026-11-23T05:00:00Z outcome=incomplete scanned=1000 inserted=900 errors=2 "
        "duration_s=3600.25"
    )


@pytest.mark.parametrize(
    ("errors", "told"), [([], None), (["one"], "one"), (["one", "two", "three"], "one (and 2 more in the report)")]
)
def test_the_first_error_speaks_for_the_others(errors: list[str], told: str | None) -> None:
    assert ending(errors=errors).error == told


def test_the_report_shows_fifty_of_each_list_and_counts_all() -> None:
    found = ending(errors=[f"e{n}" for n in range(60)], warnings=[f"w{n}" for n in range(51)]).as_json()
    assert (found["errors"], found["warnings"]) == (60, 51)
    assert (len(found["first_errors"]), len(found["first_warnings"])) == (50, 50)
    assert found["first_errors"][0] == "e0"


def test_the_report_tells_all_of_the_summary_the_instants_and_the_details() -> None:
    one = ending(scanned=1, details={"pages": 3})
    found = json.loads(json.dumps(one.as_json()))
    assert one.summary().items() <= found.items()
    assert (found["started_at_utc"], found["finished_at_utc"], found["details"]) == (NOW, LATER, {"pages": 3})


def test_a_success_sets_the_success_and_leaves_the_error_as_it_was() -> None:
    assert ending().status_row() == {
        "mode": "collect",
        "last_success_at_utc": LATER,
        "last_error_at_utc": None,
        "last_cycle_id": "c1",
        "last_duration_s": 3600.25,
        "last_error": None,
    }


@pytest.mark.parametrize("outcome", ["incomplete", "failed"])
def test_anything_else_sets_the_error_and_leaves_the_success_as_it_was(outcome: str) -> None:
    row = ending(outcome, errors=["hang"]).status_row()
    assert (row["last_success_at_utc"], row["last_error_at_utc"], row["last_error"]) == (None, LATER, "hang")


def test_reports_share_no_list() -> None:
    CycleReport().errors.append("mine")
    assert CycleReport().errors == []


def test_what_only_one_mode_counts_ends_the_summary_line_and_stands_in_the_report() -> None:
    one = ending(headline={"asked": 8, "cost_usd": "0.012345"})
    assert one.summary_line().endswith(" duration_s=3600.25 asked=8 cost_usd=0.012345")
    assert one.as_json()["cost_usd"] == "0.012345"

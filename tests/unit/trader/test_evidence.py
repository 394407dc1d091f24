"""What a score report proves, and for whom; read from a report that the analyzer itself writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.report import calibration_report, stored_form
from kalshi_common.domain.hour import parse_utc
from kalshi_common.storage.estimate_pages import StoredScore
from support.data_dir import LATER, NOW
from support.trader_run import EVIDENCE, MODEL, PROMPT
from trader.evidence import Forecaster, evidence_of

if TYPE_CHECKING:
    from kalshi_common.storage.database import Database

WHO = Forecaster(MODEL, PROMPT)


def scored(report: Any) -> StoredScore:
    return StoredScore(NOW, json.dumps(report))


def test_a_skilled_forecaster_has_its_lower_bound_as_evidence_and_nobody_else_has_any() -> None:
    found = evidence_of(scored(EVIDENCE), parse_utc(LATER))
    assert set(found) == {WHO}
    assert found[WHO].skill_low == 0.01
    assert found[WHO].scored_days_ago == pytest.approx(1 / 24)


def test_a_verdict_of_insufficient_evidence_is_none_whatever_the_bound_says() -> None:
    report = json.loads(json.dumps(EVIDENCE))
    report["forecasters"][0]["verdict"] = {"is_skilled": False, "sentence": "insufficient evidence, n=3 events"}
    found = evidence_of(scored(report), parse_utc(LATER))
    assert found[WHO].skill_low is None
    assert found[WHO].sentence == "insufficient evidence, n=3 events"


@pytest.mark.parametrize("report", [{**EVIDENCE, "shape": 2}, {}, []])
def test_a_report_of_another_shape_proves_nothing(report: Any) -> None:
    assert evidence_of(scored(report), parse_utc(LATER)) == {}


def test_without_a_score_there_is_no_evidence() -> None:
    assert evidence_of(None, parse_utc(LATER)) == {}


def test_the_analyzers_own_report_is_read(database: Database) -> None:
    with database.read() as connection:
        report = stored_form(calibration_report(connection, as_of=NOW))
    found = evidence_of(StoredScore(NOW, report), parse_utc(LATER))
    assert all(one.skill_low is None for one in found.values())
    assert json.loads(report)["shape"] == 1

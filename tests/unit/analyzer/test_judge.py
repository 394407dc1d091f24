"""The steps of judging in their order, every value kept, and nothing fitted later than the forecast."""

from __future__ import annotations

import json

import pytest

from analyzer.judge import judge, rules_of
from analyzer.judgement import JudgeRules, Platt
from analyzer.logits import expit, logit
from kalshi_common.errors import LookAheadError
from kalshi_common.knobs_analyze import AnalyzeKnobs
from kalshi_common.storage.estimates import EstimateRecord
from support.moments import above, context, moment, recalibration

ID = moment().market_id


def test_each_step_builds_on_the_one_before_and_is_kept() -> None:
    line = Platt(0.8, 0.1, 70)
    found = judge({ID: [0.6, 0.7]}, context(moment(market_mid=0.5), fitted=recalibration(cpi=line)))[ID]
    assert found.sample_count == 2
    assert found.aggregated == pytest.approx(expit((logit(0.6) + logit(0.7)) / 2))
    assert found.recalibrated == pytest.approx(expit(0.8 * logit(found.aggregated) + 0.1))
    assert found.blended == pytest.approx(expit(0.25 * logit(found.recalibrated)))
    assert (found.blend_weight, found.probability) == (0.25, found.blended)
    kept = json.loads(found.recalibration_json)
    assert (kept["slope"], kept["intercept"], kept["type_events"]) == (0.8, 0.1, 70)
    assert kept["as_of_utc"] == moment().observed_at_utc


def test_a_type_without_its_own_line_has_the_pooled_one() -> None:
    fitted = recalibration(pooled=Platt(1, 0.5), fed=Platt(1, -0.5))
    markets = [
        moment("A", macro_event_type="gdp"),
        moment("B", macro_event_type=None),
        moment("C", macro_event_type="fed"),
    ]
    found = judge({each.market_id: [0.5] for each in markets}, context(*markets, fitted=fitted))
    assert [found[name].recalibrated for name in "ABC"] == [expit(0.5), expit(0.5), expit(-0.5)]


def test_coherence_comes_last_and_over_all_markets_judged_together() -> None:
    markets = [above("A", "0.1", market_mid=None), above("B", "0.2", market_mid=None)]
    found = judge({"A": [0.4], "B": [0.6]}, context(*markets))
    assert (found["A"].blended, found["B"].blended) == (pytest.approx(0.4), pytest.approx(0.6))
    assert (found["A"].probability, found["B"].probability) == (pytest.approx(0.5), pytest.approx(0.5))
    assert json.loads(found["A"].coherence_json)["rule"] == "ladder"


def test_only_the_sampled_markets_are_judged() -> None:
    assert list(judge({"A": [0.5]}, context(moment("A"), moment("B")))) == ["A"]


def test_a_market_moves_no_market_of_another_event() -> None:
    markets = [
        above("A", "1", event_ticker="E1"),
        above("B", "1", event_ticker="E2"),
        above("C", "2", event_ticker="E2"),
    ]
    calm = judge({"A": [0.5], "B": [0.5], "C": [0.4]}, context(*markets))
    wild = judge({"A": [1.0], "B": [0.5], "C": [0.4]}, context(*markets))
    assert (calm["B"], calm["C"]) == (wild["B"], wild["C"])


def test_a_recalibration_fitted_later_than_the_snapshot_is_refused() -> None:
    markets = [moment("A", observed_at_utc="2026-11-23T05:07:00Z"), moment("B", observed_at_utc="2026-11-23T05:09:00Z")]
    as_of = "2026-11-23T05:08:00Z"
    with pytest.raises(LookAheadError, match="A: seen at 2026-11-23T05:07:00Z"):
        judge({"A": [0.5], "B": [0.5]}, context(*markets, fitted=recalibration(as_of)))
    assert judge({"B": [0.5]}, context(*markets, fitted=recalibration(as_of)))


def test_the_knobs_are_the_rules() -> None:
    assert rules_of(AnalyzeKnobs()) == JudgeRules()
    assert rules_of(AnalyzeKnobs(blend_weight=0.5, market_only_hours=6.0)) == JudgeRules(0.5, 6.0)


def test_every_field_of_a_judgement_is_a_column_of_estimates() -> None:
    found = judge({ID: [0.5]}, context(moment()))[ID]
    assert set(vars(found)) <= set(EstimateRecord._fields)

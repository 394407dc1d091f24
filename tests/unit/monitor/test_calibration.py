"""The score panel against a report as the analyzer really stores it, and against one it does not know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from analyzer.report import SHAPE, calibration_report, stored_form
from kalshi_common.storage import score_reports
from monitor.panels import calibration as panel
from monitor.render import figure_json
from support.data_dir import migrated
from support.forecast_world import World, at, plant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kalshi_common.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with migrated(tmp_path) as opened:
        yield opened


def stored(database: Database, text: str) -> panel.Calibration:
    with database.write() as connection:
        score_reports.add(connection, text, cycle_id=None, now=at(9999))
    with database.read() as connection:
        return panel.calibration(connection)


def reported(database: Database, world: World, *, with_model: bool = True) -> panel.Calibration:
    plant(database, world, with_model=with_model)
    with database.read() as connection:
        report = calibration_report(connection, as_of=at(9999))
    return stored(database, stored_form(report))


def test_the_shape_it_reads_is_the_one_the_analyzer_writes() -> None:
    assert panel.SHAPE == SHAPE


def test_the_market_stands_first_and_a_model_has_its_skill_with_an_interval(database: Database) -> None:
    found = reported(database, World(events=40))
    market, model = found.forecasters
    assert found.trouble is None
    assert (market.name, market.skill, market.events) == ("the market's mid", None, 40)
    assert (model.name, model.events) == ("gpt-5-mini, prompt v1", 40)
    assert model.skill is not None
    assert model.skill.low < model.skill.value < model.skill.high
    assert model.brier is not None
    assert 0 < model.brier.value < market.brier.value  # type: ignore[union-attr]  # it has one
    assert model.cost_nanodollars == 40 * 3 * 4 * 1_000_000


def test_the_diagram_has_the_perfect_line_and_a_line_for_each_with_results(database: Database) -> None:
    found = reported(database, World(events=20))
    assert found.figure is not None
    assert [trace["name"] for trace in found.figure["data"]] == ["perfect", "the market's mid", "gpt-5-mini, prompt v1"]
    assert figure_json(found.figure)
    assert [(name, len(bins)) for name, bins in found.bins] == [
        (trace["name"], len(trace["x"])) for trace in found.figure["data"][1:]
    ]


def test_a_report_with_almost_nothing_in_it_is_shown_too(database: Database) -> None:
    found = reported(database, World(events=1, markets=1, hours=1))
    assert [each.events for each in found.forecasters] == [1, 1]
    assert all("insufficient evidence" in each.verdict or "market itself" in each.verdict for each in found.forecasters)


def test_without_a_report_there_is_nothing_and_no_trouble(database: Database) -> None:
    with database.read() as connection:
        assert panel.calibration(connection) == panel.Calibration(None, [], [], None, None)


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", "nope", json.dumps({"shape": 99, "forecasters": []}), '{"shape": 1, "forecasters": [{}]}', "null"],
)
def test_a_report_of_an_unknown_shape_is_told_and_not_guessed_at(database: Database, text: str) -> None:
    found = stored(database, text)
    assert (found.forecasters, found.figure) == ([], None)
    assert found.trouble is not None
    assert "shape" in found.trouble

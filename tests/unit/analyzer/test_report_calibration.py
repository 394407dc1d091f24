"""The report from a real database: what it holds, how small it is stored, how it reads as text and as a page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.report import LARGEST_BYTES, calibration_report, refresh, stored_form
from analyzer.report_page import as_page, write_page
from analyzer.report_text import as_text
from kalshi_common.config import load_settings
from kalshi_common.cycle import CycleContext
from kalshi_common.domain.hour import parse_utc
from kalshi_common.errors import ConfigError
from kalshi_common.stop import Stop
from support.data_dir import migrated, rows
from support.fake_clock import FakeClock
from support.forecast_world import MODEL, World, add_estimates, at, estimate_row, plant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kalshi_common.storage.database import Database

END = at(40 * 24 + 300)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with migrated(tmp_path_factory.mktemp("filled")) as database:
        plant(database, World(events=40))
        with database.write() as connection:  # one that still waits, one that looks ahead
            add_estimates(connection, estimate_row(observed_at_utc=at(900), estimated_at_utc=at(900)))
            connection.execute("UPDATE estimates SET estimated_at_utc = ? WHERE estimate_id = 1", (at(900),))
        yield database


@pytest.fixture(scope="module")
def report(filled: Database) -> dict[str, Any]:
    return reported(filled)


def reported(database: Database, *, as_of: str = END, **more: Any) -> dict[str, Any]:
    with database.read() as connection:
        return calibration_report(connection, as_of=as_of, **more)


def test_a_model_stands_before_the_market(report: dict[str, Any]) -> None:
    assert [(each["model"], each["is_market"]) for each in report["forecasters"]] == [(MODEL, False), ("market", True)]


def test_every_estimate_is_accounted_for(report: dict[str, Any]) -> None:
    assert report["forecasters"][0]["forecasts"] == {
        "made": 481, "scored": 479, "scalar_left_out": 0, "look_ahead_left_out": 1, "awaiting_result": 1,
    }  # fmt: skip
    assert report["forecasters"][0]["cost"] == {"nanodollars": 481_000_000, "nanodollars_per_estimate": 1_000_000}


@pytest.mark.parametrize("part", ["by_type", "by_horizon", "by_bucket"])
def test_each_table_of_parts_holds_every_forecast_once(report: dict[str, Any], part: str) -> None:
    for each in report["forecasters"]:
        assert sum(row["forecasts"] for row in each[part]) == each["score"]["forecasts"]


def test_every_step_of_judging_is_scored(report: dict[str, Any]) -> None:
    assert [row["name"] for row in report["forecasters"][0]["steps"]] == [
        "aggregated", "recalibrated", "blended", "probability",
    ]  # fmt: skip
    part = report["forecasters"][0]
    assert part["steps"][-1]["brier"] == pytest.approx(part["score"]["brier"], abs=1e-12)


def test_the_market_is_no_rival_of_itself(report: dict[str, Any]) -> None:
    market = report["forecasters"][1]
    assert (market["score"]["skill"], market["steps"]) == (None, [])
    assert market["verdict"] == {
        "is_skilled": False,
        "sentence": "the market itself, what others are compared with, n=40 events",
    }


def test_it_is_the_same_when_it_is_made_again(filled: Database, report: dict[str, Any]) -> None:
    assert reported(filled) == report


def test_only_what_was_known_at_its_instant_is_scored(filled: Database) -> None:
    then = reported(filled, as_of=at(400))["forecasters"][0]
    assert then["score"]["events"] == 9  # an event closes each day from hour 200 on, and is known an hour later
    assert then["verdict"]["sentence"] == "insufficient evidence, n=9 events: 30 are needed"


def test_since_and_model_narrow_it(filled: Database) -> None:
    late = reported(filled, since=at(700))
    assert all(
        0 < late_part["score"]["forecasts"] < part["score"]["forecasts"]
        for late_part, part in zip(late["forecasters"], reported(filled)["forecasters"], strict=True)
    )
    assert [each["model"] for each in reported(filled, model="nobody")["forecasters"]] == ["market"]
    assert [each["model"] for each in reported(filled, market_only=True)["forecasters"]] == ["market"]


def test_the_market_is_scored_from_the_collectors_data_alone(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        plant(database, World(events=35), with_model=False)
        [market] = reported(database)["forecasters"]
    assert (market["is_market"], market["score"]["events"]) == (True, 35)
    assert [row["name"] for row in market["by_horizon"]] == ["1 to 6 h", "6 to 24 h", "1 to 3 days", "7 to 30 days"]


def test_an_empty_database_says_so(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        empty = reported(database)
    assert empty["forecasters"] == []
    assert as_text(empty).startswith("nothing to score yet: no market that was seen has its result.")
    assert "<p>Nothing to score yet" in as_page(empty)


def test_a_model_without_a_result_yet_is_told_with_its_cost(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        with database.write() as connection:
            add_estimates(connection, estimate_row())
        waiting = reported(database)
    text = as_text(waiting)
    assert "insufficient evidence, n=0 events: no forecast with a mid beside it has its result" in text
    assert "1 forecasts: 0 scored, 1 await their result; $0.0010 in all, $0.0010 an estimate" in text
    assert "insufficient evidence" in as_page(waiting)


def test_an_analyze_cycle_ends_with_a_stored_report(tmp_path: Path) -> None:
    settings = load_settings(environ={"KALSHI_DATA_DIR": str(tmp_path)})
    with migrated(tmp_path) as database:
        plant(database, World(events=12))
        context = CycleContext(settings, FakeClock(parse_utc(END)), database, "c1", END, Stop())
        refresh(context)
        [(text, cycle, when)] = rows(database, "SELECT report_json, cycle_id, scored_at_utc FROM score_reports")
    stored = json.loads(text)
    assert (cycle, when, stored["shape"], stored["forecasters_left_out"]) == ("c1", END, 1, 0)
    assert context.report.details["scores"][f"{MODEL} v1"].startswith("insufficient evidence, n=12 events")


def test_the_stored_report_stays_small_however_many_models_there_are(report: dict[str, Any]) -> None:
    part = report["forecasters"][0]
    many = [{**part, "model": f"m{n}", "forecasts": {**part["forecasts"], "scored": n}} for n in range(40)]
    text = stored_form({**report, "forecasters": many})
    stored = json.loads(text)
    assert len(text) <= LARGEST_BYTES
    assert 3 <= len(stored["forecasters"]) == 40 - stored["forecasters_left_out"]
    assert stored["forecasters"][0]["model"] == "m39"


def test_json_has_no_number_that_json_does_not_know(report: dict[str, Any]) -> None:
    assert json.loads(json.dumps(report, allow_nan=False)) == report


FIGURES = """Brier score, log score, skill, skill in points, Brier of the mid, chance of luck, ECE, reliability,
resolution, uncertainty, residual, slope, intercept"""


def test_the_text_names_every_figure(report: dict[str, Any]) -> None:
    text = as_text(report)
    named = {line[2:].split("  ")[0] for line in text.splitlines()}
    assert set(re.split(r",\s+", FIGURES)) <= named
    assert {"step", "macro type", "probability", "before the close"} <= named
    assert not [line for line in text.splitlines() if line != line.rstrip() or len(line) > 130]


class Page(HTMLParser):
    """What a page would load, and the figures in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.feed(re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [f"{tag} {name}={value}" for name, value in attrs if name in {"src", "href", "action", "data"}]


def test_the_page_loads_nothing_from_anywhere(report: dict[str, Any]) -> None:
    page = as_page(report)
    assert Page(page).loads == []
    assert "Content-Security-Policy\" content=\"default-src 'none';" in page
    assert page.count("plotly.js v") == 1


def test_the_pages_figures_are_valid_json_with_their_counts(report: dict[str, Any]) -> None:
    figures = re.findall(r'<script type="application/json" id="([a-z]+)-1">(.*?)</script>', as_page(report))
    assert [name for name, _ in figures] == ["reliability", "time", "cost"]
    reliability = json.loads(figures[0][1])
    assert sum(reliability["data"][2]["y"]) == report["forecasters"][0]["score"]["forecasts"]


def test_no_name_from_the_database_becomes_markup(report: dict[str, Any]) -> None:
    evil = "</script><script>alert(1)</script><img src=x>"
    part = {**report["forecasters"][0], "model": evil}
    part["by_type"] = [{**part["by_type"][0], "name": evil}]
    page = as_page({**report, "forecasters": [part]})
    assert evil not in page
    assert "img" not in Page(page).tags


def test_a_page_that_cannot_be_written_is_told_in_one_sentence(report: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--html: cannot write .*: No such file or directory; name a file"):
        write_page(report, tmp_path / "none" / "page.html")

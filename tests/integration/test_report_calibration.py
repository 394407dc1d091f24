"""`kalshi report calibration` as an operator runs it: on real databases, each option, and where there is nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.data_dir import kalshi, migrated
from support.forecast_world import MODEL, World, plant

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty events, all of them over by the real clock."""
    path = tmp_path_factory.mktemp("filled")
    with migrated(path) as database:
        plant(database, World(events=40))
    return path


def report(*arguments: str, data_dir: Path) -> tuple[int, str, str]:
    return kalshi("report", "calibration", *arguments, data_dir=data_dir)


def test_the_table_tells_each_forecaster_with_its_verdict(filled: Path) -> None:
    code, out, err = report(data_dir=filled)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[2] == f"{MODEL}, prompt v1"
    assert lines[3].startswith(("  insufficient evidence, n=40 events: ", "  skill above the market, lower bound "))
    assert "the market's mid" in lines


def test_json_is_nothing_but_json_and_the_page_is_written_beside_it(filled: Path, tmp_path: Path) -> None:
    page = tmp_path / "calibration.html"
    code, out, err = report("--format", "json", "--html", str(page), "--since", "2025-06-20", data_dir=filled)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["shape"], found["since_utc"], len(found["forecasters"])) == (1, "2025-06-20T00:00:00Z", 2)
    assert "Plotly" in page.read_text(encoding="utf-8")


def test_the_market_baseline_needs_no_model(filled: Path) -> None:
    code, out, _ = report("--market-baseline", data_dir=filled)
    assert code == 0
    assert MODEL not in out
    assert "  the market itself, what others are compared with, n=40 events" in out.splitlines()


def test_an_empty_database_says_so_and_is_no_failure(tmp_path: Path) -> None:
    migrated(tmp_path).close()
    code, out, err = report(data_dir=tmp_path)
    assert (code, err) == (0, "")
    assert out.startswith("nothing to score yet: ")
    assert out.count("\n") == 1


def test_where_no_cycle_has_run_it_says_so(tmp_path: Path) -> None:
    code, out, err = report(data_dir=tmp_path)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "no cycle has run yet" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--since", "yesterday"), "--since: 'yesterday' is not a UTC instant"),
        (("--since", "2026-11-23T05:00"), "--since: '2026-11-23T05:00' is not a UTC instant"),
        (("--market-baseline", "--model", MODEL), "--market-baseline and --model exclude each other"),
        (("--html", "/nowhere/page.html"), "--html: cannot write /nowhere/page.html: No such file or directory"),
    ],
)
def test_bad_input_ends_in_2_with_one_sentence(filled: Path, arguments: tuple[str, ...], sentence: str) -> None:
    code, out, err = report(*arguments, data_dir=filled)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"kalshi: {sentence}")


def test_an_instant_with_another_zone_is_brought_to_utc(filled: Path) -> None:
    code, out, _ = report(
        "--format", "json", "--market-baseline", "--since", "2025-06-20T05:00:00+02:00", data_dir=filled
    )
    assert (code, json.loads(out)["since_utc"]) == (0, "2025-06-20T03:00:00Z")

"""The documented configuration against the code, both ways."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kalshi_common.config import COMPOSE_VARIABLES, VARIABLES, load_settings
from kalshi_common.knobs import MACRO_SERIES, CollectKnobs, catalogue

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/configuration.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()


def rows(first_cell: str) -> dict[str, list[str]]:
    found = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in DOCUMENT.splitlines()]
    return {row[0]: row[1:] for row in found if len(row) > 1 and re.fullmatch(first_cell, row[0])}


def test_every_knob_is_documented_as_it_is_and_no_other() -> None:
    assert rows(r"`[a-z_]+\.[a-z_]+`") == {
        f"`{knob.path}`": [
            knob.kind,
            "the macro table" if knob.path == "collect.macro" else f"`{json.dumps(knob.default)}`",
            knob.allowed,
            knob.meaning,
        ]
        for knob in catalogue().values()
    }


def test_every_variable_is_documented_as_it_is_and_no_other() -> None:
    variables = [*VARIABLES.values(), *COMPOSE_VARIABLES.values()]
    assert rows("`[A-Z]+_[A-Z_]+`") == {f"`{v.name}`": [v.default, v.allowed, v.meaning] for v in variables}


def test_the_documented_macro_table_is_the_built_in_one() -> None:
    assert rows("[a-z][a-z_]*") == {kind: [", ".join(series)] for kind, series in MACRO_SERIES.items()}


def test_the_example_environment_names_every_variable_once_and_no_other() -> None:
    assert sorted(re.findall(r"^# (\w+)=", EXAMPLE, re.MULTILINE)) == sorted({**VARIABLES, **COMPOSE_VARIABLES})
    assert all(line.startswith("#") for line in EXAMPLE.splitlines() if line)


def test_the_example_environment_is_valid_once_uncommented() -> None:
    environ = dict(re.findall(r"^# (\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    environ["KALSHI_CONFIG"] = str(ROOT / environ["KALSHI_CONFIG"])
    assert load_settings(environ=environ).exchange.url == environ["KALSHI_API_BASE_URL"]


def test_the_macro_file_spells_out_every_default_of_collect() -> None:
    path = ROOT / "config/macro.json"
    assert load_settings(path, {}).collect == CollectKnobs()
    assert list(json.loads(path.read_text())["collect"]) == list(CollectKnobs.model_fields)


def test_the_file_for_the_whole_exchange_differs_in_the_scope_alone() -> None:
    assert load_settings(ROOT / "config/all.json", {}).collect == CollectKnobs(scope="all")


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.json")), ids=lambda path: path.name)
def test_every_shipped_file_is_valid(path: Path) -> None:
    assert load_settings(path, {}).config_path == path

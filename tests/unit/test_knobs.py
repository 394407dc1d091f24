from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from kalshi_common.knobs import MACRO_SERIES, CollectKnobs, ExchangeKnobs, Knobs, StorageKnobs, catalogue


def places_of(data: object) -> list[tuple[str | int, ...]]:
    with pytest.raises(ValidationError) as caught:
        Knobs.model_validate(data)
    return [error["loc"] for error in caught.value.errors()]


def test_an_empty_object_is_the_safe_default() -> None:
    knobs = Knobs.model_validate({})
    assert knobs == Knobs()
    assert (knobs.collect.scope, knobs.collect.series, knobs.collect.orderbook_series) == ("macro", (), ())
    assert knobs.collect.macro == MACRO_SERIES
    assert (knobs.exchange.requests_per_second, knobs.exchange.max_retries) == (10, 5)
    assert (knobs.storage.data_dir, knobs.storage.synchronous) == (Path("/var/lib/kalshi"), "FULL")


@pytest.mark.parametrize(
    ("path", "low", "high"),
    [
        ("exchange.requests_per_second", 1, 100),
        ("exchange.max_concurrency", 1, 32),
        ("exchange.max_retries", 0, 5),
        ("exchange.timeout_s", 1, 120),
        ("cycle.max_seconds", 10, 3540),
        ("cycle.lock_timeout_s", 0, 3000),
        ("collect.max_rounds", 1, 10),
        ("collect.round_pause_s", 0, 600),
        ("collect.facts_max_age_hours", 1, 168),
        ("collect.outcomes_per_cycle", 0, 100_000),
    ],
)
def test_a_number_is_taken_from_its_lowest_to_its_highest_and_not_beyond(path: str, low: int, high: int) -> None:
    section, name = path.split(".")
    for good in (low, high):
        assert getattr(getattr(Knobs.model_validate({section: {name: good}}), section), name) == good
    for bad in (low - 1, high + 1, 10**400, float("nan"), float("inf")):
        assert places_of({section: {name: bad}}) == [(section, name)]


@pytest.mark.parametrize("value", [True, "5", None, [5], 5.0])
def test_what_is_no_whole_number_is_refused_where_one_belongs(value: object) -> None:
    assert places_of({"exchange": {"max_retries": value}}) == [("exchange", "max_retries")]


@pytest.mark.parametrize("value", [True, "20", None])
def test_what_is_no_number_is_refused_where_one_belongs(value: object) -> None:
    assert places_of({"exchange": {"timeout_s": value}}) == [("exchange", "timeout_s")]


def test_a_whole_number_may_stand_for_seconds() -> None:
    assert ExchangeKnobs.model_validate({"timeout_s": 3}).timeout_s == 3.0


def test_an_unknown_knob_is_refused_wherever_it_stands() -> None:
    assert places_of({"trades": {}, "collect": {"scoop": 1}}) == [("collect", "scoop"), ("trades",)]


def test_knobs_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Knobs().exchange.max_retries = 1  # type: ignore[misc]  # that is the point


def test_the_environment_chooses_the_address_unless_one_is_given() -> None:
    assert ExchangeKnobs().url == "https://external-api.kalshi.com/trade-api/v2"
    assert ExchangeKnobs(environment="demo").url == "https://external-api.demo.kalshi.co/trade-api/v2"
    assert ExchangeKnobs(base_url="http://simulator:8080/trade-api/v2").url == "http://simulator:8080/trade-api/v2"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "simulator:8080/trade-api/v2",
        "ftp://h/trade-api/v2",
        "http:///trade-api/v2",
        "http://:80/trade-api/v2",
        "http://h:0/trade-api/v2",
        "http://h:99999/trade-api/v2",
        "http://[::1/trade-api/v2",
        "http://h/trade-api/v2/",
        "http://h/trade-api/v1",
        "http://user:word@h/trade-api/v2",
        "http://h/?x=/trade-api/v2",
        "http://h/#/trade-api/v2",
        "http://h /trade-api/v2",
        "http://h\n/trade-api/v2",
        "http://h/trade-api/v2\n",
        "http://h\x00/trade-api/v2",
        "http://hö/trade-api/v2",
    ],
)
def test_an_address_that_is_no_plain_trade_api_url_is_refused(url: str) -> None:
    assert places_of({"exchange": {"base_url": url}}) == [("exchange", "base_url")]


@pytest.mark.parametrize("path", ["", "data", "./data", "~/data", "/a\0b"])
def test_the_data_directory_must_be_an_absolute_path(path: str) -> None:
    assert places_of({"storage": {"data_dir": path}}) == [("storage", "data_dir")]
    assert StorageKnobs.model_validate({"data_dir": "/srv/kalshi"}).data_dir == Path("/srv/kalshi")


def test_the_series_scope_needs_a_series() -> None:
    assert places_of({"collect": {"scope": "series"}}) == [("collect", "series")]
    assert CollectKnobs.model_validate({"scope": "series", "series": ["KXFED"]}).series == ("KXFED",)


@pytest.mark.parametrize("scope", [{}, {"scope": "macro"}, {"scope": "all"}])
def test_a_list_of_series_that_no_walk_would_follow_is_refused(scope: dict[str, str]) -> None:
    assert places_of({"collect": {**scope, "series": ["KXFED"]}}) == [("collect", "series")]


@pytest.mark.parametrize("series", [["kxfed"], [""], ["KX FED"], ["K" * 65], [1], "KXFED", ["KXFED", "KXFED"]])
def test_series_are_upper_case_tickers_that_stand_once(series: object) -> None:
    for name in ("series", "orderbook_series"):
        assert [place[:2] for place in places_of({"collect": {name: series}})] == [("collect", name)]


@pytest.mark.parametrize(
    "macro",
    [{}, {"cpi": []}, {"CPI": ["KXCPI"]}, {"cpi": ["KXCPI"], "fed": ["KXCPI"]}, {"cpi": ["KXCPI", "KXCPI"]}, []],
)
def test_the_macro_table_names_each_series_under_one_lower_case_type(macro: object) -> None:
    assert [place[:2] for place in places_of({"collect": {"macro": macro}})] == [("collect", "macro")]


def test_every_knob_has_a_meaning_and_says_what_it_may_hold() -> None:
    for knob in catalogue().values():
        assert knob.meaning.endswith(".")
        assert knob.allowed.startswith(("a ", "an ", "one of "))


def test_the_json_schema_is_json_and_closed() -> None:
    schema = json.loads(json.dumps(Knobs.model_json_schema()))
    assert schema["additionalProperties"] is False
    assert all(section["additionalProperties"] is False for section in schema["$defs"].values())

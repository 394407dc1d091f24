"""How values are written for people."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from monitor import words

NOW = dt.datetime(2026, 11, 23, 5, 42, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (12_000, "3 h 20 min"),
        (172_799, "47 h 59 min"),
        (172_800, "2 days"),
        (1e9, "11,574 days"),
        (-5, "0 s"),
    ],
)
def test_a_span_is_told_in_the_units_that_matter(seconds: float, text: str) -> None:
    assert words.span(seconds) == text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("2026-11-23T05:00:00Z", "42 min ago"),
        ("2026-11-23T06:12:09Z", "in 30 min"),
        ("2026-11-23T05:42:09Z", "0 s ago"),
        (None, "never"),
        ("", "never"),
    ],
)
def test_an_age_counts_from_now_in_both_directions(at: str | None, text: str) -> None:
    assert words.age(at, NOW) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (2150, "2.1 KiB"),
        (150 << 20, "150 MiB"),
        (13 << 30, "13.0 GiB"),
        (5 << 50, "5120 TiB"),
        (None, "\N{EN DASH}"),
    ],
)
def test_bytes_are_told_in_binary_units(count: int | None, text: str) -> None:
    assert words.size(count) == text


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (words.price, 560_000, "0.56"),
        (words.price, 562_500, "0.5625"),
        (words.price, 1_000_000, "1.00"),
        (words.price, 0, "0.00"),
        (words.price, 1, "0.000001"),
        (words.money, 1_234_500_000, "$1,234.50"),
        (words.money, -70_000, "\N{MINUS SIGN}$0.07"),
        (words.money, 10**24, "$1,000,000,000,000,000,000.00"),
        (words.contracts, 123_400, "1,234"),
        (words.contracts, 123_450, "1,234.50"),
        (words.contracts, 10**14, "1,000,000,000,000"),
        (words.contracts, 1, "0.01"),
        (words.cost, 0, "$0.00"),
        (words.cost, 4_512_345, "$0.0045"),
        (words.cost, 12_345_678_901, "$12.35"),
        (words.whole, 6_300_000, "6,300,000"),
        (words.probability, 0.5625, "56.2%"),
        (words.score, 0.24567, "0.2457"),
        (words.score, -0.01, "\N{MINUS SIGN}0.0100"),
        (words.score, float("nan"), "\N{EN DASH}"),
        (words.plain, "x", "x"),
        (words.plain, "", "\N{EN DASH}"),
        (words.instant, "2026-11-23T05:07:09Z", "2026-11-23 05:07"),
    ],
)
def test_each_kind_of_value_is_written_in_its_way(write: Any, value: Any, text: str) -> None:
    assert write(value) == text


@pytest.mark.parametrize("name", [name for name in words.FILTERS if name != "span"])
def test_what_is_not_known_is_a_dash(name: str) -> None:
    assert words.FILTERS[name](None) == "\N{EN DASH}"

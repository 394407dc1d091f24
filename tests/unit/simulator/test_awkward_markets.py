"""The awkward markets: each oddity a collector must store exactly is really there, at any time."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from simulator.clock import SimClock
from simulator.market import Status
from simulator.world import World
from support.simulated_exchange import MOMENT


@pytest.fixture(params=[0, 45, 100])
def rows(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    clock = SimClock()
    clock.set(MOMENT + dt.timedelta(days=request.param), frozen=True)
    world = World(7, clock)
    return {name: json.loads(world.market_json(name)) for name in world.tickers(Status.ACTIVE)}


def test_titles_hold_quotes_backslashes_tabs_emoji_and_other_scripts(rows: dict[str, dict[str, Any]]) -> None:
    titles = "".join(row["title"] for row in rows.values())
    for text in ('"quoted"', "back\\slash", "\t", "🏦", "größer", "日本語", "\u2028"):
        assert text in titles


def test_books_are_two_sided_one_sided_and_empty(rows: dict[str, dict[str, Any]]) -> None:
    sides = {(row["yes_bid_dollars"] == "0.0000", row["yes_ask_dollars"] == "1.0000") for row in rows.values()}
    assert len(sides) == 4
    for row in rows.values():
        assert (row["yes_bid_size_fp"] == "0.00") is (row["yes_bid_dollars"] == "0.0000")
        assert (row["yes_ask_size_fp"] == "0.00") is (row["yes_ask_dollars"] == "1.0000")


def test_prices_are_never_crossed_and_lie_on_the_tick(rows: dict[str, dict[str, Any]]) -> None:
    for row in rows.values():
        assert row["yes_bid_dollars"] < row["yes_ask_dollars"]
        if row["price_level_structure"] == "linear_cent":
            assert row["yes_bid_dollars"].endswith("00")
            assert row["yes_ask_dollars"].endswith("00")


def test_some_prices_are_finer_than_a_cent_and_one_finer_than_four_decimals(rows: dict[str, dict[str, Any]]) -> None:
    assert {row["price_level_structure"] for row in rows.values()} == {"linear_cent", "deci_cent", "tapered_deci_cent"}
    assert any(row["yes_bid_dollars"][-2:] != "00" for row in rows.values())
    assert any(row["last_price_dollars"] == "0.033333" for row in rows.values())


def test_some_market_never_traded(rows: dict[str, dict[str, Any]]) -> None:
    untraded = [row for row in rows.values() if row["volume_fp"] == "0.00"]
    assert untraded
    assert {row["last_price_dollars"] for row in untraded} == {"0.0000"}


def test_some_volume_passes_a_trillion_contracts_and_fits_64_bits_in_hundredths(
    rows: dict[str, dict[str, Any]],
) -> None:
    largest = max(int(row["volume_fp"].replace(".", "")) for row in rows.values())
    assert 10**14 < largest < 2**63


def test_some_market_is_scalar(rows: dict[str, dict[str, Any]]) -> None:
    assert {row["market_type"] for row in rows.values()} == {"binary", "scalar"}


def test_one_market_has_fields_nobody_knows_in_json_no_serialiser_would_write(rows: dict[str, dict[str, Any]]) -> None:
    odd = [row for row in rows.values() if "field_of_tomorrow" in row]
    assert odd
    assert odd[0]["field_of_tomorrow"]["café"] == "a/b 😀"
    assert odd[0]["big"] == 123456789012345678901234567890


def test_optional_fields_are_null_somewhere(rows: dict[str, dict[str, Any]]) -> None:
    assert any(row["floor_strike"] is None and row["strike_type"] == "less" for row in rows.values())
    assert any(row["custom_strike"] is not None for row in rows.values())


def test_a_market_has_the_size_of_a_real_one(rows: dict[str, dict[str, Any]]) -> None:
    sizes = sorted(len(json.dumps(row, separators=(",", ":"), ensure_ascii=False)) for row in rows.values())
    assert 1_900 < sizes[len(sizes) // 2] < 2_400
    assert all(len(row) >= 50 for name, row in rows.items() if not name.startswith("KXMVE"))

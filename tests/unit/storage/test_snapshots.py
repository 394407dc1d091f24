"""Rows of an hour: each market once, exactly as it was received."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.domain.market import ObservedBook
from kalshi_common.domain.snapshot import MarketSnapshot
from kalshi_common.errors import StorageError
from kalshi_common.storage import snapshots
from support.data_dir import HOUR, LATER, NOW, rows, snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kalshi_common.storage.database import Database

NEXT_HOUR = "2026-11-23T06:00:00Z"


def add(database: Database, *found: MarketSnapshot) -> int:
    with database.write() as connection:
        return snapshots.add(connection, found)


def add_books(database: Database, *market_ids: str, payload: str = "{}") -> int:
    with database.write() as connection:
        books = [ObservedBook(market_id, payload) for market_id in market_ids]
        return snapshots.add_books(connection, books, hour=HOUR, now=NOW)


def stored(database: Database) -> Sequence[Any]:
    return rows(database, f"SELECT {', '.join(MarketSnapshot._fields)} FROM market_snapshots ORDER BY 2, 1")


def test_a_row_comes_back_as_it_went_in(database: Database) -> None:
    row = snapshot()
    assert add(database, row) == 1
    assert stored(database) == [tuple(row)]


def test_a_second_sighting_in_the_same_hour_changes_nothing(database: Database) -> None:
    first = snapshot()
    add(database, first)
    assert add(database, snapshot(status="closed", yes_bid_microdollars=1, created_at_utc=LATER)) == 0
    assert stored(database) == [tuple(first)]


def test_the_next_hour_is_a_row_of_its_own(database: Database) -> None:
    add(database, snapshot())
    assert add(database, snapshot(hour=NEXT_HOUR)) == 1
    assert len(stored(database)) == 2


def test_only_new_rows_are_counted_also_where_a_page_holds_one_market_twice(database: Database) -> None:
    add(database, snapshot("KXCPI-26NOV-T0.1"))
    page = [snapshot(f"KXCPI-26NOV-T0.{n}") for n in (1, 2, 3, 2)]
    assert add(database, *page) == 2
    assert add(database, *page) == 0
    assert add(database) == 0
    assert len(stored(database)) == 3


@pytest.mark.parametrize(
    "payload",
    [
        '{"title":"Will \\"it\\" rain? \N{UMBRELLA WITH RAIN DROPS}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}"}',
        '{"title":"\\u00e9\\ud83d\\ude00 \\\\ \\/ \\u0000"}',
        '{ "a" :\t1.0 ,\r\n "volume_fp":"1000000000000.00","n":1e400,"a":2 }',
        '{"title":"O\'Brien; DROP TABLE markets; --"}',
        '{"title":"' + "x" * 100_000 + '"}',
    ],
    ids=["emoji and quotes", "escapes", "odd spacing, a big number, a key twice", "SQL", "long"],
)
def test_the_payload_is_kept_character_for_character(database: Database, payload: str) -> None:
    add(database, snapshot(payload_json=payload))
    assert rows(database, "SELECT payload_json FROM market_snapshots") == [(payload,)]
    assert rows(database, "SELECT CAST(payload_json AS BLOB) FROM market_snapshots") == [(payload.encode(),)]


def test_counts_of_ten_to_the_twelfth_and_sub_cent_prices_are_exact(database: Database) -> None:
    add(database, snapshot(volume_hundredths=10**14 + 1, yes_bid_microdollars=1, last_price_microdollars=999_999))
    found = "SELECT volume_hundredths, yes_bid_microdollars, last_price_microdollars FROM market_snapshots"
    assert rows(database, found) == [(10**14 + 1, 1, 999_999)]
    assert rows(database, f"SELECT typeof(volume_hundredths) FROM ({found})") == [("integer",)]


def test_people_read_dollars_and_contracts_in_the_view(database: Database) -> None:
    add(database, snapshot())
    (found,) = rows(database, "SELECT yes_bid_dollars, yes_ask_dollars, yes_ask_size, volume FROM snapshots")
    assert found == (0.56, 0.58, 20.5, 1234.0)


@pytest.mark.parametrize("wrong", [{"probability": 1.5}, {"probability_bucket": 10}, {"source": "guessed"}])
def test_a_value_outside_its_range_is_refused(database: Database, wrong: dict[str, Any]) -> None:
    with pytest.raises(StorageError, match="CHECK constraint failed"):
        add(database, snapshot(**wrong))
    assert stored(database) == []


def test_rows_are_counted_by_series(database: Database) -> None:
    add(
        database,
        snapshot("KXCPI-A-1"),
        snapshot("KXCPI-A-2"),
        snapshot("KXFED-A-1"),
        snapshot("KXGDP-A-1", hour=NEXT_HOUR),
    )
    with database.read() as connection:
        assert snapshots.rows_by_series(connection, HOUR) == {"KXCPI": 2, "KXFED": 1}


def test_books_are_wanted_for_the_chosen_series_and_hour_until_they_are_stored(database: Database) -> None:
    add(
        database,
        *(snapshot(name) for name in ("KXCPI-A-2", "KXCPI-A-1", "KXFED-A-1")),
        snapshot("KXCPI-A-3", hour=NEXT_HOUR),
    )

    def wanted(*series: str) -> list[str]:
        with database.read() as connection:
            return snapshots.markets_without_book(connection, HOUR, series)

    assert wanted("KXCPI") == ["KXCPI-A-1", "KXCPI-A-2"]
    assert wanted("KXCPI", "KXFED") == ["KXCPI-A-1", "KXCPI-A-2", "KXFED-A-1"]
    assert wanted() == []
    assert add_books(database, "KXCPI-A-1") == 1
    assert wanted("KXCPI") == ["KXCPI-A-2"]


def test_a_book_is_stored_once_an_hour_and_as_received(database: Database) -> None:
    payload = json.dumps({"orderbook_fp": {"yes_dollars": [["0.56", "10.00"]]}})
    assert add_books(database, "A", "B", payload=payload) == 2
    assert add_books(database, "B", "C", payload="later") == 1
    assert add_books(database) == 0
    assert rows(database, "SELECT market_id, payload_json FROM orderbooks") == [
        ("A", payload),
        ("B", payload),
        ("C", "later"),
    ]

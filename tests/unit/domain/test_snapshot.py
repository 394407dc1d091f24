"""What an observed market becomes: a row of an hour, and a record of facts."""

from __future__ import annotations

from typing import Any

import pytest

from kalshi_common.domain.market import MarketFacts, ObservedMarket
from kalshi_common.domain.snapshot import MarketRecord, MarketSnapshot, series_of, to_record, to_snapshot
from support.data_dir import HOUR, NOW, market

_UNITS = ("_microdollars", "_hundredths", "_utc")


def row(seen: ObservedMarket) -> MarketSnapshot:
    return to_snapshot(seen, hour=HOUR, series_ticker="KXCPI", macro_event_type="cpi", created_at=NOW)


def record(seen: ObservedMarket, series: str = "KXCPI", macro: str | None = "cpi") -> MarketRecord:
    return to_record(seen, series_ticker=series, macro_event_type=macro)


def plain(column: str) -> str:
    """A column's name without its unit."""
    for unit in _UNITS:
        column = column.removesuffix(unit)
    return column


def test_each_value_stands_in_the_column_of_its_name() -> None:
    """Both are positional for speed; a swap of two neighbours would be silent."""
    seen = ObservedMarket(*[f"<{name}>" for name in ObservedMarket._fields])._replace(  # type: ignore[arg-type]  # names for values
        facts=MarketFacts(*[f"<{name}>" for name in MarketFacts._fields])._replace(market_type="scalar")  # type: ignore[arg-type]  # likewise
    )
    given = {"series_ticker": "KXCPI", "macro_event_type": "cpi", "snapshot_hour": HOUR, "created_at": NOW}
    given |= {"source": "observed", "market_type": "scalar"}
    for made in (row(seen), record(seen)):
        for column, value in made._asdict().items():
            if column not in {"probability", "probability_bucket", "facts_digest"}:
                assert value == given.get(plain(column), f"<{plain(column)}>"), column


def test_the_probability_is_that_of_the_quote() -> None:
    made = row(market())
    assert (made.probability, made.probability_bucket) == (0.57, 5)


@pytest.mark.parametrize(
    "seen", [market(yes_bid=0, yes_ask=1_000_000, last_price=0), market(facts={"market_type": "scalar"})]
)
def test_where_nothing_is_implied_both_columns_are_null(seen: ObservedMarket) -> None:
    assert row(seen)[14:16] == (None, None)


def test_payload_and_instants_are_passed_on_untouched() -> None:
    made = row(market(payload_json=' {"odd" : "\N{ROCKET}"} '))
    assert (made.payload_json, made.created_at_utc, made.snapshot_hour_utc, made.source) == (
        ' {"odd" : "\N{ROCKET}"} ', NOW, HOUR, "observed"
    )  # fmt: skip


def test_equal_facts_have_equal_digests_and_any_change_has_another() -> None:
    base = record(market())
    assert record(market()).facts_digest == base.facts_digest
    changes: list[dict[str, Any]] = [{"facts": {name: "changed"}} for name in MarketFacts._fields]
    changes += [{"close_time": None}, {"event_ticker": "KXCPI-26DEC"}]
    others = [record(market(**change)) for change in changes]
    others += [record(market(), series="KXFED"), record(market(), macro=None)]
    digests = {other.facts_digest for other in others}
    assert len(digests) == len(others)
    assert base.facts_digest not in digests


def test_null_and_the_word_for_it_are_not_the_same() -> None:
    none, word = (record(market(facts={"title": title})).facts_digest for title in (None, "None"))
    assert none != word


@pytest.mark.parametrize(
    "change", [{"yes_bid": 1}, {"status": "closed"}, {"volume": 0}, {"result": "yes"}, {"payload_json": ""}]
)
def test_what_moves_every_hour_is_in_no_digest(change: dict[str, Any]) -> None:
    assert record(market(**change)) == record(market())


@pytest.mark.parametrize(
    ("event", "series"), [("KXCPI-26NOV", "KXCPI"), ("KXRECSSNBER-26-X", "KXRECSSNBER"), ("KXODD", "KXODD"), ("", "")]
)
def test_the_series_is_the_events_part_before_the_first_dash(event: str, series: str) -> None:
    assert series_of(event) == series

"""Market pages: exact money, the market's own bytes, and a loud refusal of whatever is not as documented."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.market import MarketFacts
from kalshi_common.domain.snapshot import facts_digest
from kalshi_common.errors import ExchangeUnavailableError, UnexpectedAnswerError
from kalshi_common.exchange import wire

if TYPE_CHECKING:
    from support.scripted_server import Payload


REQUIRED = [
    "ticker",
    "event_ticker",
    "market_type",
    "status",
    "yes_bid_dollars",
    "yes_ask_dollars",
    "last_price_dollars",
    "volume_fp",
    "open_interest_fp",
    "result",
    "close_time",
]


def changed(body: bytes, **fields: object) -> bytes:
    """Return the page with fields of its first market replaced; Ellipsis takes a field away."""
    page = json.loads(body)
    page["markets"][0] |= fields
    page["markets"][0] = {name: value for name, value in page["markets"][0].items() if value is not ...}
    return json.dumps(page).encode()


def one_version(body: bytes) -> bytes:
    market = wire.markets_page(body).markets[0]
    return facts_digest(market, series_ticker="KXCPI", macro_event_type=None)


def complaint(body: bytes) -> str:
    with pytest.raises(UnexpectedAnswerError) as caught:
        _ = [market.facts.read() for market in wire.markets_page(body).markets]
    return str(caught.value)


def test_prices_become_micro_dollars_and_counts_hundredths_exactly(payload: Payload) -> None:
    market = wire.markets_page(payload("markets_open")).markets[0]
    assert (market.yes_bid, market.yes_ask, market.last_price) == (290_000, 570_000, 580_000)
    assert (market.yes_bid_size, market.yes_ask_size) == (125_000, 3_750)
    assert (market.volume, market.volume_24h, market.open_interest) == (4_821_100, 103_300, 2_011_700)


def test_a_page_carries_its_cursor_and_its_size(payload: Payload) -> None:
    body = payload("markets_open")
    page = wire.markets_page(body)
    assert (page.cursor, page.size_bytes, len(page.markets)) == ("CgYI0KqWvQYSBzEyMzQ1Njc", len(body), 2)


def test_times_become_utc_text_of_whole_seconds(payload: Payload) -> None:
    yes, scalar = wire.markets_page(payload("markets_settled")).markets
    assert (yes.close_time, yes.settled_at, scalar.settled_at) == (
        "2026-11-12T13:25:00Z",
        "2026-11-12T14:31:07Z",
        "2026-10-29T12:45:00Z",
    )
    assert yes.facts.read().created_time == "2026-09-15T14:02:11Z"


def test_settled_markets_carry_result_and_settlement_value(payload: Payload) -> None:
    markets = wire.markets_page(payload("markets_settled")).markets
    assert [(m.status, m.result, m.settlement_value) for m in markets] == [
        ("finalized", "yes", 1_000_000),
        ("finalized", "scalar", 412_500),
    ]


def test_sub_cent_prices_and_a_trillion_contracts_stay_exact(payload: Payload) -> None:
    (market,) = wire.markets_page(payload("markets_sub_cent")).markets
    assert (market.yes_bid, market.yes_ask, market.volume) == (2_500, 3_125, 100_000_000_000_000)


def test_numbers_of_the_strike_stay_as_the_exchange_wrote_them(payload: Payload) -> None:
    (recession,) = wire.markets_page(payload("markets_sub_cent")).markets
    _, scalar = wire.markets_page(payload("markets_settled")).markets
    assert recession.facts.read().custom_strike == '{"Recession":"yes","Depth":0.1}'
    assert recession.facts.read().floor_strike is None
    assert recession.facts.read().price_ranges is not None
    assert recession.facts.read().price_ranges.startswith('[{"start":"0.0000","end":"0.1000","step":"0.0010"}')
    assert (scalar.facts.read().floor_strike, scalar.facts.read().cap_strike) == ("0", "10.5")


def test_quotes_emoji_and_line_breaks_arrive_whole_and_extra_fields_are_ignored(payload: Payload) -> None:
    (market,) = wire.markets_page(payload("markets_odd_text")).markets
    assert market.facts.read().title == 'Will "Łódź" win? 🏆 \\o/'
    assert market.facts.read().yes_sub_title == "line\nbreak\ttab"
    assert market.facts.read().no_sub_title is None


def test_nulls_mean_nothing_there_and_a_null_cursor_ends_the_walk(payload: Payload) -> None:
    page = wire.markets_page(payload("markets_nulls"))
    market = page.markets[0]
    assert page.cursor == ""
    assert {market.yes_bid, market.yes_ask, market.last_price, market.volume, market.open_interest} == {None}


def test_a_combo_is_read_like_any_market(payload: Payload) -> None:
    assert wire.markets_page(payload("markets_combo")).markets[0].market_id == "KXMVE-S2026A1B2-C3"


@pytest.mark.parametrize("name", ["markets_open", "markets_sub_cent", "markets_odd_text", "markets_settled"])
def test_every_payload_is_a_slice_of_the_answer_itself(payload: Payload, name: str) -> None:
    text = payload(name).decode()
    at = 0
    for market in wire.markets_page(payload(name)).markets:
        at = text.index(market.payload_json, at) + len(market.payload_json)
        assert json.loads(market.payload_json)["ticker"] == market.market_id


def test_a_ticker_twice_on_a_page_is_passed_on_twice(payload: Payload) -> None:
    page = json.loads(payload("markets_settled"))
    page["markets"].append(page["markets"][0])
    ids = [market.market_id for market in wire.markets_page(json.dumps(page).encode()).markets]
    assert ids == ["KXCPIYOY-26OCT-T3.0", "KXGDPNOM-26Q3", "KXCPIYOY-26OCT-T3.0"]


@pytest.mark.parametrize("field", REQUIRED)
def test_a_renamed_field_is_refused_by_name_with_its_market(payload: Payload, field: str) -> None:
    said = complaint(changed(payload("markets_open"), **{field: ..., f"{field}_v3": "0.5000"}))
    assert f"`{field}`" in said
    assert ("KXCPIYOY-26NOV" if field == "ticker" else "KXCPIYOY-26NOV-T3.1") in said
    assert said.startswith("GET /markets: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("yes_bid_dollars", "0.5x"),
        ("yes_ask_dollars", "0.1234567"),
        ("last_price_dollars", ""),
        ("yes_bid_dollars", 0.56),
        ("volume_fp", "1.005"),
        ("open_interest_fp", 7),
        ("yes_bid_size_fp", "1e3"),
        ("settlement_value_dollars", "NaN"),
        ("close_time", "2026-12-10T13:25:00"),
        ("close_time", "tomorrow"),
        ("settlement_ts", "9999-12-31T23:59:59-10:00"),
        ("can_close_early", "true"),
        ("ticker", None),
        ("result", 1),
    ],
)
def test_a_value_of_another_kind_is_refused_by_name(payload: Payload, field: str, value: object) -> None:
    assert field in complaint(changed(payload("markets_open"), **{field: value}))


@pytest.mark.parametrize("name", MarketFacts._fields)
def test_any_other_fact_makes_another_version(payload: Payload, name: str) -> None:
    other = changed(payload("markets_open"), **{name: "2026-01-01T00:00:00Z"})
    assert one_version(other) != one_version(payload("markets_open"))


@pytest.mark.parametrize(
    "name", ["yes_bid_dollars", "last_price_dollars", "volume_fp", "status", "result", "updated_time", "settlement_ts"]
)
def test_what_moves_every_hour_makes_no_other_version(payload: Payload, name: str) -> None:
    value = "2026-01-01T00:00:00Z" if name.endswith(("_time", "_ts")) else "0.5000"
    before, after = changed(payload("markets_open")), changed(payload("markets_open"), **{name: value})
    assert before != after
    assert one_version(before) == one_version(after)


@pytest.mark.parametrize("name", ["title", "rules_primary", "strike_type", "open_time", "price_level_structure"])
def test_a_fact_of_another_kind_is_named_when_it_is_read(payload: Payload, name: str) -> None:
    assert f": {name}: " in complaint(changed(payload("markets_open"), **{name: 5}))


@pytest.mark.parametrize("key", ["markets", "cursor"])
def test_a_page_without_its_keys_is_refused(payload: Payload, key: str) -> None:
    page = json.loads(payload("markets_open"))
    del page[key]
    assert f"`{key}`" in complaint(json.dumps(page).encode())


@pytest.mark.parametrize("markets", [[1], [None], [[]], None, "none"])
def test_a_page_whose_markets_are_no_objects_is_refused(markets: object) -> None:
    assert "GET /markets" in complaint(json.dumps({"markets": markets, "cursor": ""}).encode())


def test_a_market_that_is_not_utf_8_is_refused_by_its_ticker(payload: Payload) -> None:
    assert "KXCPIYOY-26NOV-T3.1: 'utf-8'" in complaint(payload("markets_open").replace(b"Revisions", b"Rev\xffsions"))


@given(cut=st.integers(min_value=1))
def test_a_page_cut_anywhere_is_worth_another_try(payload: Payload, cut: int) -> None:
    body = payload("markets_open").strip()
    with pytest.raises(ExchangeUnavailableError, match="broken JSON"):
        wire.markets_page(body[: cut % len(body)])


@given(
    bid=st.decimals(min_value=0, max_value=1, places=6),
    volume=st.decimals(min_value=0, max_value=10**13, places=2),
    title=st.text(st.characters(exclude_categories=["Cs"])),
    layout=st.sampled_from([{}, {"ensure_ascii": False}, {"indent": 3}, {"separators": (",", ":")}]),
)
def test_any_price_count_and_title_come_through_exactly_with_their_own_bytes(
    payload: Payload, bid: Decimal, volume: Decimal, title: str, layout: dict[str, Any]
) -> None:
    page = json.loads(payload("markets_open"))
    page["markets"][1] |= {"yes_bid_dollars": f"{bid:f}", "volume_fp": f"{volume:f}", "title": title}
    text = json.dumps(page, **layout)
    market = wire.markets_page(text.encode()).markets[1]
    assert market.yes_bid is not None
    assert market.volume is not None
    assert Decimal(market.yes_bid) == bid * 1_000_000
    assert Decimal(market.volume) == volume * 100
    assert market.facts.read().title == title
    assert text.count(market.payload_json) == 1
    assert json.loads(market.payload_json) == page["markets"][1]


def test_historical_markets_are_read_with_bare_count_names(payload: Payload) -> None:
    page = wire.historical_markets_page(payload("historical_markets"))
    (market,) = page.markets
    assert (market.volume, market.open_interest, market.result, market.settlement_value) == (4821100, 2011700, "no", 0)


def test_historical_markets_are_read_with_the_live_count_names_too(payload: Payload) -> None:
    page = wire.historical_markets_page(payload("markets_settled"))
    assert [market.volume for market in page.markets] == [4_821_100, 4_821_100]


def test_a_historical_market_without_a_volume_is_refused(payload: Payload) -> None:
    with pytest.raises(UnexpectedAnswerError, match=r"GET /historical/markets: KXCPIYOY-25NOV-T2.9.*volume"):
        _ = wire.historical_markets_page(changed(payload("historical_markets"), volume=...)).markets

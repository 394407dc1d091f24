"""Buying from a book of bids."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.domain.book import Book, Level, book_of_quote, offered, other, sorted_book, walk

BOOK = sorted_book(
    [Level(280_000, 1_000), Level(290_000, 125_000)], [Level(430_000, 3_750), Level(400_000, 500), Level(410_000, 0)]
)
LEVELS = st.lists(st.builds(Level, st.integers(1, 99).map(lambda cent: cent * 10_000), st.integers(1, 9_999)))


def test_the_best_bid_comes_first_whatever_order_the_levels_came_in() -> None:
    assert [level.price for level in BOOK.yes_bids] == [290_000, 280_000]
    assert BOOK.bids("no") == (Level(430_000, 3_750), Level(400_000, 500))


def test_a_side_is_bought_from_the_other_sides_bids_at_a_dollar_less() -> None:
    assert BOOK.offers("yes") == (Level(570_000, 3_750), Level(600_000, 500))
    assert BOOK.offers("no") == (Level(710_000, 125_000), Level(720_000, 1_000))


def test_the_spread_is_the_same_from_either_side_and_unknown_where_a_side_lacks() -> None:
    assert BOOK.spread() == 280_000
    assert Book(BOOK.no_bids, BOOK.yes_bids).spread() == 280_000
    assert Book(BOOK.yes_bids).spread() is None


def test_a_quote_is_a_book_of_one_level_a_side() -> None:
    book = book_of_quote(yes_bid=560_000, yes_bid_size=1_000, yes_ask=580_000, yes_ask_size=2_050)
    assert book.offers("yes") == (Level(580_000, 2_050),)
    assert book.offers("no") == (Level(440_000, 1_000),)


def test_the_absence_of_an_order_is_no_price_and_an_unknown_size_is_no_offer() -> None:
    assert book_of_quote(yes_bid=0, yes_bid_size=0, yes_ask=1_000_000, yes_ask_size=0) == Book()
    assert book_of_quote(yes_bid=None, yes_bid_size=None, yes_ask=None, yes_ask_size=None) == Book()
    assert book_of_quote(yes_bid=560_000, yes_bid_size=None, yes_ask=580_000, yes_ask_size=5).offers("no") == ()


def test_a_walk_takes_the_cheapest_first_and_stops_at_the_limit() -> None:
    offers = BOOK.offers("yes")
    assert walk(offers, 4_000, limit=600_000) == [Level(570_000, 3_750), Level(600_000, 250)]
    assert walk(offers, 4_000, limit=590_000) == [Level(570_000, 3_750)]
    assert walk(offers, 4_000, limit=560_000) == []


@given(bids=LEVELS, count=st.integers(0, 100_000), limit=st.integers(0, 1_000_000))
def test_a_walk_never_pays_what_nobody_offers_nor_takes_more_than_is_shown(
    bids: list[Level], count: int, limit: int
) -> None:
    offers = sorted_book([], bids).offers("yes")
    taken = walk(offers, count, limit=limit)
    assert sum(level.size for level in taken) == min(count, offered(offers, limit=limit))
    assert all(got.price == shown.price and got.size <= shown.size for got, shown in zip(taken, offers, strict=False))
    assert all(level.price <= limit for level in taken)


def test_each_side_has_the_other() -> None:
    assert (other("yes"), other("no")) == ("no", "yes")

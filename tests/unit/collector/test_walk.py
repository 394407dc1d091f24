"""When a walk is proven, when it has failed, and what it counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.plan import UNSPLIT
from collector.walk import WalkProgress
from kalshi_common.storage.ledger import WalkRecord
from support.data_dir import LATER, NOW

_PAGES = st.lists(st.tuples(st.sampled_from([0, 0, 1, 1000]), st.sampled_from(["", *"abcdefghij"])), max_size=12)
_LONG = st.lists(st.tuples(st.sampled_from([0, 0, 0, 0, 0, 0, 0, 7]), st.just("fresh")), max_size=120)


def begun() -> WalkProgress:
    walk = WalkProgress(UNSPLIT)
    walk.resume()
    return walk


def test_a_walk_not_yet_begun_may_begin() -> None:
    assert WalkProgress(UNSPLIT).may_go_on


def test_an_empty_cursor_proves_the_walk() -> None:
    walk = begun()
    assert walk.advance(rows=1000, cursor="a") is None
    assert (walk.ended, walk.cursor) == ("running", "a")
    assert walk.advance(rows=3, cursor="") is None
    assert (walk.ended, walk.reason, walk.may_go_on) == ("empty_cursor", None, False)


def test_an_empty_page_with_an_empty_cursor_proves_a_walk_without_markets() -> None:
    walk = begun()
    walk.advance(rows=0, cursor="")
    assert walk.ended == "empty_cursor"


def test_a_repeated_cursor_ends_the_walk_loudly_and_for_good() -> None:
    walk = begun()
    for cursor in ("a", "b"):
        walk.advance(rows=1000, cursor=cursor)
        walk.count(rows=1000, inserted=1000, size_bytes=1, observed_at=NOW)
    fault = walk.advance(rows=1000, cursor="a")
    assert fault == (
        "walk all: the exchange repeated a cursor after 3 pages; what came is kept, the hour is partial; "
        "if it happens every hour, report it"
    )
    assert (walk.ended, walk.reason, walk.may_go_on) == ("failed", fault, False)


def test_a_cursor_that_does_not_move_is_a_repeated_one() -> None:
    walk = begun()
    walk.advance(rows=1, cursor="a")
    assert walk.advance(rows=1, cursor="a") is not None


def test_fifty_empty_pages_in_a_row_are_borne_and_one_more_is_not() -> None:
    walk = begun()
    for n in range(50):
        assert walk.advance(rows=0, cursor=f"a{n}") is None
    assert walk.advance(rows=1, cursor="full") is None
    for n in range(50):
        assert walk.advance(rows=0, cursor=f"b{n}") is None
    assert "sent 51 empty pages in a row" in (walk.advance(rows=0, cursor="last") or "")
    assert walk.ended == "failed"


def test_a_walk_set_aside_goes_on_from_its_cursor_and_forgets_why_it_paused() -> None:
    walk = begun()
    walk.advance(rows=1000, cursor="a")
    walk.fail("no answer", may_go_on=True)
    assert (walk.ended, walk.reason, walk.may_go_on) == ("failed", "no answer", True)
    walk.resume()
    assert (walk.ended, walk.reason, walk.cursor, walk.may_go_on) == ("running", None, "a", False)
    assert walk.advance(rows=1000, cursor="b") is None, "the page after the pause repeats nothing"


def test_a_loop_is_seen_across_a_pause_too() -> None:
    walk = begun()
    walk.advance(rows=1, cursor="a")
    walk.advance(rows=1, cursor="b")
    walk.fail("no answer", may_go_on=True)
    walk.resume()
    assert walk.advance(rows=1, cursor="a") is not None


def test_pages_are_summed_and_the_first_and_last_instant_kept() -> None:
    walk = begun()
    walk.count(rows=1000, inserted=900, size_bytes=2_000_000, observed_at=NOW)
    walk.count(rows=500, inserted=500, size_bytes=1_000_000, observed_at=LATER)
    assert walk.record() == WalkRecord("all", "running", 2, 1500, 1400, 3_000_000, NOW, LATER, None)


def drive(pages: list[tuple[int, str]]) -> tuple[WalkProgress, int, list[str]]:
    """Feed pages as long as the walk wants them; give it, how many it took, and the cursors it took."""
    walk, taken = begun(), 0
    cursors: list[str] = []
    for rows, cursor in pages:
        if walk.ended != "running":
            break
        fault = walk.advance(rows=rows, cursor=cursor)
        taken += 1
        cursors.append(cursor)
        assert (fault is not None) == (walk.ended == "failed")
    return walk, taken, cursors


@given(_PAGES)
def test_whatever_pages_come_only_an_empty_cursor_proves_and_no_page_is_asked_for_twice(
    pages: list[tuple[int, str]],
) -> None:
    walk, taken, cursors = drive(pages)
    asked = ["", *(cursor for cursor in cursors[:-1])]
    assert len(set(asked)) == len(asked), "the same page was asked for again"
    if walk.ended == "empty_cursor":
        assert cursors[-1] == ""
        assert cursors.index("") == taken - 1
    elif walk.ended == "failed":
        assert cursors[-1] in cursors[:-1]
    else:
        assert taken == len(pages)
        assert "" not in cursors
        assert walk.cursor == (cursors[-1] if cursors else "")


@given(_LONG)
def test_however_empty_the_pages_a_walk_ends_after_51_of_them_in_a_row(pages: list[tuple[int, str]]) -> None:
    walk, taken, _ = drive([(rows, f"{cursor}{n}") for n, (rows, cursor) in enumerate(pages)])
    longest = run = 0
    for rows, _cursor in pages[:taken]:
        run = 0 if rows else run + 1
        longest = max(longest, run)
    assert (walk.ended == "failed") == (longest > 50)

"""Which markets are asked about: each rule by its name, so that every market left out is counted under one. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.hour import parse_utc
from kalshi_common.domain.money import DOLLAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kalshi_common.knobs_analyze import AnalyzeKnobs
    from kalshi_common.storage.candidates import Candidate

    Rule = Callable[[Candidate, AnalyzeKnobs, dt.datetime], bool]

_CENT = DOLLAR // 100
_CONTRACT = 100
BEYOND = "max_markets"
"""The rule of those that fit all others and come after the last one asked about."""


class Selection(NamedTuple):
    """The markets to ask about, in their order, and how many were left out by which rule."""

    chosen: list[Candidate]
    left_out: Counter[str]


def select(candidates: Iterable[Candidate], knobs: AnalyzeKnobs, now: dt.datetime) -> Selection:
    """Apply the rules in order; the first that leaves a market out is the one it is counted under.

    Those that remain are asked soonest close first, an event's markets together.
    """
    left_out: Counter[str] = Counter()
    remaining = []
    for candidate in candidates:
        broken = next((name for name, leaves_out in RULES.items() if leaves_out(candidate, knobs, now)), None)
        if broken is None:
            remaining.append(candidate)
        else:
            left_out[broken] += 1
    remaining.sort(key=lambda each: (each.close_time_utc, each.event_ticker, each.market_id))
    chosen, beyond = remaining[: knobs.max_markets], remaining[knobs.max_markets :]
    if beyond:
        left_out[BEYOND] = len(beyond)
    return Selection(chosen, left_out)


def batches(chosen: Sequence[Candidate], size: int) -> list[list[Candidate]]:
    """Cut the markets into batches of at most `size`. An event is judged as one, so it is never cut, however large."""
    events = sorted(chosen, key=lambda each: each.event_ticker)
    by_event = {name: list(rows) for name, rows in groupby(events, key=lambda each: each.event_ticker)}
    found: list[list[Candidate]] = [[]]
    for name in dict.fromkeys(each.event_ticker for each in chosen):
        if found[-1] and len(found[-1]) + len(by_event[name]) > size:
            found.append([])
        found[-1] += by_event[name]
    return [batch for batch in found if batch]


def mid(candidate: Candidate) -> float | None:
    """Give the mid of a two-sided book, 0 to 1; None for any other. A bid of 0 or an ask of a dollar is no order."""
    bid, ask = candidate.yes_bid_microdollars, candidate.yes_ask_microdollars
    if bid is None or ask is None or not 0 < bid <= ask < DOLLAR:
        return None
    return (bid + ask) / (2 * DOLLAR)


def _spread_is_wide(market: Candidate, knobs: AnalyzeKnobs, _: dt.datetime) -> bool:
    bid, ask = market.yes_bid_microdollars or 0, market.yes_ask_microdollars or 0
    return ask - bid > knobs.max_spread_cents * _CENT


def _hours_left(market: Candidate, now: dt.datetime) -> float:
    """Give the hours to the close; a market that does not tell its close has none left."""
    if market.close_time_utc is None:
        return -1.0
    return (parse_utc(market.close_time_utc) - now) / dt.timedelta(hours=1)


def _is_known_already(market: Candidate, knobs: AnalyzeKnobs, now: dt.datetime) -> bool:
    if market.estimated_at_utc is None:
        return False
    age_hours = (now - parse_utc(market.estimated_at_utc)) / dt.timedelta(hours=1)
    now_mid, then_mid = mid(market), market.estimated_mid
    if age_hours >= knobs.repeat_after_hours or now_mid is None or then_mid is None:
        return age_hours < knobs.repeat_after_hours
    # In hundredths of a cent and whole numbers: 0.58 - 0.53 as floats is less than 0.05.
    return round(abs(now_mid - then_mid) * 10_000) < knobs.repeat_if_moved_cents * 100


RULES: dict[str, Rule] = {
    "not_active": lambda market, *_: market.status != "active",
    "not_binary": lambda market, *_: market.market_type != "binary",
    "macro_types": lambda market, knobs, _: (
        bool(knobs.macro_types) and market.macro_event_type not in knobs.macro_types
    ),
    "series": lambda market, knobs, _: bool(knobs.series) and market.series_ticker not in knobs.series,
    "one_sided_book": lambda market, *_: mid(market) is None,
    "max_spread_cents": _spread_is_wide,
    "min_volume": lambda market, knobs, _: (market.volume_hundredths or 0) < knobs.min_volume * _CONTRACT,
    "min_open_interest": lambda market, knobs, _: (
        (market.open_interest_hundredths or 0) < knobs.min_open_interest * _CONTRACT
    ),
    "min_hours_to_close": lambda market, knobs, now: _hours_left(market, now) < knobs.min_hours_to_close,
    "max_hours_to_close": lambda market, knobs, now: _hours_left(market, now) > knobs.max_hours_to_close,
    "estimated_recently": _is_known_already,
}
"""By name, in the order they are applied; a knob's rule has the knob's name."""

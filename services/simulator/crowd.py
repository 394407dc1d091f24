"""The rest of the exchange: any number of generic markets and combos, for scale. No macro series here.

Most were created lately and close weeks ahead, as on the real exchange; some have just closed, some are yet to come.
"""

from __future__ import annotations

import random
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from simulator.catalog import Rhythm, SeriesSpec, Shape
from simulator.market import SimEvent
from simulator.population import add_bucket, add_market, add_rung, prepare

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

_HOUR = 3_600
_DAY = 86_400
_MARKETS_A_SERIES: Final = 400
_COMBO_SERIES: Final = SeriesSpec("KXMVESPORTS", "Combo", Rhythm.WEEKLY, 1, Shape.SINGLE, 1, 0, 1, "")
_COMBOS: Final = 12
_PAST_SHARE: Final = 0.05
_COMING_SHARE: Final = 0.05
_COMBO_SHARE: Final = 50
"""One combo event more for so many generic markets."""


def crowd_events(seed: int, count: int, anchor: dt.datetime) -> Iterator[SimEvent]:
    """Yield generic events with `count` markets open at `anchor`, and a tenth as many of the past and the future."""
    chance = random.Random(f"{seed}:crowd")
    now = int(anchor.timestamp())
    added = event_no = 0
    while added < count:
        event = _generic_event(seed, event_no, chance, now, min(count - added, chance.randrange(2, 25)))
        event_no += 1
        if event.opens <= now < event.closes:
            added += len(event.markets)
        yield event


def combo_events(seed: int, count: int, anchor: dt.datetime) -> Iterator[SimEvent]:
    """Yield multivariate events of one market each: the ones `mve_filter` is about."""
    now = int(anchor.timestamp())
    for place in range(_COMBOS + count // _COMBO_SHARE):
        chance = random.Random(f"{seed}:combo:{place}")
        event = SimEvent(f"KXMVESPORTS-S{place:05d}", _COMBO_SERIES, title="both", sub_title="Combo", exclusive=False)
        prepare(event, chance, now - chance.randrange(_DAY), now + chance.randrange(_HOUR, 10 * _DAY))
        event.tick_seconds = _HOUR
        legs = (
            b'"strike_type":null,"mve_collection_ticker":"KXMVESPORTS-R","mve_selected_legs":[{"event_ticker":"KXFED-A",'
            b'"market_ticker":"KXFED-A-1","side":"yes"},{"event_ticker":"KXCPI-B","market_ticker":"KXCPI-B-2","side":"no"}]'
        )
        add_market(seed, event, "-A", (1.0, float("inf")), ("yes on both legs", legs))
        yield event


def is_combo(event: SimEvent) -> bool:
    """Tell whether an event is multivariate."""
    return event.series is _COMBO_SERIES


def _generic_event(seed: int, event_no: int, chance: random.Random, now: int, size: int) -> SimEvent:
    spec = _generic_series(event_no * 12 // _MARKETS_A_SERIES)
    event = SimEvent(
        f"{spec.ticker}-26E{event_no:05d}",
        spec,
        title=f"{spec.title}, part {event_no}",
        sub_title=f"Part {event_no}",
        exclusive=spec.shape is Shape.BUCKETS,
    )
    event.spread, event.centre = size / 4, chance.uniform(-2, 2)
    opened = now - min(int(chance.expovariate(1 / (20 * _DAY))), 170 * _DAY)
    closes = now + chance.randrange(2 * _DAY, 200 * _DAY)
    fate = chance.random()
    if fate < _PAST_SHARE:
        closes = now - chance.randrange(_HOUR, 20 * _DAY)
        opened = closes - 30 * _DAY
    elif fate < _PAST_SHARE + _COMING_SHARE:
        opened = now + chance.randrange(600, 3 * _DAY)
    prepare(event, chance, opened, closes)
    event.tick_seconds = _HOUR
    levels = [Decimal(place - size // 2) for place in range(size)]
    for place in range(size):
        if spec.shape is Shape.BUCKETS:
            add_bucket(seed, event, spec, levels, place)
        else:
            add_rung(seed, event, spec, levels[place])
    return event


@cache
def _generic_series(place: int) -> SeriesSpec:
    shape = Shape.BUCKETS if place % 3 == 0 else Shape.LADDER
    return SeriesSpec(f"KXSIM{place:04d}", f"Simulated figure {place}", Rhythm.MONTHLY, 1, shape, 12, 0, 1, "")

"""The macro part of the world: events and markets of the catalogue, from seed and calendar. No prices."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from typing import TYPE_CHECKING

from simulator.catalog import SERIES, SeriesSpec, Shape
from simulator.market import SimEvent, SimMarket, number
from simulator.occasions import Occasion, occasions
from simulator.render import event_tail
from simulator.texts import quoted
from simulator.traits import traits_for

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

_WAVES = 16
_DAY = 86_400
_NO_STRIKE = b'"strike_type":null,"floor_strike":null,"cap_strike":null,"custom_strike":null'


def macro_events(seed: int, anchor: dt.datetime) -> Iterator[SimEvent]:
    """Yield the events of every series of the catalogue around `anchor`, markets included."""
    for spec in SERIES:
        for occasion in occasions(spec.rhythm, spec.open_at_once, anchor):
            yield _macro_event(seed, spec, occasion)


def prepare(event: SimEvent, chance: random.Random, opens: int, closes: int) -> None:
    """Give an event its times (Unix seconds) and its hidden path."""
    event.opens, event.closes = opens, closes
    event.created = opens - chance.randrange(3600, 14 * _DAY)
    event.timer = chance.choice((60, 1800, 3600, 86_400))
    event.waves = tuple(chance.gauss(0, 1) for _ in range(_WAVES))
    event.tail = event_tail(event)


def add_market(seed: int, event: SimEvent, suffix: str, bounds: tuple[float, float], strike: tuple[str, bytes]) -> None:
    """Add a market to `event`; `strike` is its sub-title and the JSON members that state it."""
    ticker = event.ticker + suffix
    draw = number(seed, ticker)
    traits = traits_for(event.series.ticker, len(event.markets), draw // 64)
    market = SimMarket(ticker, event, bounds, traits=traits, draw=draw)
    market.sub_title, market.strike_json = strike
    if draw % 17 == 0:
        # Strikes are added to running events when the figure drifts away from the first ones.
        market.created = event.opens + (event.closes - event.opens) // 10
    if traits.raw_extra:
        market.tail = event.tail[:-1] + traits.raw_extra + b"}"
    event.markets.append(market)


def _macro_event(seed: int, spec: SeriesSpec, occasion: Occasion) -> SimEvent:
    ticker = f"{spec.ticker}-{occasion.label}"
    event = SimEvent(
        ticker,
        spec,
        title=f"{spec.title} in {occasion.label}",
        sub_title=f"In {occasion.label}",
        exclusive=spec.shape in {Shape.BUCKETS, Shape.NAMES},
    )
    chance = random.Random(f"{seed}:{ticker}")
    event.spread = max(spec.step * spec.strikes / 3, spec.step / 2)
    event.centre = spec.centre + chance.uniform(-1, 1) * spec.step
    prepare(event, chance, int(occasion.opens.timestamp()), int(occasion.closes.timestamp()))
    _fill(seed, event, spec)
    return event


def _fill(seed: int, event: SimEvent, spec: SeriesSpec) -> None:
    if spec.shape is Shape.SINGLE:
        add_market(seed, event, "", (spec.centre, math.inf), ("happening", _NO_STRIKE))
        return
    levels = [
        (Decimal(str(spec.centre)) + Decimal(str(spec.step)) * (place - spec.strikes // 2)).normalize()
        for place in range(spec.strikes)
    ]
    for place in range(spec.strikes):
        if spec.shape is Shape.NAMES:
            _add_name(seed, event, spec, levels, place)
        elif spec.shape is Shape.BUCKETS:
            add_bucket(seed, event, spec, levels, place)
        else:
            add_rung(seed, event, spec, levels[place])


def add_rung(seed: int, event: SimEvent, spec: SeriesSpec, level: Decimal) -> None:
    """Add the market "above `level`"."""
    strike = f'"strike_type":"greater","floor_strike":{level:f},"cap_strike":null,"custom_strike":null'
    text = f"Above {level:f}{spec.unit}"
    add_market(seed, event, f"-{spec.strike_prefix}{level:f}", (float(level), math.inf), (text, strike.encode()))


def add_bucket(seed: int, event: SimEvent, spec: SeriesSpec, levels: list[Decimal], place: int) -> None:
    """Add the range that ends at `levels[place]`; the last one is open above."""
    low = levels[place - 1] if place else None
    high = levels[place] if place < len(levels) - 1 else None
    kind = "less" if low is None else "greater" if high is None else "between"
    floor, cap = ("null" if level is None else f"{level:f}" for level in (low, high))
    bounds = (-math.inf if low is None else float(low), math.inf if high is None else float(high))
    strike = f'"strike_type":"{kind}","floor_strike":{floor},"cap_strike":{cap},"custom_strike":null'
    text = f"{kind} {' and '.join(f'{level:f}{spec.unit}' for level in (low, high) if level is not None)}"
    suffix = f"-{spec.strike_prefix}{levels[place]:f}"
    add_market(seed, event, suffix, bounds, (text, strike.encode()))


def _add_name(seed: int, event: SimEvent, spec: SeriesSpec, levels: list[Decimal], place: int) -> None:
    low = float(levels[place - 1]) if place else -math.inf
    high = float(levels[place]) if place < len(levels) - 1 else math.inf
    name = spec.names[place]
    strike = b'"strike_type":"custom","floor_strike":null,"cap_strike":null,"custom_strike":{"Outcome":%b}' % quoted(
        name
    )
    add_market(seed, event, f"-{name}", (low, high), (name, strike))

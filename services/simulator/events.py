"""Events and series as JSON-ready data (kalshi-python-async 3.34.0, models/event_data.py and series.py). No HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from simulator.answers import bad_request
from simulator.crowd import is_combo
from simulator.filters import STATUS_WORDS, cursor_for, integer, limit_of, position_of
from simulator.render import market_json
from simulator.texts import contracts, instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulator.catalog import SeriesSpec
    from simulator.market import SimEvent
    from simulator.world import World

_MOST: Final = 200
_SOURCES: Final = [{"name": "Bureau of Simulated Statistics", "url": "https://statistics.example/releases"}]


def category(spec: SeriesSpec) -> str:
    """Return a series' category."""
    return "Climate and Weather" if spec.ticker == "KXHIGHNY" else "Economics"


def event_data(world: World, event: SimEvent, *, nested: bool) -> dict[str, Any]:
    """Return an event; nested, its live markets stand inside."""
    data: dict[str, Any] = {
        "event_ticker": event.ticker,
        "series_ticker": event.series.ticker,
        "sub_title": event.sub_title,
        "title": event.title,
        "collateral_return_type": "MECNET" if event.exclusive else "",
        "mutually_exclusive": event.exclusive,
        "category": category(event.series),
        "strike_date": instant(event.closes),
        "strike_period": "",
        "settlement_sources": _SOURCES,
        "product_metadata": None,
        "available_on_brokers": True,
        "last_updated_ts": instant(event.created),
        "exchange_index": 0,
    }
    if nested:
        data["markets"] = event_markets(world, event)
    return data


def event_markets(world: World, event: SimEvent) -> list[orjson.Fragment]:
    """Return an event's live markets, each in the bytes every answer shows."""
    moment = world.moment()
    return [orjson.Fragment(market_json(market, moment)) for market in event.markets if world.is_live(market, moment)]


def events_page(world: World, query: Mapping[str, str], *, combos: bool = False) -> dict[str, Any]:
    """Return a page of GET /events, or of /events/multivariate.

    Raises:
        ApiError: 400 for a wrong parameter.
    """
    word = query.get("status", "")
    if word not in STATUS_WORDS:
        raise bad_request(f"status {word!r} is not one of unopened, open, closed, settled")
    limit = limit_of(query, _MOST, _MOST)
    nested = query.get("with_nested_markets", "").lower() == "true"
    found: list[dict[str, Any]] = []
    for position, event in _from(world, query, combos=combos):
        if word and not _has_status(event, word, world.moment()):
            continue
        if len(found) == limit:
            return {"events": found, "cursor": cursor_for(position)}
        found.append(event_data(world, event, nested=nested))
    return {"events": found, "cursor": ""}


def _from(world: World, query: Mapping[str, str], *, combos: bool) -> Iterator[tuple[int, SimEvent]]:
    moment = world.moment()
    series, closes_after = query.get("series_ticker", ""), integer(query, "min_close_ts", -1)
    named = set(filter(None, query.get("tickers", "").split(",")))
    among = world.events_of.get(series, []) if series else world.events_by_created
    for position in range(position_of(query.get("cursor", "")), len(among)):
        event = among[position]
        if event.created > moment or is_combo(event) is not combos or (named and event.ticker not in named):
            continue
        if any(market.close_shown(moment) > closes_after for market in event.markets):
            yield position, event


def _has_status(event: SimEvent, word: str, moment: int) -> bool:
    return any(market.status(moment) in STATUS_WORDS[word] for market in event.markets)


def series_data(world: World, spec: SeriesSpec, *, volume: bool = False) -> dict[str, Any]:
    """Return a series, with its total volume where asked."""
    data: dict[str, Any] = {
        "ticker": spec.ticker,
        "frequency": spec.rhythm.value,
        "title": spec.title,
        "category": category(spec),
        "categories": [category(spec)],
        "tags": ["Simulated", spec.shape.name.title()],
        "settlement_sources": _SOURCES,
        "contract_url": f"https://contracts.example/{spec.ticker}.pdf",
        "contract_terms_url": f"https://contracts.example/{spec.ticker}-terms.pdf",
        "product_metadata": None,
        "fee_type": spec.fee_type,
        "fee_multiplier": 1,
        "additional_prohibitions": [],
        "last_updated_ts": instant(world.events_of[spec.ticker][0].created),
        "exchange_index": 0,
    }
    if volume:
        data["volume_fp"] = contracts(sum(len(event.markets) for event in world.events_of[spec.ticker]) * 12_345)
    return data

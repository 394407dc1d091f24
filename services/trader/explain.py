"""Why a market was or was not traded, in sentences from what is stored. It judges nothing anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kalshi_common.domain.hour import utc_text
from kalshi_common.storage import signals, trade_inputs, trade_story
from trader.limits.facts import usd

if TYPE_CHECKING:
    import datetime as dt
    import sqlite3

    from kalshi_common.config import Settings
    from kalshi_common.storage.signals import SignalRecord

_SHOWN = 200
_CONTRACT = 100


def rows_of(connection: sqlite3.Connection, market: str | None) -> list[dict[str, Any]]:
    """Give the last cycle's signals, or the newest of one market, as plain rows."""
    found = signals.of_market(connection, market, _SHOWN) if market else signals.of_last_cycle(connection)
    return [_row(record) for record in found]


def explained(connection: sqlite3.Connection, settings: Settings, market: str, now: dt.datetime) -> list[str]:
    """Say why a market was not traded in the last cycle that judged it, or why none judged it."""
    found = signals.of_market(connection, market, 2)
    last = [record for record in found if record.cycle_id == found[0].cycle_id]
    unjudged = _unjudged(connection, settings, market, last, now)
    return [*unjudged, *(line for record in last for line in _side(connection, record))]


def _row(record: SignalRecord) -> dict[str, Any]:
    return {
        "market": record.market_id,
        "side": record.side,
        "decision": record.decision,
        "probability": record.probability,
        "price": _money(record.price_microdollars),
        "fee": _money(record.fee_microdollars),
        "edge": _money(record.edge_microdollars),
        "wanted": _contracts(record.wanted_hundredths),
        "sized": _contracts(record.sized_hundredths),
        "quotes": record.quote_source,
        "at": record.created_at_utc,
        "venue": record.venue,
        "reasons": json.loads(record.reasons_json),
    }


def _side(connection: sqlite3.Connection, record: SignalRecord) -> list[str]:
    head = f"{record.created_at_utc} {record.venue}, {record.side} of {record.market_id}: {record.decision}"
    numbers = (
        f"  estimate for yes {record.probability}, price {_money(record.price_microdollars)}"
        f" + fee {_money(record.fee_microdollars)}, edge {_money(record.edge_microdollars)} a contract"
        f" by the {record.quote_source} of {record.quoted_at_utc};"
        f" Kelly wants {_contracts(record.wanted_hundredths)}, sized {_contracts(record.sized_hundredths)} contracts"
    )
    reasons = [f"  - {each['check']}: {each['why']}" for each in json.loads(record.reasons_json)]
    stories = trade_story.intents_of(connection, record.cycle_id, record.market_id, record.side)
    return [head, numbers, *reasons, *(_order(story) for story in stories)]


def _order(story: trade_story.IntentStory) -> str:
    why = f": {story.reason}" if story.reason else ""
    return f"  - order {story.state}{why}; {_contracts(story.filled_hundredths)} filled"


def _unjudged(
    connection: sqlite3.Connection, settings: Settings, market: str, last: list[SignalRecord], now: dt.datetime
) -> list[str]:
    """Say what kept the newest trade cycle from judging the market at all, if something did."""
    newest = trade_inputs.newest_hour(connection, until=utc_text(now))
    seen = trade_story.last_seen(connection, market)
    if seen is None:
        return [f"{market} was never seen: check its ticker, and that its series is collected"]
    if seen != newest:
        return [
            f"{market} was last seen open at {seen}, and the newest hour is {newest}: it closed, or the hour is cut"
        ]
    if not trade_story.has_estimate(connection, market, settings.trade.model):
        whose = f"of {settings.trade.model} (trade.model)" if settings.trade.model else "of any model"
        return [f"{market} has no estimate {whose}: see `kalshi report` and the analyzer's selection"]
    if not last:
        return [f"{market} has an estimate, and no trade cycle has run since: start one with `kalshi run --mode trade`"]
    return []


def _money(amount: int | None) -> str | None:
    return None if amount is None else usd(amount)


def _contracts(size: int | None) -> str | None:
    return None if size is None else f"{size / _CONTRACT:g}"

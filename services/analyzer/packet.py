"""The evidence about one market at one moment, as text that has one form only. It is built here and nowhere else.

All reading goes through `Evidence`, which knows nothing later than the moment. `blind` holds no price and no
probability; `priced` is kept beside it for whoever studies the estimates, and no prompt shows it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from kalshi_common.domain.hour import parse_utc, utc_text
from kalshi_common.domain.money import MicroDollars, dollars
from kalshi_common.exchange.stored import facts_of
from kalshi_common.storage.packets import PacketRecord

if TYPE_CHECKING:
    from kalshi_common.domain.market import MarketFacts
    from kalshi_common.storage.evidence import Evidence, Quote, Result, Seen

_FORM: Final = 1
_RESULTS = 400
_EVENTS_SHOWN = 12
_NAMES_SHOWN = 20
_LADDER_SHOWN = 60
_NAME_SHOWN = 60
_QUOTES = 48
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,10})?")
_WORD = re.compile(r"[a-z_]{1,30}")
_HOUR = dt.timedelta(hours=1)


def packet_of(evidence: Evidence, market_id: str, hour: str) -> PacketRecord | None:
    """Build the packet of a market's row in an hour (UTC text); None where the row was not known yet.

    Raises:
        UnexpectedAnswerError: the row's payload is no market of the exchange.
    """
    seen = evidence.snapshot(market_id, hour)
    if seen is None:
        return None
    content = {"form": _FORM, "blind": _blind(evidence, seen), "priced": _priced(evidence, seen)}
    text = canonical(content)
    return PacketRecord(hashlib.sha256(text.encode()).hexdigest(), market_id, hour, seen.known_at_utc, text)


def blind_text(packet_json: str) -> str:
    """Give the part of a packet that a blind prompt may show, in its one form."""
    return canonical(json.loads(packet_json)["blind"])


def canonical(content: Any) -> str:
    """Write JSON in the one form that is hashed: sorted, ASCII, without floats and without `<`, `>` or `&`.

    Foreign text can then neither close a delimiter nor hide characters.
    """
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _blind(evidence: Evidence, seen: Seen) -> dict[str, Any]:
    facts = facts_of(seen.payload_json)
    series = evidence.series(seen.series_ticker)
    return {
        "market_id": seen.market_id,
        "title": facts.title,
        "rules_primary": facts.rules_primary,
        "rules_secondary": facts.rules_secondary,
        **_named(facts),
        "macro_event_type": seen.macro_event_type,
        "observed_at_utc": seen.known_at_utc,
        "close_time_utc": seen.close_time_utc,
        "minutes_to_close": _minutes_left(seen),
        "event": _event(evidence, seen),
        "series": {
            "ticker": seen.series_ticker,
            "title": series and series.title,
            "frequency": series and series.frequency,
        },
        "series_results": _results(evidence.results(seen.series_ticker, limit=_RESULTS)),
    }


def _named(facts: MarketFacts) -> dict[str, str | None]:
    """Give what yes and no mean. Strikes are the JSON text the exchange wrote."""
    return {
        "yes_means": facts.yes_sub_title,
        "no_means": facts.no_sub_title,
        "strike_type": facts.strike_type,
        "floor_strike": facts.floor_strike,
        "cap_strike": facts.cap_strike,
        "custom_strike": facts.custom_strike,
    }


def _sibling(facts: MarketFacts) -> dict[str, str | None]:
    """Tell another market of the event by its strikes alone where it has some, else by the beginning of its name.

    So text that somebody wrote into one market reaches the questions about no other, or too little of it to be heard.
    """
    strikes = [facts.floor_strike, facts.cap_strike]
    if any(strikes) and all(_NUMBER.fullmatch(strike or "0") for strike in strikes):
        kind = facts.strike_type if _WORD.fullmatch(facts.strike_type or "") else None
        return {"strike_type": kind, "floor_strike": facts.floor_strike, "cap_strike": facts.cap_strike}
    return {"yes_means": _cut(facts.yes_sub_title)}


def _cut(name: str | None) -> str | None:
    return name and name[:_NAME_SHOWN]


def _minutes_left(seen: Seen) -> int | None:
    if seen.close_time_utc is None:
        return None
    return (parse_utc(seen.close_time_utc) - parse_utc(seen.known_at_utc)) // dt.timedelta(minutes=1)


def _event(evidence: Evidence, seen: Seen) -> dict[str, Any]:
    event = evidence.event(seen.event_ticker)
    # The hour's own page may have come a moment later than this market's; the hour before knows the same names.
    since = utc_text(parse_utc(seen.snapshot_hour_utc) - _HOUR)
    others = evidence.event_markets(seen, since=since)
    others.pop(seen.market_id, None)
    exclusive = None if event is None or event.mutually_exclusive is None else bool(event.mutually_exclusive)
    return {
        "ticker": seen.event_ticker,
        "title": event and event.title,
        "category": event and event.category,
        "mutually_exclusive": exclusive,
        "other_markets": len(others),
        "markets": [
            {"market_id": market_id, **_sibling(facts_of(others[market_id].payload_json))}
            for market_id in sorted(others)[:_LADDER_SHOWN]
        ],
    }


def _results(results: list[Result]) -> dict[str, Any]:
    """Sum up a series' determined markets: how many, how many yes, and which ones in the newest events."""
    events: dict[str, list[Result]] = {}
    for row in results:
        events.setdefault(row.event_ticker, []).append(row)
    return {
        "markets": len(results),
        "yes": sum(row.result == "yes" for row in results),
        "newest_events": [
            {
                "event": event,
                "closed_at_utc": rows[0].close_time_utc,
                "markets": len(rows),
                "yes": [_cut(row.yes_sub_title) or row.market_id for row in rows if row.result == "yes"][:_NAMES_SHOWN],
            }
            for event, rows in islice(events.items(), _EVENTS_SHOWN)
        ],
    }


def _priced(evidence: Evidence, seen: Seen) -> dict[str, Any]:
    quotes = evidence.quotes(seen.market_id, until=seen.snapshot_hour_utc, limit=_QUOTES)
    return {
        "yes_bid": _price(seen.yes_bid_microdollars),
        "yes_ask": _price(seen.yes_ask_microdollars),
        "last_price": _price(seen.last_price_microdollars),
        "path": [_quote(quote) for quote in reversed(quotes)],
    }


def _quote(quote: Quote) -> list[str | None]:
    prices = (quote.yes_bid_microdollars, quote.yes_ask_microdollars, quote.last_price_microdollars)
    return [quote.snapshot_hour_utc, *map(_price, prices)]


def _price(micro: MicroDollars | None) -> str | None:
    return None if micro is None else str(dollars(micro))

"""From what is stored to a cycle's signals: reads, judges, and stores every candidate before anything is placed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.hour import utc_text
from kalshi_common.storage import estimate_pages
from kalshi_common.storage.signals import SignalRecord
from trader.account import account_of, candidates_of
from trader.evidence import evidence_of
from trader.signals import Conditions, Judge, Signal

if TYPE_CHECKING:
    import datetime as dt
    import sqlite3
    from collections.abc import Callable, Mapping

    from kalshi_common.domain.money import MicroDollars
    from kalshi_common.domain.order import Venue
    from kalshi_common.knobs_trade import TradeKnobs


class Situation(NamedTuple):
    """What a cycle knows beside the database. `halted` says of a market why it may not trade, or None."""

    venue: Venue
    hour: str
    now: dt.datetime
    cash: MicroDollars
    trading_paused: str | None
    unresolved: Mapping[str, str]
    halted: Callable[[str], str | None]


def judged(connection: sqlite3.Connection, knobs: TradeKnobs, situation: Situation) -> list[Signal]:
    """Judge every candidate of the newest hour as the venue stands; nothing is written."""
    candidates = candidates_of(connection, situation.hour, model=knobs.model)
    account = account_of(connection, situation.venue, situation.hour, cash=situation.cash)
    conditions = Conditions(
        venue=situation.venue,
        now=situation.now,
        trading_paused=situation.trading_paused,
        evidence=evidence_of(estimate_pages.newest_score(connection), situation.now),
        halted=situation.halted,
        unresolved=situation.unresolved,
    )
    return Judge(account.standing, conditions, knobs).signals(candidates)


def record_of(signal: Signal, cycle_id: str, situation: Situation) -> SignalRecord:
    """Give the row a signal becomes. Where it could not be priced, its numbers are NULL, not 0."""
    market, shown = signal.candidate.market, signal.shown
    priced = shown.size > 0
    return SignalRecord(
        cycle_id=cycle_id,
        venue=situation.venue,
        market_id=market.market_id,
        snapshot_hour_utc=market.snapshot_hour_utc,
        series_ticker=market.series_ticker,
        event_ticker=market.event_ticker,
        macro_event_type=market.macro_event_type,
        side=signal.candidate.side,
        estimate_id=market.estimate_id,
        probability=market.probability,
        quote_source=signal.candidate.quoted.source,
        quoted_at_utc=signal.candidate.quoted.seen_at_utc,
        price_microdollars=shown.price if priced else None,
        fee_microdollars=shown.fee_each if priced else None,
        edge_microdollars=shown.edge if priced else None,
        kelly_fraction=signal.kelly if priced else None,
        wanted_hundredths=signal.wanted if priced else None,
        sized_hundredths=(signal.deal.size if signal.deal else 0) if priced else None,
        decision="taken" if signal.deal else "refused",
        reasons_json=json.dumps([{"check": reason.check, "why": reason.why} for reason in signal.reasons]),
        created_at_utc=utc_text(situation.now),
    )

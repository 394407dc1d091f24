"""What a cycle would ask: the newest complete hour, its markets as selected, and a packet for each. It asks nobody."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, NamedTuple

from analyzer.judgement import MarketMoment
from analyzer.packet import packet_of
from analyzer.select import mid, select
from kalshi_common.domain.hour import parse_utc
from kalshi_common.errors import CycleError
from kalshi_common.storage import candidates
from kalshi_common.storage.evidence import Evidence

if TYPE_CHECKING:
    import sqlite3

    from analyzer.select import Selection
    from kalshi_common.knobs_analyze import AnalyzeKnobs
    from kalshi_common.storage.candidates import Candidate
    from kalshi_common.storage.packets import PacketRecord


class Plan(NamedTuple):
    """An hour (UTC text), how many rows it has, what was selected of them, and the evidence by market."""

    hour: str
    scanned: int
    selection: Selection
    packets: dict[str, PacketRecord]


def plan_of(connection: sqlite3.Connection, knobs: AnalyzeKnobs, now: dt.datetime) -> Plan:
    """Select the markets of the newest complete hour and gather the evidence about each.

    Raises:
        CycleError: there is no complete hour, or the newest is too old to forecast from.
    """
    hour = _hour(connection, knobs, now)
    rows = candidates.of_hour(connection, hour)
    selection = select(rows, knobs, now)
    known: dict[str, Evidence] = {}
    packets = {}
    for market in selection.chosen:
        moment = market.observed_at_utc
        evidence = known.setdefault(moment, Evidence(connection, moment))
        packet = packet_of(evidence, market.market_id, hour)
        if packet is not None:
            packets[market.market_id] = packet
    return Plan(hour, len(rows), selection, packets)


def moment_of(market: Candidate, packet: PacketRecord) -> MarketMoment:
    """Give what judging needs of a market; the strikes are those of its packet."""
    strikes = json.loads(packet.packet_json)["blind"]
    return MarketMoment(
        market_id=market.market_id,
        event_ticker=market.event_ticker,
        series_ticker=market.series_ticker,
        macro_event_type=market.macro_event_type,
        market_mid=mid(market),
        close_time_utc=market.close_time_utc,
        observed_at_utc=packet.observed_at_utc,
        strike_type=strikes["strike_type"],
        floor_strike=strikes["floor_strike"],
        cap_strike=strikes["cap_strike"],
        mutually_exclusive=bool(market.mutually_exclusive),
    )


def _hour(connection: sqlite3.Connection, knobs: AnalyzeKnobs, now: dt.datetime) -> str:
    hour = candidates.newest_complete_hour(connection)
    if hour is None:
        raise CycleError("no hour is complete yet: run the collector first")
    if now - parse_utc(hour) > dt.timedelta(minutes=knobs.max_snapshot_age_minutes):
        raise CycleError(
            f"the newest complete hour is {hour}, more than {knobs.max_snapshot_age_minutes} minutes ago "
            "(analyze.max_snapshot_age_minutes): see why the collector has completed none since"
        )
    return hour

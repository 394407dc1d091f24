"""Markets at a moment, for judging."""

from __future__ import annotations

from typing import Any

from analyzer.judgement import JudgeContext, JudgeRules, MarketMoment, Platt, Recalibration

OBSERVED = "2026-11-23T05:07:00Z"
_MOMENT = MarketMoment(
    market_id="KXCPI-26NOV-T0.3",
    event_ticker="KXCPI-26NOV",
    series_ticker="KXCPI",
    macro_event_type="cpi",
    market_mid=0.5,
    close_time_utc="2026-12-10T13:30:00Z",
    observed_at_utc=OBSERVED,
    strike_type=None,
    floor_strike=None,
    cap_strike=None,
    mutually_exclusive=False,
)


def moment(market_id: str = _MOMENT.market_id, **changes: Any) -> MarketMoment:
    return _MOMENT._replace(market_id=market_id, **changes)


def above(market_id: str, strike: str, **changes: Any) -> MarketMoment:
    return moment(market_id, strike_type="greater", floor_strike=strike, **changes)


def below(market_id: str, strike: str, **changes: Any) -> MarketMoment:
    return moment(market_id, strike_type="less", cap_strike=strike, **changes)


def recalibration(as_of: str = OBSERVED, *, pooled: Platt | None = None, **by_type: Platt) -> Recalibration:
    return Recalibration(as_of, pooled or Platt(), by_type, events=0, scalars_left_out=0)


def context(*moments: MarketMoment, fitted: Recalibration | None = None, **rules: Any) -> JudgeContext:
    known = {each.market_id: each for each in moments}
    return JudgeContext(known, fitted or recalibration(), JudgeRules(**rules))

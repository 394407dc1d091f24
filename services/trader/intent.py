"""From a signal that is taken to the order intent: names, price, time in force. It commits and places nothing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from kalshi_common.domain.hour import utc_text
from kalshi_common.domain.order import OrderIntent, client_order_id, intent_id

if TYPE_CHECKING:
    from kalshi_common.knobs_trade import TradeKnobs
    from trader.candidate import Candidate, Deal
    from trader.consent import Consent


def intent_of(  # noqa: PLR0913 - what an intent is made of
    candidate: Candidate,
    deal: Deal,
    *,
    signal_id: int,
    cycle_id: str,
    consent: Consent,
    knobs: TradeKnobs,
    now: dt.datetime,
) -> OrderIntent:
    """Make the intent to buy a candidate as the deal has it."""
    market = candidate.market
    name = intent_id(cycle_id, market.market_id, candidate.side)
    rests = knobs.time_in_force == "good_till_canceled"
    return OrderIntent(
        intent_id=name,
        client_order_id=client_order_id(consent.venue, consent.environment, name),
        cycle_id=cycle_id,
        signal_id=signal_id,
        venue=consent.venue,
        environment=consent.environment,
        market_id=market.market_id,
        series_ticker=market.series_ticker,
        event_ticker=market.event_ticker,
        macro_event_type=market.macro_event_type,
        side=candidate.side,
        count_hundredths=deal.size,
        price_microdollars=deal.price,
        fee_microdollars=deal.fee,
        time_in_force=knobs.time_in_force,
        expires_at_utc=utc_text(now + dt.timedelta(minutes=knobs.order_minutes)) if rests else None,
        created_at_utc=utc_text(now),
    )

"""Markets as the JSON bytes of the exchange (kalshi-python-async 3.34.0, models/market.py). No selection of markets.

A market is its fixed head, a live middle kept until the next price tick, and a tail shared by its event, so that a page
of a thousand is mostly a join.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.price import DOLLAR, quote
from simulator.texts import contracts, dollars, instant, quoted

if TYPE_CHECKING:
    from simulator.market import SimEvent, SimMarket, Status

_DAY = 86_400
_WEEK = 7 * _DAY
_HEAD = (
    b'{"ticker":%b,"event_ticker":%b,"market_type":"%b","title":%b,"subtitle":%b,"yes_sub_title":%b,"no_sub_title":%b,'
    b'"created_time":"%b","open_time":"%b","expected_expiration_time":"%b","expiration_time":"%b",'
    b'"latest_expiration_time":"%b","settlement_timer_seconds":%d,%b,"can_close_early":true,"early_close_condition":%b,'
    b'"rules_primary":%b,"price_level_structure":"%b","price_ranges":%b,'
)
_LIVE = (
    '"status":"%s","close_time":"%s","updated_time":"%s","yes_bid_dollars":"%s","yes_bid_size_fp":"%s",'
    '"yes_ask_dollars":"%s","yes_ask_size_fp":"%s","no_bid_dollars":"%s","no_ask_dollars":"%s",'
    '"last_price_dollars":"%s","previous_yes_bid_dollars":"%s","previous_yes_ask_dollars":"%s",'
    '"previous_price_dollars":"%s","volume_fp":"%s","volume_24h_fp":"%s","open_interest_fp":"%s","result":"%s",'
    '"expiration_value":"%s"%s'
)
_TAIL = (
    b',"notional_value_dollars":"1.0000","settlement_bounds_type":"default","settlement_floor_dollars":null,'
    b'"occurrence_datetime":null,"fee_waiver_expiration_time":null,"functional_strike":null,'
    b'"primary_participant_key":null,"is_provisional":false,"exchange_index":0,"rules_secondary":%b}'
)
_RULES = (
    "If the first figure published for {event} is {strike}, then the market resolves to Yes. Only the figure of the "
    "first official release counts; later revisions, benchmark updates and seasonal re-adjustments do not."
)
_SECONDARY = (
    "The market closes at the sooner of the stated close time and the release of the data. If the release is delayed "
    "by fewer than thirty days, the Expiration Date moves to the day of the release. Figures are taken as published. "
    "Anyone who holds material non-public information about {title} may not trade this contract. Where this summary "
    "and the terms of the contract differ, the terms hold."
)


def event_tail(event: SimEvent) -> bytes:
    """Return the closing part of every market of `event`."""
    return _TAIL % quoted(_SECONDARY.format(title=event.title))


def market_head(market: SimMarket) -> bytes:
    """Return the opening part of a market, which never changes."""
    event, traits = market.event, market.traits
    strike = quoted(market.sub_title)
    return _HEAD % (
        quoted(market.ticker),
        quoted(event.ticker),
        b"scalar" if traits.scalar else b"binary",
        quoted(f"Will {event.title} be {market.sub_title}?{traits.title_suffix}"),
        strike,
        strike,
        strike,
        instant(market.created).encode(),
        instant(event.opens).encode(),
        instant(event.closes + 300).encode(),
        instant(event.closes + _WEEK).encode(),
        instant(event.closes + _WEEK).encode(),
        event.timer,
        market.strike_json,
        b'"The figure is published before the close time."' if market.early else b"null",
        quoted(_RULES.format(event=event.title, strike=market.sub_title)),
        traits.structure.name.encode(),
        traits.structure.ranges_json,
    )


def pieces(market: SimMarket, status: Status, moment: int) -> tuple[bytes, bytes, bytes]:
    """Return a market's JSON in three parts, each kept for the next time."""
    if not market.head:
        market.head = market_head(market)
        market.tail = market.tail or market.event.tail
    tick = moment - moment % market.event.tick_seconds
    live = market.live
    if live is None or live[0] != tick or live[1] is not status:
        live = market.live = (tick, status, _live(market, status, moment))
    return market.head, live[2], market.tail


def market_json(market: SimMarket, moment: int) -> bytes:
    """Return a market's JSON as every answer shows it at `moment`.

    Raises:
        LookupError: the market does not exist yet at `moment`.
    """
    status = market.status(moment)
    if status is None:
        raise LookupError(market.ticker)
    return b"".join(pieces(market, status, moment))


def _live(market: SimMarket, status: Status, moment: int) -> bytes:
    now, before = quote(market, moment), quote(market, moment - _DAY)
    return (
        _LIVE
        % (
            status,
            instant(market.close_shown(moment)),
            instant(market.changed(moment)),
            dollars(now.bid),
            contracts(now.bid_size),
            dollars(now.ask),
            contracts(now.ask_size),
            dollars(DOLLAR - now.ask),
            dollars(DOLLAR - now.bid),
            (now.last and market.traits.odd_last_price) or dollars(now.last),
            dollars(before.bid),
            dollars(before.ask),
            dollars(before.last),
            contracts(now.volume),
            contracts(now.volume_24h),
            contracts(now.open_interest),
            *_outcome(market, moment),
        )
    ).encode()


def _outcome(market: SimMarket, moment: int) -> tuple[str, str, str]:
    """Return result, expiration value and, once settled, the settlement members."""
    if moment < market.determined:
        return "", "", ""
    settled = f',"settlement_value_dollars":"{dollars(market.settlement_value)}"'
    if moment >= market.finalized:
        settled += f',"settlement_ts":"{instant(market.finalized)}"'
    return market.result, f"{market.event.value:.4g}", settled

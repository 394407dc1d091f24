"""What a trade cycle would do on paper with what is stored now, in lines. It asks nobody and writes nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kalshi_common.clock import SystemClock
from kalshi_common.domain.hour import snapshot_hour, utc_text
from kalshi_common.storage import intents
from kalshi_common.storage.database import reading
from trader.decide import Situation, judged
from trader.equity import paper_cash
from trader.halt import halt_in
from trader.limits.facts import usd

if TYPE_CHECKING:
    from kalshi_common.config import Settings
    from trader.signals import Signal


def preview(settings: Settings) -> list[str]:
    """Judge what is stored as a cycle would, taking the exchange to be trading.

    Raises:
        StorageError: there is no database yet.
    """
    now, data_dir, trade = SystemClock().now(), settings.storage.data_dir, settings.trade
    with reading(data_dir) as connection:
        situation = Situation(
            venue="paper",
            hour=utc_text(snapshot_hour(now)),
            now=now,
            cash=paper_cash(connection, trade.paper_bankroll),
            trading_paused=None,
            unresolved=intents.blocked(connection, "paper"),
            halted=lambda market: halt_in(connection, data_dir, market),
        )
        found = judged(connection, trade, situation)
    taken = [signal for signal in found if signal.deal]
    refused = Counter(reason.check for signal in found if not signal.deal for reason in signal.reasons)
    return [
        f"{len(found)} candidates, {len(taken)} of them to buy on paper; nothing was asked or written",
        *(_line(signal) for signal in taken),
        *(f"  refused by {check}: {many}" for check, many in refused.most_common()),
    ]


def _line(signal: Signal) -> str:
    market, deal = signal.candidate.market, signal.shown
    size, price = f"{deal.size / 100:g}", usd(deal.price)
    return (
        f"  buy {size} {signal.candidate.side} of {market.market_id} at {price} or better, at most {usd(deal.most)}; "
        f"edge {usd(deal.edge)} a contract by the {signal.candidate.quoted.source}"
    )

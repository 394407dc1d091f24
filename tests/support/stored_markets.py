"""Stored markets, books and facts for trading tests, made up row by row; and the candidates read back from them."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from kalshi_common.domain.hour import parse_utc, utc_text
from kalshi_common.domain.market import ObservedBook, ObservedEvent, ObservedSeries
from kalshi_common.domain.order import OrderIntent, client_order_id, intent_id
from kalshi_common.storage import markets, snapshots
from support.data_dir import HOUR, NOW, record, snapshot

if TYPE_CHECKING:
    from kalshi_common.storage.database import Database

    Levels = list[tuple[str, str]]

MARKET = "KXCPI-26NOV-T0.3"
BOUGHT_AT = parse_utc(NOW) + dt.timedelta(minutes=5)


def store(
    database: Database,
    market_id: str = MARKET,
    *,
    hour: str = HOUR,
    seen_at: str = NOW,
    yes: Levels | None = None,
    no: Levels | None = None,
    fee_type: str | None = "quadratic",
    exclusive: bool = False,
    event: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Store a market at an hour: its snapshot, facts, series and event and, with `yes` or `no` bids, its order book."""
    row = snapshot(market_id, hour=hour, created_at_utc=seen_at, close_time_utc="2026-12-10T13:30:00Z", **changes)
    with database.write() as connection:
        snapshots.add(connection, [row])
        markets.keep(connection, [record(market_id)], now=seen_at)
        series = ObservedSeries(row.series_ticker, "CPI", "Economics", "monthly", fee_type, "1", "{}")
        markets.keep_series(connection, [series], now=seen_at)
        payload = json.dumps({"event_ticker": row.event_ticker, **(event or {})})
        told = ObservedEvent(row.event_ticker, row.series_ticker, "CPI", "Economics", exclusive, payload)
        markets.keep_events(connection, [told], now=seen_at)
        if yes is not None or no is not None:
            book = {"ticker": market_id, "orderbook_fp": {"yes_dollars": yes or [], "no_dollars": no or []}}
            snapshots.add_books(connection, [ObservedBook(market_id, json.dumps(book))], hour=hour, now=seen_at)


def intent(**changes: Any) -> OrderIntent:
    """An immediate paper order for 10 yes contracts of MARKET at 58 cents, or as changed; `cycle` names its cycle."""
    name = intent_id(changes.pop("cycle", "cycle-1"), changes.get("market_id", MARKET), changes.get("side", "yes"))
    rests = changes.get("time_in_force") == "good_till_canceled"
    made = OrderIntent(
        intent_id=name,
        client_order_id=client_order_id("paper", "demo", name),
        cycle_id="cycle-1",
        signal_id=None,
        venue="paper",
        environment="demo",
        market_id=MARKET,
        series_ticker="KXCPI",
        event_ticker="KXCPI-26NOV",
        macro_event_type="cpi",
        side="yes",
        count_hundredths=1_000,
        price_microdollars=580_000,
        fee_microdollars=180_000,
        time_in_force="immediate_or_cancel",
        expires_at_utc=utc_text(BOUGHT_AT + dt.timedelta(hours=2)) if rests else None,
        created_at_utc=utc_text(BOUGHT_AT),
    )
    return made._replace(**changes)

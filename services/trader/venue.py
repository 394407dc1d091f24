"""Opens the venue a cycle trades on, paper or live: the only place that knows both. Reconciling comes first on live."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.errors import ExchangeError
from kalshi_common.exchange import KalshiClient, SharedRateLimit
from kalshi_common.storage import intents, positions
from kalshi_common.threads import in_thread
from trader.broker_live import LiveBroker
from trader.broker_paper import PaperBroker
from trader.limits.facts import micro
from trader.paper_account import bring_up_to_date
from trader.portfolio_read import live_exchange
from trader.reconcile import reconcile, settle_interrupted_paper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kalshi_common.cycle import CycleContext
    from kalshi_common.domain.money import MicroDollars
    from kalshi_common.domain.order import Fill, Venue
    from trader.broker import Broker
    from trader.consent import Consent


class OpenVenue(NamedTuple):
    """A venue ready to trade on; with `differences` it is not, and nothing may be placed."""

    consent: Consent
    broker: Broker
    cash: MicroDollars
    flow: MicroDollars
    """What all trading of the venue had brought in by then, as the ledger has it."""
    trading_paused: str | None
    unresolved: dict[str, str]
    """Market -> the intent whose outcome is not known."""
    differences: list[str]
    fills: list[Fill]
    """What was filled since the last cycle, where the venue itself must find out (paper)."""


@contextlib.asynccontextmanager
async def open_venue(context: CycleContext, consent: Consent) -> AsyncIterator[OpenVenue]:
    """Bring the venue's books up to date, and give its broker.

    Raises:
        ConfigError: the database holds live orders of another environment, or the key cannot be used.
        ExchangeError: our account could not be read (live).
    """
    opened = _live(context, consent) if consent.venue == "live" else _paper(context, consent)
    async with opened as venue:
        yield venue


@contextlib.asynccontextmanager
async def _live(context: CycleContext, consent: Consent) -> AsyncIterator[OpenVenue]:
    settings, clock = context.settings, context.clock
    async with live_exchange(settings, clock, should_stop=context.stop.is_asked) as exchange:
        # Its first read is signed: a key that is not this exchange's ends the cycle here, before any order.
        found = await reconcile(exchange.portfolio, context.database, clock, environment=consent.environment)
        broker = LiveBroker(exchange, clock, group_limit=settings.trade.max_contracts_at_once)
        paused = await trading_paused(exchange.portfolio)
        flow = await in_thread(_flow, context, "live")
        cash = found.balance_microdollars
        yield OpenVenue(consent, broker, cash, flow, paused, found.blocked, found.differences, [])


@contextlib.asynccontextmanager
async def _paper(context: CycleContext, consent: Consent) -> AsyncIterator[OpenVenue]:
    trade = context.settings.trade
    fills, unresolved = await in_thread(_paper_books, context)
    flow = await in_thread(_flow, context, "paper")
    broker = PaperBroker(context.database, context.clock, fee_rounding=trade.fee_rounding)
    async with _public_client(context) as client:
        paused = await trading_paused(client)
    yield OpenVenue(consent, broker, micro(trade.paper_bankroll) + flow, flow, paused, unresolved, [], fills)


def _flow(context: CycleContext, venue: Venue) -> MicroDollars:
    with context.database.read() as connection:
        return positions.cash_flow(connection, venue)


def _paper_books(context: CycleContext) -> tuple[list[Fill], dict[str, str]]:
    trade = context.settings.trade
    settle_interrupted_paper(context.database, context.clock)
    fills = bring_up_to_date(context.database, fee_rounding=trade.fee_rounding, now=context.now())
    with context.database.read() as connection:
        return fills, intents.blocked(connection, "paper")


async def trading_paused(client: KalshiClient) -> str | None:
    """Say why the exchange does not trade now, or that it does not tell; None while it trades."""
    try:
        status = await client.exchange_status()
    except ExchangeError as error:
        return f"the exchange did not tell whether it trades: {error}"
    if status.exchange_active and status.trading_active:
        return None
    back = f", until {status.estimated_resume_at}" if status.estimated_resume_at else ""
    return f"the exchange is {'paused' if status.exchange_active else 'under maintenance'}{back}"


def _public_client(context: CycleContext) -> KalshiClient:
    exchange = context.settings.exchange
    path = context.settings.storage.data_dir / "locks" / "rate_limit"
    return KalshiClient(
        exchange.url,
        limiter=SharedRateLimit(path, exchange.requests_per_second, context.clock),
        clock=context.clock,
        max_retries=exchange.max_retries,
        timeout_s=exchange.timeout_s,
        max_concurrency=exchange.max_concurrency,
        should_stop=context.stop.is_asked,
    )

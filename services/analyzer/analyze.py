"""The analyze cycle's work, as a table of contents. Each step's own file does it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from analyzer.ask import Asker, Model
from analyzer.batch import Batches
from analyzer.budget import Budget, limits_of
from analyzer.plan import plan_of
from analyzer.preview import preview
from analyzer.prices import price_rows
from analyzer.prompt import prompt
from analyzer.providers import check_keys, provider_of
from analyzer.report import refresh
from analyzer.tally import Tally
from kalshi_common import log
from kalshi_common.clock import SystemClock
from kalshi_common.storage import llm_calls, packets
from kalshi_common.storage.database import reading
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from analyzer.plan import Plan
    from analyzer.prices import PriceRow
    from kalshi_common.config import Settings
    from kalshi_common.cycle import CycleContext

logger = logging.getLogger(__name__)


def check(settings: Settings) -> None:
    """Refuse to begin without the keys and prices that the models need.

    Raises:
        ConfigError: a key or a price is missing.
    """
    check_keys(settings, settings.analyze.models)
    price_rows(settings.analyze.models, SystemClock().now())


def describe(settings: Settings) -> list[str]:
    """Tell what a cycle would ask, with its tokens and worst cost; nobody is asked and nothing written.

    Raises:
        ConfigError: the price of a model is not known. A key is not needed.
        CycleError: there is no complete hour, or none young enough.
        StorageError: there is no database yet.
    """
    return described(settings, SystemClock().now())


def described(settings: Settings, now: dt.datetime) -> list[str]:
    """Do what `describe` does, at a given instant."""
    prices = price_rows(settings.analyze.models, now)
    with reading(settings.storage.data_dir) as connection:
        plan = plan_of(connection, settings.analyze, now)
    return preview(settings.analyze, plan, prices)


async def work(context: CycleContext) -> None:
    """Ask about the newest complete hour, judge what comes, and store every step, batch by batch."""
    settings = context.settings
    check_keys(settings, settings.analyze.models)
    prices = price_rows(settings.analyze.models, context.clock.now())
    plan = await in_thread(_begin, context)
    tally = Tally(context, plan)
    budget = Budget(context.database, limits_of(settings.analyze))
    asker = Asker(context, prompt(), budget)
    models = await in_thread(_models, settings, prices)
    began = context.clock.monotonic()
    try:
        await Batches(context, plan, asker, models, tally).run()
    finally:
        context.report.details["asking_s"] = round(context.clock.monotonic() - began, 3)
        tally.tell(asker, budget)
        for model in models:
            await model.provider.close()
    if not context.stop.is_asked():
        await in_thread(refresh, context)


def _models(settings: Settings, prices: Sequence[PriceRow]) -> list[Model]:
    """Make what is asked ready; the SDKs take seconds to load, in which a signal must still be heard."""
    models = []
    for knobs, price in zip(settings.analyze.models, prices, strict=True):
        log.event(logger, "price_row", logging.INFO, None, model=price.model, price=price.as_json())
        models.append(Model(knobs, price, provider_of(settings, knobs)))
    return models


def _begin(context: CycleContext) -> Plan:
    """Close what killed cycles left open, select, and store the evidence before anybody is asked about it."""
    with context.database.write() as connection:
        left = llm_calls.close_abandoned(connection, cycle_id=context.cycle_id, now=context.now())
    if left:
        log.event(logger, "unknown_calls_found", logging.WARNING, None, calls=left)
    with context.database.read() as connection:
        plan = plan_of(connection, context.settings.analyze, context.clock.now())
    with context.database.write() as connection:
        packets.keep(connection, plan.packets.values(), now=context.now())
    return plan

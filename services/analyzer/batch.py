"""Batches of markets through asking and judging into the database. Paid answers are in the ledger before that."""

from __future__ import annotations

import asyncio
import json
import math
from typing import TYPE_CHECKING

from analyzer.judge import judge, rules_of
from analyzer.judgement import JudgeContext
from analyzer.plan import moment_of
from analyzer.recalibrate import fit
from analyzer.select import batches
from kalshi_common.storage import estimates, forecasts, llm_calls
from kalshi_common.storage.estimates import EstimateRecord
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.ask import Asker, Model
    from analyzer.judgement import Judgement, MarketMoment, Recalibration
    from analyzer.plan import Plan
    from analyzer.tally import Tally
    from kalshi_common.cycle import CycleContext
    from kalshi_common.storage.candidates import Candidate


class Batches:
    """The batches of one cycle."""

    def __init__(self, context: CycleContext, plan: Plan, asker: Asker, models: Sequence[Model], tally: Tally) -> None:
        self._context, self._plan, self._asker, self._models, self._tally = context, plan, asker, models, tally
        self._lines: dict[str, Recalibration] = {}

    async def run(self) -> None:
        """Take every batch through; several are under way, so that a batch's last slow call holds up no other.

        Raises:
            StorageError: what could not be stored; everything else is ended.
        """
        knobs = self._context.settings.analyze
        todo = batches(
            [each for each in self._plan.selection.chosen if each.market_id in self._plan.packets], knobs.batch_size
        )
        await in_thread(self._fit)
        calls_each = knobs.batch_size * knobs.samples * len(self._models)
        under_way = asyncio.Semaphore(2 + math.ceil(knobs.concurrency / calls_each))

        async def one(batch: list[Candidate]) -> None:
            async with under_way:
                await self._batch(batch)

        try:
            async with asyncio.TaskGroup() as group:
                for batch in todo:
                    group.create_task(one(batch))
        except BaseExceptionGroup as failures:
            raise _first(failures) from failures

    def _fit(self) -> None:
        """Fit each model's lines on what was known when the earliest of the markets was seen."""
        packets = self._plan.packets.values()
        if not packets:
            return
        as_of = min(packet.observed_at_utc for packet in packets)
        least = self._context.settings.analyze.recalibrate_min_events
        for model in self._models:
            with self._context.database.read() as connection:
                known = forecasts.known_results(
                    connection, model=model.knobs.model, prompt_version=self._asker.prompt_version, as_of=as_of
                )
            self._lines[model.name] = fit(known, as_of=as_of, min_events=least)

    async def _batch(self, batch: list[Candidate]) -> None:
        async with asyncio.TaskGroup() as group:
            asked = {
                (market.market_id, model.name): group.create_task(
                    self._asker.samples(self._plan.packets[market.market_id], model)
                )
                for market in batch
                for model in self._models
            }
        for model in self._models:
            samples = {market.market_id: asked[market.market_id, model.name].result() for market in batch}
            await in_thread(self._judged, batch, model, samples)
        self._tally.add(batch)

    def _judged(self, batch: list[Candidate], model: Model, samples: Mapping[str, list[float]]) -> None:
        """Judge one model's samples of the batch and store what was made of them; too few samples make no estimate."""
        least = math.ceil(self._context.settings.analyze.samples / 2)
        enough = {market_id: values for market_id, values in samples.items() if len(values) >= least}
        if not enough:
            return
        moments = {
            market.market_id: moment_of(market, self._plan.packets[market.market_id])
            for market in batch
            if market.market_id in enough
        }
        rules = rules_of(self._context.settings.analyze)
        judgements = judge(enough, JudgeContext(moments, self._lines[model.name], rules))
        with self._context.database.write() as connection:
            records = []
            for market_id, judgement in judgements.items():
                cost = llm_calls.cost_of(
                    connection,
                    packet_hash=self._plan.packets[market_id].packet_hash,
                    provider=model.knobs.provider,
                    model=model.knobs.model,
                    prompt_hash=self._asker.prompt_hash,
                )
                records.append(self._record(model, moments[market_id], enough[market_id], judgement, cost))
            self._context.report.inserted += estimates.add(connection, records)
        self._tally.estimated(judgements)

    def _record(
        self, model: Model, moment: MarketMoment, samples: list[float], judgement: Judgement, cost: int
    ) -> EstimateRecord:
        return EstimateRecord(
            market_id=moment.market_id,
            snapshot_hour_utc=self._plan.hour,
            provider=model.knobs.provider,
            model=model.knobs.model,
            prompt_version=self._asker.prompt_version,
            cycle_id=self._context.cycle_id,
            series_ticker=moment.series_ticker,
            event_ticker=moment.event_ticker,
            macro_event_type=moment.macro_event_type,
            packet_hash=self._plan.packets[moment.market_id].packet_hash,
            observed_at_utc=moment.observed_at_utc,
            estimated_at_utc=self._context.now(),
            close_time_utc=moment.close_time_utc,
            samples_json=json.dumps(samples),
            market_mid=moment.market_mid,
            cost_nanodollars=cost,
            **judgement.__dict__,
        )


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """Give the first single failure of nested groups: one sentence for the operator is better than a tree."""
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first

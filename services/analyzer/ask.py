"""Asking: each question, each sample, each attempt, under the budget. It knows no market and makes no estimate.

An attempt is a row of the ledger of its own. An answer already paid for is not asked for again, so a cycle that was
killed goes on, in the same hour, where it stopped.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from typing import TYPE_CHECKING, NamedTuple

from analyzer.answers import failed, settled
from analyzer.packet import blind_text
from analyzer.prices import dollars_text
from analyzer.providers import Question
from kalshi_common import log
from kalshi_common.errors import ModelError
from kalshi_common.storage import llm_calls
from kalshi_common.storage.llm_calls import Reservation
from kalshi_common.threads import in_thread

if TYPE_CHECKING:
    from analyzer.budget import Budget
    from analyzer.prices import PriceRow
    from analyzer.prompt import Prompt
    from analyzer.providers import Provider
    from kalshi_common.cycle import CycleContext
    from kalshi_common.knobs_analyze import ModelKnobs
    from kalshi_common.storage.packets import PacketRecord

logger = logging.getLogger(__name__)
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class Model(NamedTuple):
    """A model ready to be asked."""

    knobs: ModelKnobs
    price: PriceRow
    provider: Provider

    @property
    def name(self) -> str:
        """The provider and the model."""
        return f"{self.knobs.provider} {self.knobs.model}"

    def worst_cost(self, question: Question) -> int:
        """Give the most one call can cost, in nano-dollars."""
        return self.price.worst(most_input=question.most_tokens, most_output=self.knobs.max_output_tokens)


class Asker:
    """One cycle's asking. `hopeless` tells, by model, why it is not asked any more."""

    def __init__(self, context: CycleContext, prompt: Prompt, budget: Budget) -> None:
        self._context, self._prompt, self._budget = context, prompt, budget
        self._slots = asyncio.Semaphore(context.settings.analyze.concurrency)
        self.hopeless: dict[str, str] = {}
        self.overrun: str | None = None

    @property
    def prompt_version(self) -> str:
        """The version of the prompt in use."""
        return self._prompt.version

    @property
    def prompt_hash(self) -> str:
        """The SHA-256 of its file."""
        return self._prompt.digest

    def question(self, packet: PacketRecord) -> Question:
        """Put a packet's blind part into the prompt."""
        return Question(self._prompt.system, self._prompt.about(blind_text(packet.packet_json)))

    async def samples(self, packet: PacketRecord, model: Model) -> list[float]:
        """Give a model's probabilities about one market, as many as came."""
        known = await in_thread(self._known, packet, model)
        question = self.question(packet)
        wanted = range(self._context.settings.analyze.samples)
        missing = [number for number in wanted if number not in known]
        async with asyncio.TaskGroup() as group:
            tasks = {number: group.create_task(self._one(packet, model, question, number)) for number in missing}
        came = {number: task.result() for number, task in tasks.items()}
        found = (known.get(number, came.get(number)) for number in wanted)
        return [probability for probability in found if probability is not None]

    def _known(self, packet: PacketRecord, model: Model) -> dict[int, float]:
        with self._context.database.read() as connection:
            return llm_calls.answers(
                connection,
                packet_hash=packet.packet_hash,
                provider=model.knobs.provider,
                model=model.knobs.model,
                prompt_hash=self._prompt.digest,
            )

    async def _one(self, packet: PacketRecord, model: Model, question: Question, sample: int) -> float | None:
        knobs = self._context.settings.analyze
        async with self._slots:
            for attempt in range(1, knobs.max_retries + 2):
                if self._must_stop(model):
                    return None
                call = self._reservation(packet, model, question, (sample, attempt))
                if not await self._budget.reserve(call):
                    return None
                try:
                    return await self._attempt(call, model, question)
                except ModelError as error:
                    if not error.again or attempt > knobs.max_retries:
                        return None
                    await self._context.stop.pause(_pause_s(attempt, error), self._context.clock)
        return None

    async def _attempt(self, call: Reservation, model: Model, question: Question) -> float | None:
        try:
            reply = await model.provider.ask(question, call.call_id)
        except ModelError as error:
            await self._budget.settle(call.call_id, failed(error, now=self._context.now()))
            self._note(model, error)
            raise
        except BaseException:
            self._budget.lost()
            raise
        settlement = settled(reply, model.price, now=self._context.now())
        await self._budget.settle(call.call_id, settlement)
        if (settlement.actual_nanodollars or 0) > call.reserved_nanodollars:
            self.overrun = (
                f"{model.name} charged ${dollars_text(settlement.actual_nanodollars or 0)} for a call that could cost"
                f" ${dollars_text(call.reserved_nanodollars)} at most: its price is not {model.price.as_json()}, or it"
                " ignores the limit of output tokens; nothing more is asked"
            )
            log.event(logger, "overrun", logging.CRITICAL, None, sentence=self.overrun, call=call.call_id)
        if settlement.error:
            log.event(logger, "answer_unusable", logging.WARNING, None, model=model.name, why=settlement.error)
        return settlement.probability

    def _reservation(
        self, packet: PacketRecord, model: Model, question: Question, number: tuple[int, int]
    ) -> Reservation:
        sample, attempt = number
        return Reservation(
            call_id=secrets.token_hex(12),
            cycle_id=self._context.cycle_id,
            packet_hash=packet.packet_hash,
            market_id=packet.market_id,
            snapshot_hour_utc=packet.snapshot_hour_utc,
            provider=model.knobs.provider,
            model=model.knobs.model,
            prompt_version=self._prompt.version,
            prompt_hash=self._prompt.digest,
            price_row=model.price.as_json(),
            sample=sample,
            attempt=attempt,
            reserved_at_utc=self._context.now(),
            reserved_nanodollars=model.worst_cost(question),
        )

    def _must_stop(self, model: Model) -> bool:
        return self._context.stop.is_asked() or self.overrun is not None or model.name in self.hopeless

    def _note(self, model: Model, error: ModelError) -> None:
        if error.hopeless:
            self.hopeless.setdefault(model.name, str(error))
        log.event(logger, "call_failed", logging.WARNING, None, error=str(error), charged=error.charged)


def _pause_s(attempt: int, error: ModelError) -> float:
    grown = min(_FIRST_PAUSE_S * 2.0 ** (attempt - 1), _LONGEST_PAUSE_S)
    return max(grown * random.uniform(0.5, 1.0), error.retry_after_s or 0.0)  # noqa: S311 - jitter, no secret

"""What a cycle counts: the funnel from markets scanned to estimates, calls, tokens, money. It decides nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from analyzer.budget import LIMIT_KNOBS, limits_of
from analyzer.prices import dollars_text
from kalshi_common import log
from kalshi_common.storage import llm_calls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.ask import Asker
    from analyzer.budget import Budget
    from analyzer.plan import Plan
    from kalshi_common.cycle import CycleContext
    from kalshi_common.storage.candidates import Candidate

logger = logging.getLogger(__name__)


class Tally:
    """The funnel: scanned = left out by some rule + asked; asked = answered + failed."""

    def __init__(self, context: CycleContext, plan: Plan) -> None:
        self._context, self._plan = context, plan
        self._tried: set[str] = set()
        self._answered: set[str] = set()
        context.report.scanned = plan.scanned

    def estimated(self, market_ids: Iterable[str]) -> None:
        """Note markets that got an estimate."""
        self._answered.update(market_ids)

    def add(self, batch: Iterable[Candidate]) -> None:
        """Note a batch that went through."""
        self._tried.update(market.market_id for market in batch)

    def tell(self, asker: Asker, budget: Budget) -> None:
        """Put everything into the cycle's report, also where the cycle was cut off."""
        report, context = self._context.report, self._context
        left_out = dict(self._plan.selection.left_out)
        short = [each.market_id for each in self._plan.selection.chosen if each.market_id not in self._answered]
        rule = self._why_short(budget)
        failed = [market_id for market_id in short if rule is None and market_id in self._tried]
        if len(short) > len(failed):
            left_out[rule or "cut_off"] = len(short) - len(failed)
        funnel = {
            "scanned": self._plan.scanned,
            "left_out": left_out,
            "asked": len(self._answered) + len(failed),
            "answered": len(self._answered),
            "failed": len(failed),
        }
        with context.database.read() as connection:
            calls = llm_calls.by_model(connection, context.cycle_id)
            charged = llm_calls.charged(connection, cycle_id=context.cycle_id, now=context.now())
        tokens = sum(int(str(row["input_tokens"])) + int(str(row["output_tokens"])) for row in calls)
        report.headline = {
            **{name: funnel[name] for name in ("asked", "answered", "failed")},
            "tokens": tokens,
            "cost_usd": dollars_text(charged.cycle),
        }
        report.details |= {
            "analyzed_hour": self._plan.hour,
            "funnel": funnel,
            "calls": [_priced(row) for row in calls],
            "charged_usd": {name: dollars_text(nano) for name, nano in charged._asdict().items()},
            "limits_usd": {
                name: dollars_text(nano) for name, nano in limits_of(context.settings.analyze)._asdict().items()
            },
        }
        report.errors += [*asker.hopeless.values(), *([asker.overrun] if asker.overrun else [])]
        if failed and not self._answered and not report.errors:
            report.errors.append(f"no usable answer about any of {len(failed)} markets; see the calls in the report")
        self._warn(budget, failed)

    def _why_short(self, budget: Budget) -> str | None:
        if budget.exhausted is not None:
            return "budget"
        return "stopped" if self._context.stop.is_asked() else None

    def _warn(self, budget: Budget, failed: list[str]) -> None:
        warnings = []
        if budget.exhausted is not None:
            warnings.append(
                f"stopped asking before the limit of the {budget.exhausted} ({LIMIT_KNOBS[budget.exhausted]}): "
                "the next call might have passed it"
            )
        if failed:
            warnings.append(f"{len(failed)} markets got too few usable answers, {failed[0]} first")
        for sentence in warnings:
            log.event(logger, "analyze_warning", logging.WARNING, None, sentence=sentence)
        self._context.report.warnings += warnings


def _priced(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "charged_usd": dollars_text(row["charged_nanodollars"])}

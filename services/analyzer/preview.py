"""What a dry run prints: the funnel, what each model would be asked and cost at worst, and one packet. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.budget import limits_of
from analyzer.packet import blind_text
from analyzer.prices import dollars_text
from analyzer.prompt import prompt
from analyzer.providers import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.plan import Plan
    from analyzer.prices import PriceRow
    from kalshi_common.knobs_analyze import AnalyzeKnobs


def preview(knobs: AnalyzeKnobs, plan: Plan, prices: Sequence[PriceRow]) -> list[str]:
    """Write the lines."""
    told = prompt()
    packets = list(plan.packets.values())
    questions = [Question(told.system, told.about(blind_text(packet.packet_json))) for packet in packets]
    left_out = ", ".join(f"{rule} {count}" for rule, count in plan.selection.left_out.items())
    lines = [
        f"hour {plan.hour}: {plan.scanned} markets scanned, {len(packets)} to ask; left out: {left_out or 'none'}",
        f"prompt {told.version} (sha256 {told.digest[:12]}), {knobs.samples} samples of each market and model",
    ]
    total = 0
    for model, price in zip(knobs.models, prices, strict=True):
        tokens = sum(question.most_tokens for question in questions) * knobs.samples
        worst = knobs.samples * sum(
            price.worst(most_input=question.most_tokens, most_output=model.max_output_tokens) for question in questions
        )
        total += worst
        lines.append(
            f"{model.provider} {model.model}: {len(questions) * knobs.samples} calls, at most {tokens} input and "
            f"{len(questions) * knobs.samples * model.max_output_tokens} output tokens, at worst "
            f"${dollars_text(worst)}; price: {price.as_json()}"
        )
    limits = ", ".join(f"${dollars_text(nano)} a {name}" for name, nano in limits_of(knobs)._asdict().items())
    lines.append(f"in all at worst ${dollars_text(total)}, without retries; limits: {limits}")
    if packets:
        lines += [f"one packet of {len(packets)}, sha256 {packets[0].packet_hash}:", packets[0].packet_json]
    return [*lines, "nobody was asked and nothing was written"]

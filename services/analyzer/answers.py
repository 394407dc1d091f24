"""How a call ended, as the ledger keeps it: what it cost and what, if anything, its answer is worth. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.prompt import probability_in
from kalshi_common.storage.llm_calls import Settlement

if TYPE_CHECKING:
    from analyzer.prices import PriceRow
    from analyzer.providers import Reply
    from kalshi_common.errors import ModelError

_KEPT = 4000


def settled(reply: Reply, price: PriceRow, *, now: str) -> Settlement:
    """Settle a call that was answered: paid for, whatever the answer is. Untold usage keeps the reservation."""
    outcome, probability, error = _read(reply)
    usage = reply.usage
    return Settlement(
        outcome,
        now,
        None if usage is None else price.cost(usage),
        input_tokens=usage and usage.input,
        cached_input_tokens=usage and usage.cached,
        cache_write_tokens=usage and usage.cache_write,
        output_tokens=usage and usage.output,
        probability=probability,
        answer_json=reply.text[:_KEPT],
        error=error,
    )


def failed(error: ModelError, *, now: str) -> Settlement:
    """Settle a call that was not answered: free where it was turned away, else at its reservation."""
    if error.charged:
        return Settlement("unknown", now, None, error=str(error))
    return Settlement("rejected", now, 0, error=str(error))


def _read(reply: Reply) -> tuple[str, float | None, str | None]:
    if reply.refused:
        return "refused", None, "the model refused to answer"
    try:
        return "ok", probability_in(reply.text), None
    except ValueError as error:  # msgspec names the place and the kind of value, never the text itself
        return "malformed", None, f"the answer is not the object asked for: {error}"

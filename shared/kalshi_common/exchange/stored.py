"""A stored market payload read back: the exchange's own text of one moment, in the field's terms. Fetches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kalshi_common.exchange.wire import markets_page

if TYPE_CHECKING:
    from kalshi_common.domain.market import MarketFacts


def facts_of(payload_json: str) -> MarketFacts:
    """Read the facts of a market from its `payload_json`.

    Raises:
        UnexpectedAnswerError: the text is no market of the exchange.
    """
    [market] = markets_page(b'{"cursor":"","markets":[%b]}' % payload_json.encode()).markets
    return market.facts.read()

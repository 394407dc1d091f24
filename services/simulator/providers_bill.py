"""What the simulated providers charge, in exact decimals, by their own price list. Nobody else's arithmetic is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

_MILLION = Decimal(1_000_000)


class Tokens(NamedTuple):
    """What a call took: the prompt, the part of it read from a cache, and what was made (thinking included)."""

    read: int
    cached: int
    made: int


class Price(NamedTuple):
    """Dollars for a million tokens."""

    read: Decimal
    cached: Decimal
    made: Decimal


def _price(*dollars: str) -> Price:
    return Price(*map(Decimal, dollars))


# As the providers list them in November 2026, for prompts below 100,000 tokens; `sim-1` is a model of a small endpoint.
PRICES: dict[str, Price] = {
    "gpt-5-mini": _price("0.25", "0.025", "2"),
    "gpt-5": _price("1.25", "0.125", "10"),
    "claude-haiku-5-5": _price("0.1", "0.01", "0.5"),
    "claude-sonnet-5-5": _price("2", "0.1", "10"),
    "sim-1": _price("1", "1", "4"),
}


class Entry(NamedTuple):
    """One charged call. `told` says whether the answer was sent off whole, so that the client can know its usage."""

    client_id: str
    model: str
    tokens: Tokens
    dollars: Decimal
    told: bool


@dataclass
class Bill:
    """Everything charged so far."""

    entries: list[Entry] = field(default_factory=list)

    def charge(self, client_id: str, model: str, tokens: Tokens, *, told: bool) -> None:
        """Charge a call."""
        price = PRICES[model]
        plain = tokens.read - tokens.cached
        dollars = (plain * price.read + tokens.cached * price.cached + tokens.made * price.made) / _MILLION
        self.entries.append(Entry(client_id, model, tokens, dollars, told))

    @property
    def total(self) -> Decimal:
        """The sum in dollars."""
        return sum((entry.dollars for entry in self.entries), Decimal(0))

    def as_json(self) -> dict[str, Any]:
        """Return the bill; dollars are decimal text."""
        entries = [
            {"client_id": one.client_id, "model": one.model, **one.tokens._asdict(), "usd": str(one.dollars)}
            | {"told": one.told}
            for one in self.entries
        ]
        return {"total_usd": str(self.total), "calls": len(entries), "entries": entries}

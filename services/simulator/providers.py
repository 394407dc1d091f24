"""The simulated model providers' state: what they know, charge, delay and break. It speaks no wire format.

They are told apart by wire format only: `openai` stands for compatible endpoints too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from aiohttp import web

from simulator.market import number
from simulator.providers_bill import Bill, Tokens
from simulator.providers_faults import ModelFaults
from simulator.providers_skill import Skill, answer, obeyed, question_of

if TYPE_CHECKING:
    from simulator.world import World

_SYSTEM_TOKENS = 300
_BYTES_A_TOKEN = 4
_LEAST_OUTPUT = 40


class Call(NamedTuple):
    """What one request asks, whichever wire format it came in."""

    wire: str
    model: str
    text: str
    """Everything the model reads."""
    question: str
    """The user's message."""
    most_output: int
    client_id: str


class Spoken(NamedTuple):
    """What the model says, and the tokens it took; `fault` is what goes wrong with it."""

    text: str
    tokens: Tokens
    fault: str


@dataclass
class Providers:
    """Both simulated providers."""

    world: World
    seed: int
    latency_s: float = 0.0
    cached_share: float = 0.0
    """Which part of a prompt is billed as read from a cache."""
    skill: Skill = field(default_factory=Skill)
    faults: ModelFaults = field(default_factory=ModelFaults)
    bill: Bill = field(default_factory=Bill)
    calls: int = 0
    busy: int = 0
    busiest: int = 0
    """The most calls that were under way at once."""
    _asked: Counter[str] = field(default_factory=Counter)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def reached(self, count: int) -> None:
        """Wait until so many calls have arrived."""
        while self.calls < count:
            self._more.clear()
            await self._more.wait()

    async def speak(self, call: Call) -> Spoken:
        """Think for `latency_s`, then answer, with whatever fault this call meets."""
        self.calls += 1
        self._more.set()
        self._asked[call.question] += 1
        draw = number(self.seed, call.model, call.question, self._asked[call.question])
        fault = self.faults.meeting(number("fault", draw))
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            if self.latency_s:
                await asyncio.sleep(self.latency_s)
        finally:
            self.busy -= 1
        return Spoken(self._said(call, draw, fault), self._used(call, draw, fault), fault)

    def _said(self, call: Call, draw: int, fault: str) -> str:
        asked = question_of(call.question)
        told = obeyed(call.question) if self.skill.gullible else None
        said = told if told is not None else answer(self.world, asked, self.skill, draw)
        return self.faults.spoken(fault, said)

    def _used(self, call: Call, draw: int, fault: str) -> Tokens:
        read = _SYSTEM_TOKENS + len(call.text.encode()) // _BYTES_A_TOKEN
        most = max(call.most_output, 1)
        made = min(_LEAST_OUTPUT + draw % 400, most)
        if fault == "over_long":
            made = most
        if fault == "overbilled":
            made = most * 3
        return Tokens(read, int(read * self.cached_share), made)


PROVIDERS: Final = web.AppKey("providers", Providers)


def providers_of(request: web.Request) -> Providers:
    """Return the providers a request came to."""
    return request.config_dict[PROVIDERS]

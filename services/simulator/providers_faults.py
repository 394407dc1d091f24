"""Which fault meets which model call, by rate or by script, and what it does to the words. No wire format here."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

REFUSALS: Final = {"400": 400, "401": 401, "404": 404, "429": 429, "429_seconds": 429, "500": 500, "529": 529}
"""Turned away before any work: nothing is charged."""
LOST: Final = ("cut", "reset", "hang", "html")
"""Worked, charged, and the answer does not arrive whole."""
WORDS: Final = ("malformed", "wrong_schema", "out_of_range", "refusal", "over_long", "overbilled", "no_usage")
"""A whole answer that is worth nothing, or says nothing about what it cost."""
MODEL_FAULTS: Final = (*REFUSALS, *LOST, *WORDS)
_FINE: Final = 1 << 64
_ROUNDING: Final = 1e-9


@dataclass
class ModelFaults:
    """The faults in force: scripted ones first, then by rate."""

    rates: dict[str, float] = field(default_factory=dict)
    scripted: deque[str] = field(default_factory=deque)

    def set_rates(self, rates: Mapping[str, float]) -> None:
        """Replace the rates, 0 to 1 each and in all.

        Raises:
            ValueError: an unknown name, or a rate or sum out of range.
        """
        unknown = set(rates) - set(MODEL_FAULTS)
        if unknown:
            raise ValueError(
                f"{', '.join(sorted(unknown))} is no fault of a model; known are {', '.join(MODEL_FAULTS)}"
            )
        if any(not 0 <= rate <= 1 for rate in rates.values()) or sum(rates.values()) > 1 + _ROUNDING:
            raise ValueError("the rates of a model's faults must be from 0 to 1, in all too")
        self.rates = dict(rates)

    def script(self, fault: str, times: int = 1) -> None:
        """Let the next calls meet `fault`; an empty name lets one pass.

        Raises:
            ValueError: an unknown name.
        """
        if fault and fault not in MODEL_FAULTS:
            raise ValueError(f"{fault!r} is no fault of a model; known are {', '.join(MODEL_FAULTS)}")
        self.scripted.extend([fault] * times)

    def meeting(self, draw: int) -> str:
        """Return the fault this call meets, or nothing."""
        if self.scripted:
            return self.scripted.popleft()
        chance = draw % _FINE / _FINE
        for name, rate in self.rates.items():
            chance -= rate
            if chance < 0:
                return name
        return ""

    @staticmethod
    def spoken(fault: str, said: str) -> str:
        """Return what is said under a fault."""
        return {
            "malformed": "I believe it is likely. " + said,
            "wrong_schema": '{"chance":0.5,"because":"of this"}',
            "out_of_range": '{"probability":1.7,"reason":"more than sure"}',
            "refusal": "I cannot help with that.",
            "over_long": said[: len(said) // 2],
        }.get(fault, said)

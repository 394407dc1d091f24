"""Which fault meets which request: by rate, repeatable from the seed, or by script. It applies none of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simulator.market import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.requestlog import Arrival

WIRE_FAULTS: Final = (
    "429", "429_seconds", "429_date", "408", "500", "502", "503", "504", "html_200", "cut_body", "cut_chunked",
    "broken_json", "reset", "slow", "hang",
)  # fmt: skip
"""The request gets no good answer; at most one of them at a time."""
SHAPE_FAULTS: Final = (
    "repeat_row", "cursor_loop", "rename_price_field", "drop_price_field", "null_price", "status_leak",
    "created_filter_ignored", "created_filter_rejected", "historical_bare_names",
)  # fmt: skip
"""The answer is well-formed and wrong; several can meet."""
LOST_ANSWERS: Final = ("reset_after", "hang_after", "408_after", "500_after", "502_after", "503_after", "504_after")
"""The request is done and its answer lost: what makes a write's outcome unknown. By script, or by rate on writes."""
ACCEPTED_LATE: Final = "accepted_late"
"""An order is answered with 504 and accepted some seconds later."""
MAINTENANCE: Final = "maintenance"
"""A state of the whole exchange: on at any rate above 0."""
CHAOS: Final = "chaos"
"""A share of all requests, spread evenly over every wire fault."""
FAULTS: Final = (*WIRE_FAULTS, *SHAPE_FAULTS, *LOST_ANSWERS, ACCEPTED_LATE, MAINTENANCE)
_ROUNDING: Final = 1e-9
_FINE: Final = 1 << 64


@dataclass(slots=True)
class Script:
    """An exact order: the next `times` requests that match meet `fault`, after `after` matching ones have passed."""

    fault: str
    path: str = ""
    """A prefix of the path without `/trade-api/v2`."""
    times: int = 1
    query: str = ""
    """Text the query string must hold."""
    after: int = 0
    method: str = ""
    """The only method it meets; empty for all."""

    def takes(self, arrival: Arrival) -> bool:
        """Tell whether this request's turn has come, and count it."""
        if self.times <= 0 or not arrival.path.startswith(self.path) or self.query not in arrival.query:
            return False
        if self.method not in {"", arrival.method}:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class Faults:
    """The faults in force."""

    seed: int
    retry_after_s: int = 1
    """What a 429 asks to wait, where it asks."""
    slow_s: float = 5.0
    """How long a slow answer drips."""
    most_in_a_row: int = 4
    """A wire fault drawn by rate never meets the same request more often than this in a row; rates that sum to 1 do."""
    scripts: list[Script] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)
    _row: Counter[str] = field(default_factory=Counter)

    def set_rates(self, rates: Mapping[str, float]) -> None:
        """Replace the rates (0 to 1 each); `chaos` spreads its rate over the transient wire faults.

        Raises:
            ValueError: an unknown name, a rate out of range, or wire faults that sum to more than 1.
        """
        self.rates = checked_rates(rates)
        self._row.clear()

    def script(  # noqa: PLR0913  one parameter a field of Script
        self, fault: str, path: str = "", *, times: int = 1, query: str = "", after: int = 0, method: str = ""
    ) -> None:
        """Order a fault for exact requests (see `Script`).

        Raises:
            ValueError: an unknown name.
        """
        if fault not in FAULTS or fault == MAINTENANCE:
            raise ValueError(f"{fault!r} is not a fault that can be scripted")
        self.scripts.append(Script(fault, path, times, query, after, method))

    def clear(self) -> None:
        """Drop all rates and scripts."""
        self.rates = {}
        self.scripts.clear()
        self._row.clear()

    @property
    def maintenance(self) -> bool:
        """Whether the exchange is down for maintenance."""
        return self.rates.get(MAINTENANCE, 0) > 0

    def meeting(self, arrival: Arrival) -> set[str]:
        """Return the names of the faults this request meets."""
        met = {script.fault for script in self.scripts if script.takes(arrival)}
        if not met & set(WIRE_FAULTS):
            met.update(self._wire_fault(arrival))
        drawn = (*SHAPE_FAULTS, *(LOST_ANSWERS if arrival.method != "GET" and not met else ()))
        met.update(name for name in drawn if self._chance(name, arrival) < self.rates.get(name, 0))
        return met

    def _wire_fault(self, arrival: Arrival) -> set[str]:
        request = f"{arrival.method} {arrival.path}?{arrival.query}"
        total = sum(self.rates.get(name, 0) for name in WIRE_FAULTS)
        if total < 1 - _ROUNDING and self._row[request] >= self.most_in_a_row:
            self._row[request] = 0
            return set()
        chance = self._chance("wire", arrival)
        for name in WIRE_FAULTS:
            chance -= self.rates.get(name, 0)
            if chance < 0:
                self._row[request] += 1
                return {name}
        self._row[request] = 0
        return set()

    def _chance(self, name: str, arrival: Arrival) -> float:
        return number(self.seed, name, arrival.method, arrival.path, arrival.query, arrival.attempt) / _FINE


def checked_rates(rates: Mapping[str, float]) -> dict[str, float]:
    """Return the rates with `chaos` spread out.

    Raises:
        ValueError: an unknown name, a rate out of range, or wire faults that sum to more than 1.
    """
    spread: dict[str, float] = {}
    for name, rate in rates.items():
        if name not in FAULTS and name != CHAOS:
            raise ValueError(f"{name!r} is not a fault; known are {CHAOS}, {', '.join(FAULTS)}")
        if not 0 <= rate <= 1:
            raise ValueError(f"the rate of {name} must be from 0 to 1, not {rate:g}")
        parts = WIRE_FAULTS if name == CHAOS else (name,)
        for part in parts:
            spread[part] = spread.get(part, 0) + rate / len(parts)
    total = sum(spread.get(name, 0) for name in WIRE_FAULTS)
    if total > 1 + _ROUNDING:
        raise ValueError(f"the rates of the wire faults sum to {total:g}; they must not exceed 1")
    return spread

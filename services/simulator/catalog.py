"""The series the simulated exchange always lists: plain data, shaped like the macro group of the real exchange.

The last three series are of no macro type: a collector of the macro scope must leave them alone.
"""

from __future__ import annotations

import enum
from typing import NamedTuple


class Rhythm(enum.Enum):
    """How often a series has an event."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    MEETING = "eight times a year"
    QUARTERLY = "quarterly"
    YEARLY = "annual"


class Shape(enum.Enum):
    """How an event's markets divide the possible values."""

    LADDER = "above a strike each"
    BUCKETS = "adjoining ranges, at most one of them yes"
    NAMES = "named outcomes, at most one of them yes"
    SINGLE = "one market, its ticker the event's"


class SeriesSpec(NamedTuple):
    """One series: what it asks, how often, and the strikes around `centre` (units as in `unit`)."""

    ticker: str
    title: str
    rhythm: Rhythm
    open_at_once: int
    shape: Shape
    strikes: int
    centre: float
    step: float
    unit: str
    strike_prefix: str = "T"
    fee_type: str = "quadratic"
    names: tuple[str, ...] = ()


_MAKER = "quadratic_with_maker_fees"
_MOVES = ("H0", "C25", "C26", "H25", "H26")
_CHAIRS = ("KHAS", "KWAR", "CWAL", "SBES", "MBOW", "JBUL", "RRIE", "LLOG", "DMAL", "JTAY", "ALAF", "SOTH")
_W, _M, _F, _Q, _Y = Rhythm.WEEKLY, Rhythm.MONTHLY, Rhythm.MEETING, Rhythm.QUARTERLY, Rhythm.YEARLY
_LADDER, _BUCKETS, _NAMES, _SINGLE = Shape.LADDER, Shape.BUCKETS, Shape.NAMES, Shape.SINGLE

SERIES: tuple[SeriesSpec, ...] = (
    SeriesSpec("KXFEDDECISION", "Fed decision", _F, 8, _NAMES, 5, 2, 1, "", "", _MAKER, _MOVES),
    SeriesSpec("KXFED", "Fed funds rate", _F, 8, _LADDER, 14, 3.5, 0.25, "%", "T", _MAKER),
    SeriesSpec("KXRATECUTCOUNT", "Number of rate cuts", _Y, 2, _BUCKETS, 9, 5, 1, "", "T"),
    SeriesSpec("KXRATECUT", "Rate cut this year", _Y, 2, _SINGLE, 1, 1, 1, "", ""),
    SeriesSpec("KXFEDCHAIRNOM", "Next Fed chair nominee", _Y, 1, _NAMES, 12, 4, 1, "", "", "quadratic", _CHAIRS),
    SeriesSpec("KXCPI", "CPI month over month", _M, 5, _LADDER, 11, 0.3, 0.1, "%", "T", _MAKER),
    SeriesSpec("KXCPIYOY", "CPI year over year", _M, 5, _LADDER, 11, 2.8, 0.1, "%"),
    SeriesSpec("KXECONSTATCPI", "CPI, exact", _M, 3, _BUCKETS, 9, 0.3, 0.1, "%"),
    SeriesSpec("KXECONSTATCPIYOY", "CPI year over year, exact", _M, 2, _BUCKETS, 9, 2.8, 0.1, "%"),
    SeriesSpec("KXCPICORE", "Core CPI month over month", _M, 4, _LADDER, 9, 0.3, 0.1, "%"),
    SeriesSpec("KXCPICOREYOY", "Core CPI year over year", _M, 3, _LADDER, 9, 3.0, 0.1, "%"),
    SeriesSpec("KXECONSTATCPICORE", "Core CPI, exact", _M, 2, _BUCKETS, 8, 0.3, 0.1, "%", "IND26-"),
    SeriesSpec("KXPAYROLLS", "Jobs added", _M, 5, _LADDER, 14, 50_000, 25_000, " jobs", "T-", _MAKER),
    SeriesSpec("KXADP", "ADP jobs added", _M, 2, _LADDER, 10, 40_000, 20_000, " jobs"),
    SeriesSpec("KXU3", "Unemployment rate", _M, 5, _LADDER, 10, 4.4, 0.1, "%"),
    SeriesSpec("KXECONSTATU3", "Unemployment rate, exact", _M, 3, _BUCKETS, 9, 4.4, 0.1, "%"),
    SeriesSpec("KXJOBLESSCLAIMS", "Initial jobless claims", _W, 4, _LADDER, 10, 225_000, 5_000, " claims"),
    SeriesSpec("KXPCECORE", "Core PCE", _M, 4, _LADDER, 7, 0.2, 0.1, "%"),
    SeriesSpec("KXGDP", "Real GDP growth", _Q, 3, _LADDER, 12, 2.0, 0.5, "%", "T", _MAKER),
    SeriesSpec("KXGDPYEAR", "Real GDP growth in the year", _Y, 2, _LADDER, 8, 2.0, 0.5, "%"),
    SeriesSpec("KXGDPNOM", "Nominal GDP growth", _Q, 2, _LADDER, 8, 4.5, 0.5, "%"),
    SeriesSpec("KXRECSSNBER", "NBER recession", _Y, 2, _SINGLE, 1, 1, 1, ""),
    SeriesSpec("KXPPI", "Producer prices", _M, 1, _LADDER, 6, 0.2, 0.1, "%"),
    SeriesSpec("KXAAAGASM", "US gas price", _M, 1, _LADDER, 8, 3.1, 0.05, " dollars"),
    SeriesSpec("KXHIGHNY", "Highest temperature in New York", _W, 2, _BUCKETS, 6, 61, 2, "°"),
)

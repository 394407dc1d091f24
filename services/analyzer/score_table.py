"""Rows of forecasts with their results into columns, one set for each forecaster; what cannot be scored is counted."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analyzer.score_arrays import HORIZONS, UNKNOWN_HORIZON, Forecasts
from kalshi_common.storage.forecasts import ScoredForecast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyzer.score_arrays import Floats, Ints

_LEASTS_S = [least * 3600 for _, least in HORIZONS]


class Forecaster(NamedTuple):
    """One model with one prompt version, or the market itself."""

    model: str
    prompt_version: str


class Table(NamedTuple):
    """One forecaster's forecasts. `type_names` gives the meaning of their `macro_type` codes."""

    forecasts: Forecasts
    type_names: list[str]
    scalars: int
    """Forecasts left out because their market paid a scalar value."""
    looking_ahead: int
    """Forecasts left out because something in them was known only later, or their result already was."""


class _Codes(dict[str, int]):
    """Names numbered in the order they come."""

    def of(self, names: Iterable[str]) -> Ints:
        return np.array([self.setdefault(name, len(self)) for name in names], dtype=np.int64)


class _Names(NamedTuple):
    events: _Codes
    markets: _Codes
    types: _Codes


def tables(batches: Iterable[Sequence[ScoredForecast]]) -> dict[Forecaster, Table]:
    """Sort rows by forecaster into columns; one batch of rows is in memory at a time."""
    names = _Names(_Codes(), _Codes(), _Codes())
    parts: dict[Forecaster, list[Forecasts]] = defaultdict(list)
    left_out: dict[Forecaster, list[int]] = defaultdict(lambda: [0, 0])
    for batch in batches:
        sorted_rows: dict[Forecaster, list[ScoredForecast]] = defaultdict(list)
        for row in batch:
            forecaster = Forecaster(row.model, row.prompt_version)
            if row.looks_ahead or row.result not in {"yes", "no"}:
                left_out[forecaster][bool(row.looks_ahead)] += 1
            else:
                sorted_rows[forecaster].append(row)
        for forecaster, rows in sorted_rows.items():
            parts[forecaster].append(_columns(rows, names))
    type_names = list(names.types)
    return {
        forecaster: Table(_joined(parts[forecaster]), type_names, *left_out[forecaster])
        for forecaster in sorted({*parts, *left_out})
    }


def _columns(rows: Sequence[ScoredForecast], names: _Names) -> Forecasts:
    columns: Any = ScoredForecast(*(zip(*rows, strict=True) if rows else [()] * len(ScoredForecast._fields)))
    event = names.events.of(columns.event_ticker)
    market = names.markets.of(columns.market_id)
    exclusive = np.array(columns.is_exclusive, dtype=np.float64) == 1  # None: not known to be
    observed_s = np.array(columns.observed_s, dtype=np.int64)
    return Forecasts(
        event=event,
        draw=np.where(exclusive, 2 * market + 1, 2 * event),
        observed_s=observed_s,
        horizon=_horizons(_numbers(columns.close_s) - observed_s),
        macro_type=names.types.of(name or "other" for name in columns.macro_event_type),
        is_yes=np.array([result == "yes" for result in columns.result], dtype=np.float64),
        mid=_numbers(columns.market_mid),
        aggregated=_numbers(columns.aggregated),
        recalibrated=_numbers(columns.recalibrated),
        blended=_numbers(columns.blended),
        probability=_numbers(columns.probability),
    )


def _numbers(column: Sequence[float | None]) -> Floats:
    return np.array(column, dtype=np.float64)  # None becomes nan


def _horizons(left_s: Floats) -> Ints:
    known = ~np.isnan(left_s)
    found = np.searchsorted(_LEASTS_S, np.where(known, left_s, 0), side="right") - 1
    return np.where(known, np.maximum(found, 0), UNKNOWN_HORIZON).astype(np.int64)


def _joined(parts: Sequence[Forecasts]) -> Forecasts:
    if not parts:
        return NOTHING.forecasts
    columns = Forecasts.__dataclass_fields__
    return Forecasts(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in columns})


NOTHING = Table(_columns([], _Names(_Codes(), _Codes(), _Codes())), [], 0, 0)
"""The table of a forecaster none of whose forecasts has its result."""

"""The calibration report: read what is known, score every forecaster, say it in one JSON object. It draws nothing."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from analyzer import report_parts as parts
from analyzer.score_arrays import HORIZONS
from analyzer.score_table import NOTHING, Forecaster, tables
from kalshi_common import log
from kalshi_common.storage import forecasts as reads
from kalshi_common.storage import score_reports

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.cycle import CycleContext

logger = logging.getLogger(__name__)

SHAPE = 1
"""The shape of the report's JSON; it changes whenever a reader of it would have to."""
LARGEST_BYTES = 100_000
_STORED_DECIMALS = 6
_HOURS = [least for _, least in HORIZONS]
_SPANS = list(zip(_HOURS, [*_HOURS[1:], 1_000_000], strict=True))


def calibration_report(
    connection: sqlite3.Connection,
    *,
    as_of: str,
    since: str = "",
    model: str | None = None,
    market_only: bool = False,
) -> dict[str, Any]:
    """Score what was known at `as_of`, from forecasts observed at or after `since` (both UTC text).

    The market's own mid is scored too, which takes the collector's data alone; `market_only` scores nothing else, and
    `model` names the only model to score beside it.
    """
    found = tables(reads.mids_with_result(connection, as_of=as_of, since=since, horizons=_SPANS[1:]))
    costs: list[reads.Spending] = []
    if not market_only:
        found |= tables(reads.estimates_with_result(connection, as_of=as_of, since=since, model=model))
        costs = [row for row in reads.spending(connection, as_of=as_of, since=since) if model in {None, row.model}]
    asked = {Forecaster(row.model, row.prompt_version) for row in costs}
    return {
        "shape": SHAPE,
        "as_of_utc": as_of,
        "since_utc": since or None,
        "rules": parts.rules(),
        "charged_nanodollars": reads.charged(connection, as_of=as_of, since=since),
        "forecasters": [
            parts.forecaster_part(
                forecaster,
                found.get(forecaster, NOTHING),
                [row for row in costs if (row.model, row.prompt_version) == forecaster],
            )
            for forecaster in sorted({*found, *asked}, key=lambda each: (each.model == reads.MARKET, each))
        ],
    }


def refresh(context: CycleContext) -> None:
    """Score everything known by now and store the report; an analyze cycle ends with this."""
    now = context.now()
    with context.database.read() as connection:
        report = calibration_report(connection, as_of=now)
    with context.database.write() as connection:
        score_reports.add(connection, stored_form(report), cycle_id=context.cycle_id, now=now)
    verdicts = {
        f"{each['model']} {each['prompt_version']}": each["verdict"]["sentence"] for each in report["forecasters"]
    }
    context.report.details["scores"] = verdicts
    log.event(logger, "scored", logging.INFO, None, verdicts=verdicts)


def stored_form(report: dict[str, Any]) -> str:
    """Write the report small: six decimals, and no more forecasters than fit (those with most forecasts stay)."""
    small = _rounded(report)
    kept = sorted(small["forecasters"], key=lambda each: -each["forecasts"]["scored"])
    while True:
        text = json.dumps({**small, "forecasters": kept, "forecasters_left_out": len(small["forecasters"]) - len(kept)})
        if len(text) <= LARGEST_BYTES or not kept:
            return text
        kept = kept[:-1]


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, _STORED_DECIMALS) if isinstance(value, float) else value

"""What the newest score report says of each forecaster: the evidence that live orders need. It scores nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kalshi_common.domain.hour import parse_utc
from trader.limits import Evidence

if TYPE_CHECKING:
    import datetime as dt

    from kalshi_common.storage.estimate_pages import StoredScore

SHAPE: Final = 1
"""The shape of the report that is understood here; of another one nothing is believed."""
_DAY_S = 86_400


class Forecaster(NamedTuple):
    """Whose estimate it is."""

    model: str
    prompt_version: str


def evidence_of(stored: StoredScore | None, now: dt.datetime) -> dict[Forecaster, Evidence]:
    """Read each forecaster's verdict; whoever is not in the report has none."""
    if stored is None:
        return {}
    days = (now - parse_utc(stored.scored_at_utc)).total_seconds() / _DAY_S
    report = json.loads(stored.report_json)
    if not isinstance(report, dict) or report.get("shape") != SHAPE:
        return {}
    return {
        Forecaster(each["model"], each["prompt_version"]): Evidence(days, _skill_low(each), each["verdict"]["sentence"])
        for each in report["forecasters"]
    }


def _skill_low(forecaster: dict[str, Any]) -> float | None:
    """Give the lower bound of skill where the verdict rests on it: too few events, or luck, make it worth nothing."""
    if not forecaster["verdict"]["is_skilled"]:
        return None
    low: float = forecaster["score"]["skill"]["score"]["low"]
    return low

"""The calibration report as text for a terminal. It only arranges what the report says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report_words import PARTS, counts_of, forecaster_name, measures_of, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NOTHING = (
    "nothing to score yet: no market that was seen has its result. The collector stores results as they become known;"
    " run it every hour and look again after the first markets have closed"
)


def as_text(report: Mapping[str, Any]) -> str:
    """Write the report; an empty one is a sentence."""
    if not report["forecasters"]:
        return NOTHING
    since = f", forecasts since {report['since_utc']}" if report["since_utc"] else ""
    lines = [f"calibration as of {report['as_of_utc']}{since}; 95% intervals by bootstrap over events"]
    for part in report["forecasters"]:
        lines += ["", *_forecaster(part)]
    return "\n".join(lines)


def _forecaster(part: Mapping[str, Any]) -> Iterator[str]:
    yield forecaster_name(part)
    yield f"  {part['verdict']['sentence']}"
    yield f"  {counts_of(part)}"
    if part["score"] is None:
        return
    yield ""
    yield from _aligned([("", "value", "95% interval", ""), *measures_of(part)])
    for key, first in PARTS:
        if part[key] and key != "over_time":  # that one is for a picture
            yield ""
            yield from _aligned(table_of(part[key], first))


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

"""The gaps as text: a table for people, JSON and CSV for programs. It finds nothing and prints nothing."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from kalshi_common.cli.tables import aligned
from kalshi_common.domain.coverage import STATUSES
from kalshi_common.domain.gap import LOST, RECOVERABLE, Span, hour_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kalshi_common.domain.coverage import Coverage, Gaps, HourGap, Loss

_RANGES_SHOWN = 40
_CSV_COLUMNS = (
    "kind", "name", "series_ticker", "from_utc", "to_utc", "hours", "status", "expected", "present", "missing",
    "recoverable", "lost", "label", "reason",
)  # fmt: skip
FOOTER = """\
recoverable: hourly candlesticks reach it, `kalshi backfill` fetches it. lost: nothing does.
Lost in any case: sizes, depth, volume, status and rules of that moment.
Markets that nobody has seen are not counted; back-fill looks for them.
"""


def as_table(gaps: Gaps, *, every_hour: bool) -> str:
    """Write what is missing for people; `every_hour` lists the rows missing in missed and partial hours too."""
    if gaps.window is None:
        return f"no hour to look at: none of scope {gaps.scope} is over in that time\n"
    parts = [_head(gaps)]
    if hours := gaps.hour_gaps():
        parts.append(_section("hours that are not complete", [_hour_cells(gap) for gap in hours]))
    if losses := list(_shown(gaps, every_hour=every_hour)):
        title = "rows missing" if every_hour else "rows missing in hours that were collected"
        lines = _section(title, [_loss_cells(loss) for loss in losses[:_RANGES_SHOWN]])
        more = len(losses) - _RANGES_SHOWN
        parts.append(lines + (f"… and {more} ranges more: --format csv lists them all\n" if more > 0 else ""))
    parts += [
        _section(f"coverage by {kind}", [_coverage_cells(one) for one in sums])
        for kind in ("macro_event_type", "series_ticker")
        if (sums := gaps.coverage(kind))
    ]
    if not gaps.is_whole():
        parts.append(FOOTER)
    return "\n".join(parts)


def as_json(gaps: Gaps, *, every_hour: bool) -> str:
    """Write what is missing as one JSON object."""
    first, last = (None, None) if gaps.window is None else (hour_text(edge) for edge in gaps.window)
    by_status = gaps.hours_by_status()
    content = {
        "scope": gaps.scope,
        "from_utc": first,
        "to_utc": last,
        "is_whole": gaps.is_whole(),
        "hours": {status: by_status[status] for status in STATUSES},
        "rows": _totals(gaps),
        "hour_gaps": [_hour_cells(gap) for gap in gaps.hour_gaps()],
        "market_gaps": [_loss_cells(loss) for loss in _shown(gaps, every_hour=every_hour)],
        "coverage": {
            kind: [_coverage_cells(one) for one in gaps.coverage(kind)]
            for kind in ("macro_event_type", "series_ticker")
        },
    }
    return json.dumps(content, indent=1) + "\n"


def as_csv(gaps: Gaps, *, every_hour: bool) -> str:
    """Write what is missing as one CSV table; `kind` is hours, market, macro_event_type or series_ticker."""
    rows: list[dict[str, Any]] = [{"kind": "hours", **_hour_cells(gap)} for gap in gaps.hour_gaps()]
    rows += [{"kind": "market", **_loss_cells(loss)} for loss in _shown(gaps, every_hour=every_hour)]
    for kind in ("macro_event_type", "series_ticker"):
        rows += [{"kind": kind, **_coverage_cells(one)} for one in gaps.coverage(kind)]
    text = io.StringIO()
    writer = csv.DictWriter(text, _CSV_COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _head(gaps: Gaps) -> str:
    window, by_status, rows = gaps.window or Span(0, 0), gaps.hours_by_status(), _totals(gaps)
    words = ", ".join(f"{by_status[status]} {status}" for status in STATUSES if by_status[status])
    head = f"scope {gaps.scope}, {hour_text(window.first)} to {hour_text(window.last)}: {window.hours} hours, {words}\n"
    if gaps.is_whole():
        return head + f"nothing is missing: {rows['present']} of {rows['expected']} rows are there\n"
    return head + (
        f"rows: {rows['present']} of {rows['expected']}, {rows['percent']} %; "
        f"missing {rows['missing']}: {rows['recoverable']} recoverable, {rows['lost']} lost\n"
    )


def _totals(gaps: Gaps) -> dict[str, Any]:
    missing = {RECOVERABLE: 0, LOST: 0}
    for loss in gaps.losses():
        missing[loss.label] += loss.span.hours
    counted = next(iter(gaps.coverage("total")), None)
    expected, present = (counted.expected, counted.present) if counted else (0, 0)
    percent = counted.percent if counted else "100.00"
    return {"expected": expected, "present": present, "percent": percent, "missing": expected - present, **missing}


def _shown(gaps: Gaps, *, every_hour: bool) -> Iterator[Loss]:
    """Give the rows missing in hours that were collected, or in all: of an hour that was not, one line is enough."""
    return (loss for loss in gaps.losses() if every_hour or loss.status not in {"missed", "partial"})


def _hour_cells(gap: HourGap) -> dict[str, Any]:
    return {
        **_span_cells(gap.span),
        "status": gap.status,
        "missing": gap.recoverable + gap.lost,
        "recoverable": gap.recoverable,
        "lost": gap.lost,
        "label": gap.label,
        "reason": gap.reason,
    }


def _loss_cells(loss: Loss) -> dict[str, Any]:
    return {
        "name": loss.life.market_id,
        "series_ticker": loss.life.series_ticker,
        **_span_cells(loss.span),
        "status": loss.status,
        "label": loss.label,
    }


def _coverage_cells(one: Coverage) -> dict[str, Any]:
    missing = one.expected - one.present
    return {
        "name": one.name,
        "expected": one.expected,
        "present": one.present,
        "missing": missing,
        "percent": one.percent,
    }


def _span_cells(span: Span) -> dict[str, Any]:
    return {"from_utc": hour_text(span.first), "to_utc": hour_text(span.last), "hours": span.hours}


def _section(title: str, rows: Sequence[dict[str, Any]]) -> str:
    return f"{title}\n" + "".join(f"  {line}\n" for line in aligned(rows))

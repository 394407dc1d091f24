"""What a cycle has to say: its counters, errors and warnings while it works, and its ending for people and machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_SHOWN = 50  # of each list; the total is always told beside it


@dataclass
class CycleReport:
    """Filled in by the mode's work as it goes, so that a cut-off cycle still tells what it did."""

    scanned: int = 0
    inserted: int = 0
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    headline: dict[str, Any] = field(default_factory=dict)
    """What only this mode counts, for the summary line: words and numbers."""


@dataclass(frozen=True)
class CycleEnding:
    """A cycle's end. Instants are UTC text, `duration_s` is by the monotonic clock, `outcome` ok|incomplete|failed."""

    cycle_id: str
    mode: str
    snapshot_hour_utc: str
    started_at_utc: str
    finished_at_utc: str
    duration_s: float
    outcome: str
    report: CycleReport

    @property
    def error(self) -> str | None:
        """The first error, with the number of the others; None where all went well."""
        errors = self.report.errors
        if not errors:
            return None
        return errors[0] if len(errors) == 1 else f"{errors[0]} (and {len(errors) - 1} more in the report)"

    def summary(self) -> dict[str, Any]:
        """Give the fields of the summary line, in their order."""
        return {
            "cycle": self.cycle_id,
            "mode": self.mode,
            "hour": self.snapshot_hour_utc,
            "outcome": self.outcome,
            "scanned": self.report.scanned,
            "inserted": self.report.inserted,
            "errors": len(self.report.errors),
            "duration_s": self.duration_s,
            **self.report.headline,
        }

    def summary_line(self) -> str:
        """Give the one line every cycle ends with."""
        return " ".join(f"{name}={value}" for name, value in self.summary().items())

    def as_json(self) -> dict[str, Any]:
        """Give the content of the report file."""
        report = self.report
        return {
            **self.summary(),
            "started_at_utc": self.started_at_utc,
            "finished_at_utc": self.finished_at_utc,
            "first_errors": report.errors[:_SHOWN],
            "warnings": len(report.warnings),
            "first_warnings": report.warnings[:_SHOWN],
            "details": report.details,
        }

    def status_row(self) -> dict[str, object]:
        """Give this mode's row of the status table, by column name; None leaves what was there."""
        ok = self.outcome == "ok"
        return {
            "mode": self.mode,
            "last_success_at_utc": self.finished_at_utc if ok else None,
            "last_error_at_utc": None if ok else self.finished_at_utc,
            "last_cycle_id": self.cycle_id,
            "last_duration_s": self.duration_s,
            "last_error": self.error,
        }

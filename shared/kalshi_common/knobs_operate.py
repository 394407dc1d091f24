"""The knobs of operating: when the stack counts as unhealthy, whom it tells, how many backups it keeps."""

from __future__ import annotations

from pydantic import Field

from kalshi_common.knobs_base import Section


class HealthKnobs(Section):
    """From where on something is wrong."""

    max_age_minutes: int = Field(
        default=90,
        ge=5,
        le=10_080,
        description="Minutes since the newest complete hour began, beyond which it is stale.",
    )
    min_free_mib: int = Field(
        default=512,
        ge=16,
        le=1_048_576,
        description="MiB free on the data volume, below which the disk is nearly full.",
    )
    max_backup_age_hours: int = Field(
        default=36, ge=1, le=8760, description="Hours since the last good backup, beyond which it is too old."
    )
    max_drill_age_days: int = Field(
        default=10, ge=1, le=365, description="Days since the last good restore drill, beyond which it is too old."
    )


class NotifyKnobs(Section):
    """How often the operator is told of the same thing."""

    repeat_minutes: int = Field(
        default=60, ge=60, le=10_080, description="Minutes before the same problem is told again."
    )
    timeout_s: float = Field(default=10.0, ge=1, le=60, description="Seconds a notification or ping may take.")


class BackupKnobs(Section):
    """How many backups are kept, and what one must leave free."""

    keep_daily: int = Field(default=7, ge=1, le=366, description="Newest backups of as many days.")
    keep_weekly: int = Field(default=4, ge=0, le=104, description="Newest backups of as many weeks (ISO, UTC).")
    keep_monthly: int = Field(default=12, ge=0, le=120, description="Newest backups of as many months (UTC).")
    leave_free_mib: int = Field(
        default=64,
        ge=0,
        le=1_048_576,
        description="MiB a backup must leave free on the data volume, for the collector; else none is taken.",
    )

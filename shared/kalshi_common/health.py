"""What is wrong with the stack, judged from facts alone: facts in, findings out. It reads no file and no clock.

The same judgement stands behind `kalshi health`, the monitor's `/health` and its page, and the notifications.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.hour import parse_utc, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kalshi_common.knobs_operate import HealthKnobs

MIB = 1 << 20
KEYS = {
    "database_missing": "there is no database",
    "database_unreadable": "the database cannot be read",
    "schema_pending": "a migration is pending",
    "schema_newer": "the database is newer than the program",
    "no_complete_hour": "no hour is complete yet",
    "hour_stale": "the data is stale",
    "clock_behind": "the data is ahead of the clock",
    "backup_old": "the last good backup is too old",
    "drill_old": "the last good restore drill is too old",
    "cycle_failed": "a run did not succeed",
    "disk_nearly_full": "the disk is nearly full",
}
"""Every key of a finding, and what it means in a few words."""


class FailingMode(NamedTuple):
    """A mode whose last finished run was not ok, since when (UTC text, the first such run's start), and why."""

    mode: str
    since_utc: str
    outcome: str
    error: str | None


class HealthFacts(NamedTuple):
    """What was read. Instants are UTC text; a None is "never" or "not known".

    `database` says why the database cannot be used (`database_key` is then the finding's key); what stands in it is
    then unknown, and only the disk is judged beside it.
    """

    free_bytes: int | None
    database_key: str | None = None
    database: str | None = None
    newest_complete_hour_utc: str | None = None
    first_complete_hour_utc: str | None = None
    first_cycle_at_utc: str | None = None
    last_backup_at_utc: str | None = None
    last_drill_at_utc: str | None = None
    failing: tuple[FailingMode, ...] = ()


class Finding(NamedTuple):
    """One thing that is wrong. `key` is for machines and stays the same from release to release.

    `subject` tells findings of one key apart (the mode); `since_utc` is when it became so, None where nothing tells.
    """

    key: str
    subject: str | None
    since_utc: str | None
    sentence: str


def findings(facts: HealthFacts, knobs: HealthKnobs, now: dt.datetime) -> list[Finding]:
    """Judge the facts at an instant; an empty list is a healthy stack."""
    found = [] if facts.database_key is None else [Finding(facts.database_key, None, None, str(facts.database))]
    if facts.database_key is None:
        found += [*_stale(facts, knobs, now), *_unsaved(facts, knobs, now), *_failing(facts)]
    return [*found, *_full(facts, knobs)]


def since_first_seen(
    found: Sequence[Finding], seen: Mapping[tuple[str, str | None], str], now: dt.datetime
) -> list[Finding]:
    """Date what has no date of its own (a disk does not say when it filled) by when this process first `seen` it."""
    return [
        each if each.since_utc else each._replace(since_utc=seen.get((each.key, each.subject), utc_text(now)))
        for each in found
    ]


def _stale(facts: HealthFacts, knobs: HealthKnobs, now: dt.datetime) -> Iterator[Finding]:
    limit = dt.timedelta(minutes=knobs.max_age_minutes)
    if newest := facts.newest_complete_hour_utc:
        if parse_utc(newest) > now:
            sentence = (
                f"The newest complete hour, {newest}, is ahead of this machine's clock ({utc_text(now)}), so nothing "
                "tells whether data is fresh: one of the two is wrong (docs/operations.md, the clock)."
            )
            yield Finding("clock_behind", None, None, sentence)
        if now - parse_utc(newest) > limit:
            sentence = (
                f"The newest complete hour began at {newest}, more than {knobs.max_age_minutes} minutes ago: "
                "look at the last cycles (`kalshi status`) and at the scheduler."
            )
            yield Finding("hour_stale", None, utc_text(parse_utc(newest) + limit), sentence)
    elif first := facts.first_cycle_at_utc:
        # The first cycle may still be at work.
        if now - parse_utc(first) > limit:
            sentence = f"No hour has become complete since the first cycle at {first}: `kalshi status` tells why."
            yield Finding("no_complete_hour", None, utc_text(parse_utc(first) + limit), sentence)
    else:
        sentence = "No cycle has run yet: start one with `docker compose run --rm collector`."
        yield Finding("no_complete_hour", None, None, sentence)


def _unsaved(facts: HealthFacts, knobs: HealthKnobs, now: dt.datetime) -> Iterator[Finding]:
    hours, days = knobs.max_backup_age_hours, knobs.max_drill_age_days
    backup = _Upkeep("backup_old", "good backup", dt.timedelta(hours=hours), f"{hours} hours")
    drill = _Upkeep("drill_old", "good restore drill", dt.timedelta(days=days), f"{days} days")
    advice = "run `kalshi backup`, and look at what schedules it."
    yield from _overdue(backup, facts.last_backup_at_utc, facts.first_complete_hour_utc, now, advice)
    advice = "run `kalshi drill`, and look at what schedules it."
    yield from _overdue(drill, facts.last_drill_at_utc, facts.first_complete_hour_utc, now, advice)


class _Upkeep(NamedTuple):
    key: str
    what: str
    limit: dt.timedelta
    limit_in_words: str


def _overdue(
    upkeep: _Upkeep, last: str | None, first_hour: str | None, now: dt.datetime, advice: str
) -> Iterator[Finding]:
    # Where there never was one: until the first hour is older than the limit, no new user has missed anything.
    began = last or first_hour
    if began is None or now - parse_utc(began) <= upkeep.limit:
        return
    if last:
        told = f"The last {upkeep.what} is of {last}, more than {upkeep.limit_in_words} ago"
    else:
        told = f"There is no {upkeep.what} yet, and the first data ({first_hour}) is older than {upkeep.limit_in_words}"
    yield Finding(upkeep.key, None, utc_text(parse_utc(began) + upkeep.limit), f"{told}: {advice}")


def _failing(facts: HealthFacts) -> Iterator[Finding]:
    for each in facts.failing:
        why = each.error or "it was killed"
        sentence = f"The last {each.mode} run did not succeed ({each.outcome}): {why}"
        yield Finding("cycle_failed", each.mode, each.since_utc, sentence)


def _full(facts: HealthFacts, knobs: HealthKnobs) -> Iterator[Finding]:
    if facts.free_bytes is not None and facts.free_bytes < knobs.min_free_mib * MIB:
        sentence = (
            f"Only {facts.free_bytes // MIB} MiB are free on the data volume, less than {knobs.min_free_mib} MiB: "
            "free some space, or archive old months."
        )
        yield Finding("disk_nearly_full", None, None, sentence)

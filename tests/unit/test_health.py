"""Facts in, findings out: what counts as wrong, since when, and what a new user is spared."""

from __future__ import annotations

import datetime as dt

import pytest

from kalshi_common.health import KEYS, FailingMode, Finding, HealthFacts, findings, since_first_seen
from kalshi_common.knobs_operate import HealthKnobs

NOW = dt.datetime(2026, 11, 23, 5, 42, tzinfo=dt.UTC)
GOOD = HealthFacts(
    free_bytes=50 << 30,
    newest_complete_hour_utc="2026-11-23T05:00:00Z",
    first_complete_hour_utc="2026-01-01T00:00:00Z",
    first_cycle_at_utc="2026-01-01T00:05:00Z",
    last_backup_at_utc="2026-11-23T03:35:00Z",
    last_drill_at_utc="2026-11-22T04:35:00Z",
)


def found(facts: HealthFacts, now: dt.datetime = NOW, **knobs: int) -> list[Finding]:
    return findings(facts, HealthKnobs(**knobs), now)


def keys(facts: HealthFacts, now: dt.datetime = NOW, **knobs: int) -> list[str]:
    return [each.key for each in found(facts, now, **knobs)]


def test_fresh_data_recent_backups_and_room_are_healthy() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(("hour", "expected"), [("04:12:00", []), ("04:11:59", ["hour_stale"])])
def test_an_hour_is_stale_from_just_after_the_limit_on(hour: str, expected: list[str]) -> None:
    assert keys(GOOD._replace(newest_complete_hour_utc=f"2026-11-23T{hour}Z")) == expected


def test_a_stale_hour_is_dated_from_when_it_became_stale() -> None:
    [stale] = found(GOOD._replace(newest_complete_hour_utc="2026-11-23T02:00:00Z"))
    assert stale.since_utc == "2026-11-23T03:30:00Z"
    assert "2026-11-23T02:00:00Z" in stale.sentence
    assert "90 minutes" in stale.sentence


def test_a_stack_that_never_ran_a_cycle_is_told_how_to_start_one() -> None:
    [nothing] = found(HealthFacts(free_bytes=50 << 30))
    assert (nothing.key, nothing.since_utc) == ("no_complete_hour", None)
    assert "docker compose run --rm collector" in nothing.sentence


@pytest.mark.parametrize(("began", "expected"), [("05:37", []), ("04:00", ["no_complete_hour"])])
def test_a_first_cycle_has_as_long_as_an_hour_may_be_old(began: str, expected: list[str]) -> None:
    assert keys(HealthFacts(free_bytes=50 << 30, first_cycle_at_utc=f"2026-11-23T{began}:00Z")) == expected


@pytest.mark.parametrize(("at", "expected"), [("21T17:42:00", []), ("21T17:41:59", ["backup_old"])])
def test_a_backup_is_too_old_from_just_after_the_limit_on(at: str, expected: list[str]) -> None:
    assert keys(GOOD._replace(last_backup_at_utc=f"2026-11-{at}Z")) == expected


def test_data_ahead_of_the_clock_is_no_fresh_data() -> None:
    assert keys(GOOD._replace(newest_complete_hour_utc="2026-12-23T05:00:00Z")) == ["clock_behind"]


@pytest.mark.parametrize(("at", "expected"), [("13T05:42:00", []), ("13T05:41:59", ["drill_old"])])
def test_a_drill_is_too_old_from_just_after_the_limit_on(at: str, expected: list[str]) -> None:
    assert keys(GOOD._replace(last_drill_at_utc=f"2026-11-{at}Z")) == expected


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("2026-11-23T04:00:00Z", []),
        ("2026-11-21T17:00:00Z", ["backup_old"]),
        ("2026-11-12T05:00:00Z", ["backup_old", "drill_old"]),
    ],
)
def test_a_missing_backup_or_drill_counts_once_there_is_data_older_than_its_limit(
    first: str, expected: list[str]
) -> None:
    new = GOOD._replace(first_complete_hour_utc=first, last_backup_at_utc=None, last_drill_at_utc=None)
    assert keys(new) == expected
    assert all(first in each.sentence for each in found(new))


def test_before_the_first_complete_hour_no_backup_is_asked_for() -> None:
    new = HealthFacts(free_bytes=50 << 30, first_cycle_at_utc="2026-01-01T00:00:00Z")
    assert keys(new) == ["no_complete_hour"]


@pytest.mark.parametrize(("free_mib", "expected"), [(512, []), (511, ["disk_nearly_full"])])
def test_a_disk_is_nearly_full_below_the_limit(free_mib: int, expected: list[str]) -> None:
    assert keys(GOOD._replace(free_bytes=free_mib << 20)) == expected


def test_free_space_that_cannot_be_read_is_not_a_full_disk() -> None:
    assert keys(GOOD._replace(free_bytes=None)) == []


def test_each_mode_whose_last_run_failed_is_told_with_its_reason() -> None:
    failing = (
        FailingMode("collect", "2026-11-23T05:05:00Z", "incomplete", "1 of 22 walks did not end"),
        FailingMode("trade", "2026-11-22T05:05:00Z", "killed", None),
    )
    first, second = found(GOOD._replace(failing=failing))
    assert (first.key, first.subject, first.since_utc) == ("cycle_failed", "collect", "2026-11-23T05:05:00Z")
    assert "1 of 22 walks did not end" in first.sentence
    assert (second.subject, "killed" in second.sentence) == ("trade", True)


def test_of_a_database_that_cannot_be_used_only_that_and_the_disk_are_told() -> None:
    facts = HealthFacts(free_bytes=1, database_key="database_unreadable", database="It is damaged.")
    assert keys(facts) == ["database_unreadable", "disk_nearly_full"]
    assert found(facts)[0].sentence == "It is damaged."


@pytest.mark.parametrize(
    ("knob", "widest", "spared"),
    [
        ("max_age_minutes", 10_080, "hour_stale"),
        ("max_backup_age_hours", 8760, "backup_old"),
        ("max_drill_age_days", 365, "drill_old"),
    ],
)
def test_each_limit_is_a_knob(knob: str, widest: int, spared: str) -> None:
    old = "2026-11-17T00:00:00Z"
    facts = GOOD._replace(
        newest_complete_hour_utc=old, last_backup_at_utc=old, last_drill_at_utc="2026-10-01T00:00:00Z"
    )
    assert keys(facts) == ["hour_stale", "backup_old", "drill_old"]
    assert set(keys(facts)) - set(keys(facts, **{knob: widest})) == {spared}


def test_every_key_that_is_found_has_its_words() -> None:
    assert {"hour_stale", "backup_old", "drill_old", "cycle_failed", "disk_nearly_full", "no_complete_hour"} < set(KEYS)


def test_what_has_no_date_of_its_own_is_dated_by_when_it_was_first_seen() -> None:
    [full] = found(GOOD._replace(free_bytes=1))
    [now] = since_first_seen([full], {}, NOW)
    [then] = since_first_seen([full], {("disk_nearly_full", None): "2026-11-23T01:00:00Z"}, NOW)
    assert (now.since_utc, then.since_utc) == ("2026-11-23T05:42:00Z", "2026-11-23T01:00:00Z")


def test_what_has_a_date_keeps_it() -> None:
    stale = found(GOOD._replace(newest_complete_hour_utc="2026-11-23T02:00:00Z"))
    assert since_first_seen(stale, {("hour_stale", None): "2026-11-01T00:00:00Z"}, NOW) == stale

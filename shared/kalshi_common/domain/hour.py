"""Snapshot hours and UTC text: the one format in which the database holds an instant."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache


def utc_text(moment: dt.datetime) -> str:
    """Write an aware datetime as `2026-11-23T05:07:09Z` (UTC, whole seconds).

    Raises:
        ValueError: the datetime is naive.
    """
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place here: give it a time zone")
    # isoformat, since strftime does not pad a year below 1000, and Go's zero time is one.
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


@lru_cache(maxsize=1 << 14)
def normal_utc_text(text: str) -> str:
    """Bring any ISO 8601 instant with a zone to `2026-11-23T05:07:09Z`; fractions of a second are cut off.

    Raises:
        ValueError: not ISO 8601, or without a time zone.
    """
    return utc_text(dt.datetime.fromisoformat(text))


def parse_utc(text: str) -> dt.datetime:
    """Read text written by `utc_text` back into an aware datetime.

    Raises:
        ValueError: not ISO 8601, or without a time zone.
    """
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(dt.UTC)


def snapshot_hour(moment: dt.datetime) -> dt.datetime:
    """Floor an aware datetime to its UTC hour: the hour a cycle that starts then belongs to."""
    return moment.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)

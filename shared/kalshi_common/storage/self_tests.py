"""Rows of `self_tests`: in which version of the program every limit and the kill switch were seen to trip."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kalshi_common.storage.insert import upsert

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_KEEP = upsert("self_tests", ("version", "passed_at_utc", "checks_json"), key=("version",))


def keep(connection: sqlite3.Connection, version: str, checks: Sequence[str], *, now: str) -> None:
    """Note that the self-test passed in a version, and what it saw to trip."""
    connection.execute(_KEEP, (version, now, json.dumps(list(checks))))


def forget(connection: sqlite3.Connection, version: str) -> None:
    """Take a pass back: the self-test has failed since."""
    connection.execute("DELETE FROM self_tests WHERE version = ?", (version,))


def passed(connection: sqlite3.Connection, version: str) -> list[str] | None:
    """List what the self-test of a version saw to trip; None where it has not passed."""
    found = connection.execute("SELECT checks_json FROM self_tests WHERE version = ?", (version,)).fetchone()
    return None if found is None else list(json.loads(found[0]))

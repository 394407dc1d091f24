"""`kalshi health`: the same judgement as the monitor's, as a command."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from kalshi_common.domain.hour import snapshot_hour, utc_text
from support.data_dir import kalshi, migrated
from support.monitor_world import fill

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_database_it_says_how_to_start_and_exits_1(tmp_path: Path) -> None:
    code, out, err = kalshi("health", data_dir=tmp_path)
    assert (code, err) == (1, "")
    assert out == (
        f"database_missing  There is no database in {tmp_path}: no cycle has run yet; "
        "start one with `docker compose run --rm collector`.\n"
    )


def test_a_healthy_stack_exits_0_and_names_its_newest_hour(tmp_path: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    with migrated(tmp_path) as database:
        fill(database, end=now, days=3, money=False)
    code, out, err = kalshi("health", data_dir=tmp_path)
    assert (code, err) == (0, "")
    assert out == f"healthy  The newest complete hour is {utc_text(snapshot_hour(now))}.\n"


def test_json_names_each_finding_by_key_and_is_nothing_but_json(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        fill(database, end=dt.datetime.now(dt.UTC) - dt.timedelta(days=20), days=3, money=False)
    code, out, err = kalshi("health", "--format", "json", data_dir=tmp_path)
    assert (code, err) == (1, "")
    told = json.loads(out)
    assert told["healthy"] is False
    assert [each["key"] for each in told["findings"]] == ["hour_stale", "backup_old", "drill_old"]
    assert {"key", "subject", "since_utc", "sentence"} == set(told["findings"][0])

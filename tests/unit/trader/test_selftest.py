"""The self-test sees every limit and kill switch trip, and fails when one of them does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kalshi_common
from kalshi_common.config import load_settings
from kalshi_common.storage import self_tests
from support.data_dir import migrated
from support.fake_clock import FakeClock
from trader.limits import LIMITS, Limit
from trader.selftest import KILL_SWITCHES, keep, kill_switch_checks, limit_checks, self_test

if TYPE_CHECKING:
    from pathlib import Path


async def test_everything_trips_and_the_pass_is_kept_for_this_version(tmp_path: Path) -> None:
    found = await self_test(FakeClock())
    assert [one.problem for one in found] == [None] * len(found)
    names = ["passing order", *(limit.name for limit in LIMITS), *KILL_SWITCHES]
    assert [one.name for one in found] == names
    settings = load_settings(None, {"KALSHI_DATA_DIR": str(tmp_path)})
    assert keep(settings, FakeClock(), found)
    with migrated(tmp_path) as database, database.read() as connection:
        assert self_tests.passed(connection, kalshi_common.__version__) == names
        assert self_tests.passed(connection, "0.0.1") is None


@pytest.mark.parametrize("name", [limit.name for limit in LIMITS])
def test_a_limit_that_lets_everything_pass_fails_the_self_test(name: str) -> None:
    broken = tuple(
        limit._replace(refuses=lambda _facts, _knobs: None) if limit.name == name else limit for limit in LIMITS
    )
    assert [one.name for one in limit_checks(broken) if one.problem] == [name]


def test_a_limit_without_a_case_fails_the_self_test() -> None:
    new = Limit("brand_new", None, "nobody has tried it", lambda _facts, _knobs: None)
    [failed] = [one for one in limit_checks((*LIMITS, new)) if one.problem]
    assert failed.name == "brand_new"


async def test_a_failure_takes_an_earlier_pass_back(tmp_path: Path) -> None:
    settings = load_settings(None, {"KALSHI_DATA_DIR": str(tmp_path)})
    found = await self_test(FakeClock())
    keep(settings, FakeClock(), found)
    assert not keep(settings, FakeClock(), [found[0]._replace(problem="it was refused")])
    with migrated(tmp_path) as database, database.read() as connection:
        assert self_tests.passed(connection, kalshi_common.__version__) is None


async def test_a_kill_switch_that_nobody_looks_at_fails_the_self_test() -> None:
    found = await kill_switch_checks(FakeClock(), lambda *_: None)
    assert [one.name for one in found if one.problem] == list(KILL_SWITCHES)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kalshi_common.storage import llm_calls
from kalshi_common.storage.llm_calls import Charged
from support.data_dir import NOW, child, ended, rows
from support.model_calls import charged, reservation, reserve, settle

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from kalshi_common.storage.database import Database


@pytest.mark.parametrize(
    ("limits", "refused"),
    [
        (Charged(100, 100, 100), None),
        (Charged(99, 100, 100), "cycle"),
        (Charged(100, 99, 100), "day"),
        (Charged(100, 100, 99), "month"),
    ],
)
def test_a_reservation_fits_up_to_the_last_nano_dollar_of_every_limit(
    database: Database, limits: Charged, refused: str | None
) -> None:
    assert reserve(database, reservation("a", 60)) is None
    assert reserve(database, reservation("b", 40), limits) == refused
    assert charged(database).cycle == (60 if refused else 100)


def test_a_settled_call_is_charged_what_it_cost_and_any_other_its_reservation(database: Database) -> None:
    for name in "abc":
        reserve(database, reservation(name))
    settle(database, "a", 10)
    settle(database, "b", None, "unknown")
    assert charged(database) == (130, 130, 130)


@pytest.mark.parametrize(
    ("at", "day", "month"),
    [
        ("2026-11-23T00:00:00Z", 120, 120),
        ("2026-11-22T23:59:59Z", 60, 120),
        ("2026-11-01T00:00:00Z", 60, 120),
        ("2026-10-31T23:59:59Z", 60, 60),
        ("2026-12-01T00:00:00Z", 60, 60),
    ],
)
def test_a_day_and_a_month_are_those_of_the_reservation_in_utc(
    database: Database, at: str, day: int, month: int
) -> None:
    reserve(database, reservation("a", cycle_id="c0", at=at))
    reserve(database, reservation("b"))
    settle(database, "a", 60)
    assert charged(database) == (60, day, month)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(0, 100), st.sampled_from([None, 0, 7, 100, 500])),
        max_size=20,
    )
)
def test_the_days_always_add_up_to_the_calls(database: Database, made: list[tuple[int, int, int, int | None]]) -> None:
    with database.write() as connection:
        connection.execute("DELETE FROM llm_calls")
        connection.execute("DELETE FROM llm_days")
    for number, (cycle, day, nano, actual) in enumerate(made):
        at = f"2026-{11 + day // 30:02}-{day % 30 + 1:02}T05:00:00Z"
        reserve(database, reservation(str(number), nano, cycle_id=f"c{cycle}", at=at))
        if actual is not None:
            settle(database, str(number), actual)
    expected = rows(
        database,
        """SELECT substr(reserved_at_utc, 1, 10), sum(coalesce(actual_nanodollars, reserved_nanodollars))
           FROM llm_calls GROUP BY 1 ORDER BY 1""",
    )
    assert rows(database, "SELECT * FROM llm_days ORDER BY 1") == expected


def test_calls_that_ended_cycles_left_open_become_unknown_and_stay_charged(database: Database) -> None:
    reserve(database, reservation("a", cycle_id="killed"))
    reserve(database, reservation("b"))
    with database.write() as connection:
        assert llm_calls.close_abandoned(connection, cycle_id="c1", now=NOW) == 1
    assert rows(database, "SELECT call_id, outcome, actual_nanodollars FROM llm_calls ORDER BY 1") == [
        ("a", "unknown", None),
        ("b", "reserved", None),
    ]
    assert charged(database, cycle_id="killed").cycle == 60


def test_only_usable_answers_of_the_same_question_are_known_already(database: Database) -> None:
    for name in "ab":
        reserve(database, reservation(name))
    settle(database, "a", 1)
    settle(database, "b", 1, "malformed")
    with database.read() as connection:
        asked = {"packet_hash": "hash", "provider": "openai", "model": "m", "prompt_hash": "digest"}
        assert llm_calls.answers(connection, **asked) == {0: 0.5}
        assert llm_calls.answers(connection, **asked | {"prompt_hash": "another text"}) == {}
        assert llm_calls.cost_of(connection, **asked) == 2


_RACER = """
import sys
from pathlib import Path
from kalshi_common.storage.database import Database
from kalshi_common.storage import llm_calls
from kalshi_common.storage.llm_calls import Charged, Reservation

database = Database(Path(sys.argv[1]))
won = 0
for number in range(40):
    call = Reservation(f"{sys.argv[2]}-{number}", "c1", "h", "M", "H", "p", "m", "v", "d", "{}", 0, 1,
                       "2026-11-23T05:07:09Z", 7)
    with database.write() as connection:
        won += llm_calls.reserve(connection, call, Charged(500, 500, 500)) is None
database.close()
print(won)
"""


def test_processes_that_reserve_at_once_never_pass_a_limit_together(database: Database, tmp_path: Path) -> None:
    racers: list[subprocess.Popen[str]] = [child(_RACER, tmp_path, name) for name in "xyz"]
    won = [int(out) for code, out, err in map(ended, racers) if not code and not err]
    assert sum(won) == 500 // 7
    assert charged(database).month == 500 // 7 * 7

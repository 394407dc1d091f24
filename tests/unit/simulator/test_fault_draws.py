"""Faults by rate: how often, how many in a row, and the same ones every time."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from simulator.faults import ACCEPTED_LATE, FAULTS, LOST_ANSWERS, MAINTENANCE, SHAPE_FAULTS, WIRE_FAULTS, Faults
from simulator.requestlog import RequestLog


def meetings(faults: Faults, requests: int, attempts: int = 1) -> list[set[str]]:
    log = RequestLog()
    return [
        faults.meeting(log.arrived(0.0, "GET", "/markets", f"cursor={page}"))
        for page in range(requests)
        for _ in range(attempts)
    ]


def faults_at(seed: int = 7, /, **rates: float) -> Faults:
    faults = Faults(seed)
    faults.set_rates(rates)
    return faults


def test_chaos_fails_its_share_of_requests_in_every_wire_way() -> None:
    met = Counter(name for names in meetings(faults_at(chaos=0.4), 5000) for name in names)
    assert set(met) == set(WIRE_FAULTS)
    assert met.total() == pytest.approx(2000, rel=0.05)
    assert min(met.values()) > 2000 / len(WIRE_FAULTS) * 0.7


def test_a_request_meets_at_most_one_wire_fault() -> None:
    assert all(len(names) <= 1 for names in meetings(faults_at(chaos=0.9), 500))


def test_the_same_seed_repeats_the_same_faults_and_another_gives_others() -> None:
    first, again, other = (meetings(faults_at(seed, chaos=0.4), 200, attempts=3) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_a_retry_of_the_same_request_draws_anew() -> None:
    tries = [meetings(faults_at(seed, chaos=0.5), 1, attempts=4) for seed in range(30)]
    assert any(run[0] and not run[-1] for run in tries)


def test_no_request_fails_more_than_four_times_in_a_row_by_rate() -> None:
    faults = faults_at(chaos=0.95)
    log = RequestLog()
    longest = row = 0
    for _ in range(400):
        met = faults.meeting(log.arrived(0.0, "GET", "/markets", ""))
        row = row + 1 if met else 0
        longest = max(longest, row)
    assert longest == 4


def test_a_rate_of_one_never_ends() -> None:
    assert all(names == {"503"} for names in meetings(faults_at(**{"503": 1}), 1, attempts=50))


def test_shape_faults_meet_beside_a_wire_fault_and_each_other() -> None:
    faults = faults_at(reset=1, null_price=1, repeat_row=1)
    assert meetings(faults, 1) == [{"reset", "null_price", "repeat_row"}]


def test_a_script_is_used_up() -> None:
    faults = Faults(7)
    faults.script("reset", times=2)
    assert meetings(faults, 4) == [{"reset"}, {"reset"}, set(), set()]


def test_clearing_drops_rates_and_scripts() -> None:
    faults = faults_at(**{"503": 1})
    faults.script("reset", times=2)
    faults.clear()
    assert meetings(faults, 3) == [set(), set(), set()]


@pytest.mark.parametrize(
    "rates", [{"typo": 0.1}, {"429": 1.1}, {"429": -0.1}, {"429": math.nan}, {"429": 0.6, "chaos": 0.6}]
)
def test_wrong_rates_are_refused_in_a_sentence(rates: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"is not a fault|must be from 0 to 1|must not exceed 1"):
        faults_at(**rates)


def test_only_faults_of_single_requests_can_be_scripted() -> None:
    for name in ("typo", MAINTENANCE, "chaos"):
        with pytest.raises(ValueError, match="not a fault that can be scripted"):
            Faults(7).script(name)


def test_every_fault_has_one_name() -> None:
    families = len(WIRE_FAULTS) + len(SHAPE_FAULTS) + len(LOST_ANSWERS)
    assert len(set(FAULTS)) == len(FAULTS) == families + len({ACCEPTED_LATE, MAINTENANCE})

"""Two containers on one volume, and containers that are killed or stopped in the middle of a cycle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from support.docker_stack import ended, eventually, log_lines, said

if TYPE_CHECKING:
    from docker.models.containers import Container
    from docker.models.volumes import Volume

    from support.docker_stack import DockerStack

_ROWS = "SELECT market_id, created_at_utc FROM market_snapshots ORDER BY 1"


def _hanging_cycle(stack: DockerStack, volume: Volume) -> Container:
    """Start a cycle whose walk over one series waits for an answer that never comes, others' rows being stored."""
    stack.simulator("POST", "/script", fault="hang", path="/markets", query="KXCPI", times=1000)
    run = stack.collector(volume)

    def stored_some_and_hangs() -> bool:
        arrivals = stack.simulator("GET", "/requests")["requests"]
        return any("hang" in arrival["fault"] for arrival in arrivals) and _stored(stack, volume) > 0

    eventually("a cycle with rows stored and one request hanging", stored_some_and_hangs)
    return run


def _stored(stack: DockerStack, volume: Volume) -> int:
    ((count,),) = stack.rows(volume, "SELECT count(*) FROM market_snapshots")
    return int(count)


def test_a_second_container_exits_75_and_names_the_holder_while_the_first_goes_on(
    stack: DockerStack, volume: Volume
) -> None:
    first = _hanging_cycle(stack, volume)

    second = stack.collector(volume)

    assert ended(second) == 75
    refusal = "\n".join(log_lines(second))
    assert str(first.id)[:12] in refusal
    assert "since" in refusal
    first.reload()
    assert first.status == "running"
    first.kill()


def test_a_second_container_that_may_wait_works_when_the_first_has_gone(stack: DockerStack, volume: Volume) -> None:
    first = _hanging_cycle(stack, volume)
    second = stack.collector(volume, "run", "--lock-timeout", "60")
    stack.simulator("DELETE", "/faults")

    first.kill()

    assert ended(second) == 0


def test_a_container_killed_in_mid_cycle_loses_nothing_and_the_next_one_completes_the_hour(
    stack: DockerStack, volume: Volume
) -> None:
    killed = _hanging_cycle(stack, volume)
    killed.kill("SIGKILL")
    assert ended(killed) == 137
    before = stack.rows(volume, _ROWS)
    stack.simulator("DELETE", "/faults")

    following = stack.collector(volume)

    assert ended(following) == 0
    after = stack.rows(volume, _ROWS)
    markets = [market for market, _created in after]
    assert [row for row in after if row in before] == before
    assert len(before) < len(after)
    assert len(set(markets)) == len(markets)
    assert stack.rows(volume, "SELECT status FROM snapshot_hours") == [["complete"]]
    assert stack.rows(volume, "PRAGMA integrity_check") == [["ok"]]
    assert "lock_recovered" in {json.loads(line)["event"] for line in log_lines(following)}


def test_docker_stop_ends_a_cycle_in_order_before_the_engine_would_kill_it(stack: DockerStack, volume: Volume) -> None:
    run = _hanging_cycle(stack, volume)

    run.stop(timeout=10)

    # After these 10 s the engine sends SIGKILL, and the code would be 137.
    assert ended(run) == 1
    assert "outcome=incomplete" in said(run).splitlines()[-1]
    assert stack.rows(volume, "SELECT status FROM snapshot_hours") == [["partial"]]

"""One cycle a container: exit codes, what stays behind, and starting again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.docker_stack import DATA, QUICK, ended, log_lines, said

if TYPE_CHECKING:
    from pathlib import Path

    from docker.models.volumes import Volume

    from support.docker_stack import DockerStack

_DOUBLES = "SELECT market_id FROM market_snapshots GROUP BY market_id, snapshot_hour_utc HAVING count(*) > 1"
_FILES = f"import pathlib; print(*sorted(path.name for path in pathlib.Path('{DATA}').iterdir()))"


def test_the_documented_commands_run_a_cycle_and_then_tell_its_status(stack: DockerStack) -> None:
    cycle = stack.compose("run", "--rm", "collector")
    status = stack.compose("run", "--rm", "collector", "status", "--format", "json")

    assert "outcome=ok" in cycle.stdout.splitlines()[-1]
    (mode,) = json.loads(status.stdout)["modes"]
    assert mode["last_cycle_id"] in cycle.stdout


def test_a_complete_cycle_exits_0_and_a_container_that_comes_later_finds_its_rows(
    stack: DockerStack, volume: Volume
) -> None:
    first = stack.collector(volume)
    assert ended(first) == 0
    stored = stack.rows(volume, "SELECT market_id, payload_json FROM market_snapshots ORDER BY 1")
    first.remove()

    second = stack.collector(volume)

    assert ended(second) == 0
    assert "inserted=0" in said(second)
    assert len(stored) > 100
    assert stack.rows(volume, "SELECT market_id, payload_json FROM market_snapshots ORDER BY 1") == stored


def test_a_fault_that_never_ends_exits_1_with_status_summary_and_a_partial_hour(
    stack: DockerStack, volume: Volume
) -> None:
    stack.simulator("POST", "/script", fault="500", path="/markets", query="KXCPI", times=1000)

    run = stack.collector(volume)

    assert ended(run) == 1
    assert "outcome=incomplete" in said(run).splitlines()[-1]
    ((status, reason),) = stack.rows(volume, "SELECT status, reason FROM snapshot_hours")
    assert status == "partial"
    assert "KXCPI" in reason
    assert "status.json" in stack.python(volume, _FILES)
    assert stack.rows(volume, "SELECT count(*) > 0 FROM market_snapshots WHERE series_ticker = 'KXFED'") == [[1]]


@pytest.mark.parametrize(
    ("command", "environment", "named"),
    [
        (["run", "--no-such-option"], {}, "--no-such-option"),
        (["run"], {"KALSHI_LOG_LEVEL": "LOUD"}, "KALSHI_LOG_LEVEL"),
        (["run", "--mode", "trade"], {}, "--mode"),
    ],
)
def test_wrong_usage_exits_2_and_names_what_is_wrong(
    stack: DockerStack, volume: Volume, command: list[str], environment: dict[str, str], named: str
) -> None:
    run = stack.collector(volume, *command, environment=environment)

    assert ended(run) == 2
    assert named in "\n".join(log_lines(run))


def test_an_unknown_key_in_the_configuration_exits_2(stack: DockerStack, volume: Volume, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(json.loads(QUICK.read_text()) | {"colect": {}}))
    config.chmod(0o644)
    tmp_path.chmod(0o755)

    run = stack.collector(volume, config=config)

    assert ended(run) == 2
    assert "colect" in "\n".join(log_lines(run))


def test_a_stopped_container_that_is_started_again_runs_a_fresh_cycle(stack: DockerStack) -> None:
    stack.compose("up", "--no-start", "collector")
    container = stack.client.containers.get(f"{stack.project}-collector-1")
    summaries = []
    for start in (lambda: stack.compose("start", "collector"), container.start):
        start()
        assert ended(container) == 0
        summaries.append(said(container).splitlines()[-1])

    cycles = {summary.split()[0] for summary in summaries}
    assert len(cycles) == 2
    assert "inserted=0" in summaries[1]


def test_every_line_of_the_log_is_one_json_object_and_the_summary_is_alone_on_stdout(
    stack: DockerStack, volume: Volume
) -> None:
    run = stack.collector(volume)
    ended(run)

    lines = [json.loads(line) for line in log_lines(run)]

    assert {"cycle_begins", "cycle_ends"} <= {line["event"] for line in lines}
    assert len(said(run).splitlines()) == 1
    assert stack.rows(volume, _DOUBLES) == []

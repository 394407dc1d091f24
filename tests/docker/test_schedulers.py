"""The three schedulers as shipped: real cron, real units, and the calls of Ofelia, each driving real containers."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.data_dir import as_root
from support.docker_stack import eventually
from support.server_folder import ServerFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.docker_stack import DockerStack

UNITS = "etc/systemd/system"
ONE_SHOT = f"{UNITS}/kalshi-.service.d/10-one-shot.conf"


@pytest.fixture(scope="module")
def server(running_stack: DockerStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerFolder]:
    """A server with a database of one hour."""
    folder = ServerFolder(tmp_path_factory.mktemp("opt") / "kalshi", running_stack, "cron")
    folder.settings()
    try:
        assert folder.run("docker", "compose", "run", "--rm", "-T", "collector").returncode == 0
        yield folder
    finally:
        folder.remove()


@pytest.fixture(params=["systemd", "cron"])
def scheduler(request: pytest.FixtureRequest, server: ServerFolder) -> Iterator[str]:
    yield request.param
    server.schedule("remove", request.param)


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


# --- install, verify, remove


def test_a_second_installation_changes_nothing_and_removing_leaves_no_file(
    server: ServerFolder, scheduler: str
) -> None:
    first = server.schedule("install", scheduler)
    installed = {name: server.installed(name) for name in files(server.root)}
    again = server.schedule("install", scheduler)

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert "Writing" in first.stderr
    assert "Writing" not in again.stderr
    assert {name: server.installed(name) for name in files(server.root)} == installed
    assert server.schedule("verify", scheduler).returncode == 0
    assert server.schedule("remove", scheduler).returncode == 0
    assert files(server.root) == []
    assert server.schedule("verify", scheduler).returncode == 1


def test_a_second_scheduler_is_refused_and_the_first_is_named(server: ServerFolder, scheduler: str) -> None:
    server.schedule("install", scheduler)
    for other in {"systemd", "cron", "ofelia"} - {scheduler}:
        refused = server.schedule("install", other)

        assert refused.returncode == 1
        assert f"First: ops/schedule.sh remove {scheduler}" in refused.stderr


@pytest.mark.parametrize("arguments", [(), ("install",), ("install", "anacron"), ("start", "cron")])
def test_wrong_usage_is_told_and_changes_nothing(server: ServerFolder, arguments: tuple[str, ...]) -> None:
    done = server.run("ops/schedule.sh", *arguments, DESTDIR=str(server.root))

    assert done.returncode == 1
    assert "Usage: ops/schedule.sh install|verify|remove systemd|cron|ofelia" in done.stderr


# --- systemd


@pytest.fixture
def units(server: ServerFolder) -> Iterator[ServerFolder]:
    assert server.schedule("install", "systemd").returncode == 0
    yield server
    server.schedule("remove", "systemd")


def test_systemd_accepts_every_unit_without_a_complaint_and_would_complain_of_a_misspelt_setting(
    units: ServerFolder,
) -> None:
    verified = units.schedule("verify", "systemd")
    (units.root / ONE_SHOT).write_text(units.installed(ONE_SHOT) + "NoNewPriviliges=yes\n")
    misspelt = units.schedule("verify", "systemd")

    assert verified.returncode == 0, verified.stderr
    assert misspelt.returncode == 1
    assert "Unknown key 'NoNewPriviliges'" in misspelt.stderr


def test_systemd_finds_the_units_hardened(units: ServerFolder) -> None:
    paths = [str(path) for path in (units.root / UNITS).glob("kalshi-*.service")]

    done = units.run("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", *paths)

    assert len(paths) == 5
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_command_of_a_unit_runs_a_cycle_in_the_units_folder(units: ServerFolder) -> None:
    [folder] = re.findall(r"^WorkingDirectory=(.*)$", units.installed(ONE_SHOT), re.MULTILINE)
    [command] = re.findall(r"^ExecStart=(.*)$", units.installed(f"{UNITS}/kalshi-collect.service"), re.MULTILINE)

    done = units.run(*command.split())

    assert folder == str(units.path)
    assert done.returncode == 0, done.stderr
    assert "outcome=ok" in done.stdout


def elapses(calendar: str, base: str) -> list[str]:
    """When a calendar of systemd elapses next, five times, in UTC, on a machine that keeps Berlin's time."""
    done = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=5", f"--base-time={base}", calendar],
        env={**os.environ, "TZ": "Europe/Berlin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return re.findall(r"\(in UTC\): \w+ ([0-9-]+ [0-9:]+) UTC", done.stdout)


@pytest.mark.parametrize(
    ("night", "hours"),
    [
        ("2026-10-24 22:30:00 UTC", ["24 23", "25 00", "25 01", "25 02", "25 03"]),
        ("2027-03-27 22:30:00 UTC", ["27 23", "28 00", "28 01", "28 02", "28 03"]),
    ],
)
def test_no_hour_is_left_out_or_run_twice_in_a_night_that_changes_the_clocks(
    units: ServerFolder, night: str, hours: list[str]
) -> None:
    [calendar] = re.findall(r"^OnCalendar=(.*)$", units.installed(f"{UNITS}/kalshi-collect.timer"), re.MULTILINE)

    assert [moment[8:13] for moment in elapses(calendar, night)] == hours
    assert all(moment.endswith(":05:00") for moment in elapses(calendar, night))


def test_a_timer_by_local_time_would_leave_an_hour_out() -> None:
    """Why the timers name UTC; when this fails, systemd has changed and the comment in them is history."""
    hours = [moment[11:13] for moment in elapses("*:05", "2026-10-24 22:30:00 UTC")]

    assert hours == ["23", "00", "02", "03", "04"]


# --- cron


@pytest.fixture
def crontab(server: ServerFolder) -> Iterator[str]:
    """The installed crontab, its log below the server's own root."""
    assert server.schedule("install", "cron").returncode == 0
    yield server.installed("etc/cron.d/kalshi").replace("/var/log/kalshi", f"{server.root}/var/log/kalshi")
    server.schedule("remove", "cron")


_ALONE = """
set -eu
mkdir -p "$1/run" && touch "$1/run/docker.sock" "$1/crontab"
mount --bind /run/docker.sock "$1/run/docker.sock"
mount --rbind "$1/run" /run
mount --bind "$1/crontab" /etc/crontab
mount --bind "$1/cron.d" /etc/cron.d
mount -t tmpfs tmpfs /var/spool/cron/crontabs
exec cron -f
"""


@as_root
def test_debians_cron_runs_a_real_cycle_from_the_shipped_crontab(
    server: ServerFolder, crontab: str, tmp_path: Path
) -> None:
    """cron knows minutes only, and the clock is the machine's: up to a minute passes here, which cannot be helped.

    It sees this one crontab, its own /run and no job of this machine, whose own cron may go on.
    """
    (tmp_path / "cron.d").mkdir()
    every_minute, changed = re.subn(r"^5 \* \* \* \*", "* * * * *", crontab, count=1, flags=re.MULTILINE)
    assert changed
    (tmp_path / "cron.d" / "kalshi").write_text(every_minute)
    log = server.root / "var/log/kalshi/collect.log"
    path = f"{os.environ['PATH']}:/usr/sbin"

    cron = subprocess.Popen(["unshare", "--mount", "sh", "-c", _ALONE, "sh", str(tmp_path)], env={"PATH": path})
    try:
        eventually("a cycle run by cron", lambda: log.exists() and "outcome=" in log.read_text(), seconds=100)
    finally:
        cron.terminate()
        cron.wait(10)

    assert re.search(r"^cycle=\S+ mode=collect .*outcome=ok", log.read_text(), re.MULTILINE)


def test_a_line_of_the_crontab_prints_only_a_failure_with_its_exit_code_and_log(
    server: ServerFolder, crontab: str
) -> None:
    [command] = re.findall(r"^5 \* \* \* \* +root +(.*)$", crontab, re.MULTILINE)

    good = server.run("sh", "-c", command)
    server.settings(KALSHI_LOG_LEVEL="LOUD")
    bad = server.run("sh", "-c", command)
    server.settings()

    log = server.root / "var/log/kalshi/collect.log"
    assert (good.stdout, good.stderr) == ("", "")
    assert bad.stdout == f"kalshi collect: exit code 2, see {log}\n"
    assert "KALSHI_LOG_LEVEL" in log.read_text()

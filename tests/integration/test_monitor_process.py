"""`kalshi monitor` as a process: where it listens, how it ends, whom it tells, what it refuses to start with."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import signal
import socket
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from support.data_dir import child, ended, kalshi, migrated
from support.monitor_world import fill
from support.processes import environment

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

_MAIN = "from kalshi_common.cli import main; main()"


class Running:
    """A monitor on a free port; `log` is what it said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.log: list[dict[str, Any]] = []
        self.address = str(self.until("monitor_listens")["url"])

    def until(self, event: str) -> dict[str, Any]:
        """Read its log as far as an event; give the event's fields."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            entry = json.loads(line)
            self.log.append(entry)
            if entry["event"] == event:
                found: dict[str, Any] = entry["data"]
                return found
        raise AssertionError(f"it ended without {event}: {self.log}")

    def health(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=30) as answer:  # noqa: S310  # our own loopback address
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            found = json.load(error)
        return found


@contextlib.contextmanager
def monitor(data_dir: Path, *options: str, **settings: str) -> Iterator[Running]:
    env = environment(KALSHI_DATA_DIR=str(data_dir), **settings)
    process = child(_MAIN, "monitor", "--port", "0", *options, env=env)
    try:
        yield Running(process)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_and_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with monitor(tmp_path) as running, socket.create_connection(_host_and_port(running.address)) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")  # a request that never ends must not hold it up
        began = time.monotonic()
        running.process.send_signal(number)
        code, _, _ = ended(running.process, within_s=20)
        assert code == 0
        assert time.monotonic() - began < 10, "docker stop would have killed it"


def test_it_listens_on_loopback_alone_unless_told_otherwise(tmp_path: Path) -> None:
    with monitor(tmp_path) as running:
        host, _ = _host_and_port(running.address)
        assert host == "127.0.0.1"


def test_it_sees_a_database_that_comes_later(tmp_path: Path) -> None:
    with monitor(tmp_path) as running:
        assert [each["key"] for each in running.health()["findings"]] == ["database_missing"]
        with migrated(tmp_path) as database:
            fill(database, end=dt.datetime.now(dt.UTC), days=1, money=False)
        assert running.health()["findings"] == []


def test_what_has_no_date_of_its_own_keeps_the_one_it_was_first_seen_at(tmp_path: Path) -> None:
    with monitor(tmp_path) as running:
        first = running.health()["findings"][0]["since_utc"]
        assert first
        assert running.health()["findings"][0]["since_utc"] == first


def test_it_tells_the_operator_of_stale_data_by_the_webhook(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        fill(database, end=dt.datetime.now(dt.UTC) - dt.timedelta(hours=5), days=1, money=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/hook"
        with monitor(tmp_path, KALSHI_WEBHOOK_URL=url):
            message = _one_post(server)
    assert (message["kind"], message["key"]) == ("problem", "health:hour_stale")
    assert "more than 90 minutes ago" in message["body"]


def test_a_port_that_is_taken_is_told_in_one_sentence_with_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = kalshi("monitor", "--port", port, data_dir=tmp_path, log_level="ERROR")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"kalshi: cannot listen on 127.0.0.1:{port}: ")
    assert "choose another --host or --port" in err


@pytest.mark.parametrize("options", [("--port", "70000"), ("--port", "x"), ("--host",)])
def test_a_wrong_option_is_refused_with_2(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert kalshi("monitor", *options, data_dir=tmp_path)[0] == 2


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.removeprefix("http://").partition(":")
    return host, int(port)


def _one_post(server: socket.socket) -> dict[str, Any]:
    """Accept one request, answer 204, give its JSON."""
    connection, _ = server.accept()
    with connection:
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        while len(body) < length:
            body += connection.recv(65536)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    found: dict[str, Any] = json.loads(body)
    return found

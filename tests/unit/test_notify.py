"""Which problem is told when: once per problem and hour over all processes, and its end once."""

from __future__ import annotations

import json
import logging
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.config import Settings
from kalshi_common.config_secrets import Secrets
from kalshi_common.knobs import StorageKnobs
from kalshi_common.knobs_operate import NotifyKnobs
from kalshi_common.notify import Notifier
from support.data_dir import child, ended
from support.fake_clock import FakeClock
from support.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with Mailbox() as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def settings(data_dir: Path, *, timeout_s: float = 5, **secrets: str) -> Settings:
    return Settings(
        storage=StorageKnobs(data_dir=data_dir), notify=NotifyKnobs(timeout_s=timeout_s), secrets=Secrets(**secrets)
    )


def told(box: Mailbox) -> list[tuple[str, str]]:
    return [(letter.json["kind"], letter.json["key"]) for letter in box.letters]


def remembered(data_dir: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((data_dir / "notify.json").read_text())["problems"]
    return found


def test_a_problem_is_told_with_what_where_when_and_nothing_that_was_not_given(
    tmp_path: Path, box: Mailbox, clock: FakeClock
) -> None:
    notifier = Notifier(settings(tmp_path, webhook_url=box.url), clock)

    assert notifier.problem("health:stale", "stale", "what to do") == []

    [letter] = box.letters
    assert letter.path == "/hook/s3cr3t"
    assert letter.json == {
        "kind": "problem", "key": "health:stale", "title": "stale", "body": "what to do",
        "host": socket.gethostname(),
        "at_utc": "2026-11-23T05:07:09Z",
    }  # fmt: skip


async def test_the_same_problem_is_told_again_only_when_the_time_is_over_and_says_since_when(
    tmp_path: Path, box: Mailbox, clock: FakeClock
) -> None:
    notifier = Notifier(settings(tmp_path, webhook_url=box.url), clock)

    notifier.problem("a", "A", "")
    notifier.problem("b", "B", "")
    await clock.advance(3599)
    notifier.problem("a", "A", "")
    assert told(box) == [("problem", "a"), ("problem", "b")]
    await clock.advance(1)
    notifier.problem("a", "A", "")

    assert told(box) == [("problem", "a"), ("problem", "b"), ("problem", "a")]
    assert "since 2026-11-23T05:07:09Z" in box.letters[-1].json["body"]


def test_another_process_on_the_same_data_directory_counts_too(tmp_path: Path, box: Mailbox, clock: FakeClock) -> None:
    for _ in range(3):
        Notifier(settings(tmp_path, webhook_url=box.url), clock).problem("a", "A", "")

    assert told(box) == [("problem", "a")]


def test_threads_that_see_a_problem_at_once_tell_it_once(tmp_path: Path, box: Mailbox, clock: FakeClock) -> None:
    notifiers = [Notifier(settings(tmp_path, webhook_url=box.url), clock) for _ in range(8)]
    threads = [threading.Thread(target=each.problem, args=("a", "A", "")) for each in notifiers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert told(box) == [("problem", "a")]


_TELL = """
import sys
from pathlib import Path
from kalshi_common.clock import SystemClock
from kalshi_common.config import load_settings
from kalshi_common.notify import Notifier

settings = load_settings(environ={"KALSHI_DATA_DIR": sys.argv[1], "KALSHI_WEBHOOK_URL": sys.argv[2]})
sys.stdin.readline()
print(Notifier(settings, SystemClock()).problem("a", "A", ""))
"""


def test_processes_that_see_a_problem_at_once_tell_it_once(tmp_path: Path, box: Mailbox) -> None:
    everyone = [child(_TELL, tmp_path, box.url) for _ in range(3)]
    for process in everyone:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()

    assert [ended(process) for process in everyone] == [(0, "[]\n", "")] * 3
    assert told(box) == [("problem", "a")]


def test_its_end_is_told_once_and_then_the_problem_is_new_again(tmp_path: Path, box: Mailbox, clock: FakeClock) -> None:
    notifier = Notifier(settings(tmp_path, webhook_url=box.url), clock)

    notifier.problem("cycle:collect:failed", "", "")
    notifier.problem("cycle:collect:incomplete", "", "")
    notifier.problem("cycle:collector", "", "")
    assert notifier.recovered("cycle:collect", "works", "") == []
    notifier.recovered("cycle:collect", "works", "")
    notifier.problem("cycle:collect:failed", "", "")

    assert told(box)[3:] == [("recovered", "cycle:collect"), ("problem", "cycle:collect:failed")]
    assert sorted(remembered(tmp_path)) == ["cycle:collect:failed", "cycle:collector"]


def test_the_end_of_a_problem_nobody_was_told_of_is_not_told(tmp_path: Path, box: Mailbox, clock: FakeClock) -> None:
    assert Notifier(settings(tmp_path, webhook_url=box.url), clock).recovered("a", "A", "") == []

    assert box.letters == []
    assert not (tmp_path / "notify.json").exists()


def test_what_reached_nobody_counts_as_not_told(tmp_path: Path, box: Mailbox, clock: FakeClock) -> None:
    notifier = Notifier(settings(tmp_path, webhook_url=box.url), clock)
    box.answer = 500
    assert notifier.problem("a", "A", "") == ["webhook: answered 500"]
    box.answer = 200
    assert notifier.problem("a", "A", "") == []
    box.answer = 500
    assert notifier.recovered("a", "A", "") == ["webhook: answered 500"]
    box.answer = 200
    assert notifier.recovered("a", "A", "") == []

    assert told(box) == [("problem", "a")] * 2 + [("recovered", "a")] * 2


def test_one_channel_that_works_is_enough(tmp_path: Path, box: Mailbox, clock: FakeClock) -> None:
    with Mailbox() as other:
        other.answer = 404
        notifier = Notifier(settings(tmp_path, webhook_url=other.url, notify_urls=box.apprise_url), clock)
        assert notifier.problem("a", "A", "") == ["webhook: answered 404"]
        assert notifier.problem("a", "A", "") == []
        assert len(other.letters) == 1
    assert [(letter.path, letter.json["title"], letter.json["type"]) for letter in box.letters] == [
        ("/t0k3n", "A", "failure")
    ]


def test_a_clock_that_was_set_back_does_not_silence_it(tmp_path: Path, box: Mailbox, clock: FakeClock) -> None:
    (tmp_path / "notify.json").write_text(
        '{"problems": {"a": {"since": "2030-01-01T00:00:00Z", "told_at": "2030-01-01T00:00:00Z"}}}'
    )
    Notifier(settings(tmp_path, webhook_url=box.url), clock).problem("a", "A", "")

    assert told(box) == [("problem", "a")]


@pytest.mark.parametrize(
    "damage",
    ["", "[]", "null", '{"problems": 7}', '{"problems": {"a": 7}}', '{"problems": {"a": {"since": 1, "told_at": 1}}}'],
)
def test_a_damaged_memory_is_replaced_and_the_problem_told(
    tmp_path: Path, box: Mailbox, clock: FakeClock, damage: str
) -> None:
    (tmp_path / "notify.json").write_text(damage)
    Notifier(settings(tmp_path, webhook_url=box.url), clock).problem("a", "A", "")

    assert told(box) == [("problem", "a")]
    assert remembered(tmp_path)["a"]["told_at"] == "2026-11-23T05:07:09Z"


async def test_where_nothing_can_be_remembered_on_disk_a_process_still_tells_once_and_its_end_once(
    tmp_path: Path, box: Mailbox, clock: FakeClock
) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("")
    notifier = Notifier(settings(no_folder, webhook_url=box.url), clock)

    for _ in range(3):
        assert notifier.problem("a", "A", "") == []
    await clock.advance(3600)
    notifier.problem("a", "A", "")
    for _ in range(3):
        notifier.recovered("a", "A", "")

    assert told(box) == [("problem", "a"), ("problem", "a"), ("recovered", "a")]


def test_what_could_not_be_remembered_for_a_while_is_remembered_later_beside_what_others_told_since(
    tmp_path: Path, box: Mailbox, clock: FakeClock
) -> None:
    notifier, other = (Notifier(settings(tmp_path, webhook_url=box.url), clock) for _ in range(2))
    (tmp_path / "notify.json").mkdir()
    notifier.problem("a", "A", "")
    (tmp_path / "notify.json").rmdir()
    other.problem("b", "B", "")
    notifier.problem("a", "A", "")

    assert told(box) == [("problem", "a"), ("problem", "b")]
    assert sorted(remembered(tmp_path)) == ["a", "b"]


def test_secrets_are_taken_out_of_what_is_told(tmp_path: Path, box: Mailbox, clock: FakeClock) -> None:
    given = settings(tmp_path, webhook_url=box.url, openai_api_key="sk-made-up-key")
    Notifier(given, clock).problem("a", "with sk-made-up-key", f"at {box.url}")

    assert "sk-made-up-key" not in box.letters[0].text
    assert "s3cr3t" not in box.letters[0].text


def test_without_a_channel_nothing_is_told_or_kept(tmp_path: Path, clock: FakeClock) -> None:
    notifier = Notifier(settings(tmp_path), clock)

    assert notifier.problem("a", "A", "") == []
    assert notifier.recovered("a", "A", "") == []
    assert list(tmp_path.iterdir()) == []


def test_a_bug_of_ours_in_telling_is_logged_and_goes_no_further(
    tmp_path: Path, box: Mailbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = Notifier(settings(tmp_path, webhook_url=box.url), clock)

    assert notifier.problem("a", None, b"") == [  # type: ignore[arg-type]  # wrong on purpose
        "notify: internal error, see the log: TypeError"
    ]
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == ["internal_error"]

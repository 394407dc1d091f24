"""`kalshi notify test`, and what `kalshi run` tells the dead-man switch when its configuration is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.data_dir import kalshi
from support.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with Mailbox() as running:
        yield running


def test_each_channel_has_a_line_and_all_that_work_end_in_0(box: Mailbox) -> None:
    code, out, err = kalshi("notify", "test", webhook_url=box.url, ping_url=f"http://{box.host}/uuid")

    assert (code, out, err) == (0, "webhook: ok\nping: ok\n", "")


def test_one_that_does_not_work_ends_in_1_and_is_named_also_as_json(box: Mailbox) -> None:
    box.answer = 403
    code, out, err = kalshi("notify", "test", "--format", "json", webhook_url=box.url, notify_urls="t0k3n")

    assert (code, err) == (1, "")
    assert json.loads(out) == [
        {"channel": "webhook", "failure": "answered 403"},
        {
            "channel": "apprise 1 (no URL)",
            "failure": "its address is no Apprise URL; see https://github.com/caronc/apprise/wiki",
        },
    ]
    assert "t0k3n" not in out


def test_without_any_channel_the_variables_are_named_and_it_ends_in_2() -> None:
    code, out, err = kalshi("notify", "test")

    assert (code, out) == (2, "")
    assert "set KALSHI_NOTIFY_URLS, KALSHI_WEBHOOK_URL or KALSHI_PING_URL" in err


def test_a_configuration_with_which_nothing_can_run_fails_the_dead_man_switch(box: Mailbox, tmp_path: Path) -> None:
    address = tmp_path / "ping_url"
    address.write_text(f"http://{box.host}/uuid\n")

    code, out, err = kalshi("run", ping_url_file=address, log_level="LOUD", data_dir=tmp_path / "data")

    assert (code, out) == (2, "")
    assert err.startswith("kalshi: KALSHI_LOG_LEVEL is ")
    [letter] = box.letters
    assert letter.path == "/uuid/fail"
    assert letter.text in err


@pytest.mark.parametrize("arguments", [("config", "check"), ("status",)])
def test_other_commands_that_find_it_wrong_leave_the_dead_man_switch_alone(
    box: Mailbox, arguments: tuple[str, ...]
) -> None:
    assert kalshi(*arguments, ping_url=box.url, log_level="LOUD")[0] == 2
    assert box.letters == []


def test_a_dead_man_switch_that_cannot_be_reached_changes_neither_the_message_nor_the_exit_code() -> None:
    code, _, err = kalshi("run", ping_url="http://127.0.0.1:9/t0k3n", log_level="LOUD")

    assert code == 2
    logged, said = err.splitlines()
    assert json.loads(logged)["data"] == {"to": "ping", "reason": "cannot be reached (ConnectionError)"}
    assert said.startswith("kalshi: KALSHI_LOG_LEVEL is ")
    assert "t0k3n" not in err

"""Which modes an image has, by the code that lies in it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from kalshi_common import modes
from kalshi_common.config import Settings
from kalshi_common.errors import ConfigError, CycleError
from kalshi_common.knobs import StorageKnobs
from support.data_dir import child, ended, migrated

if TYPE_CHECKING:
    from pathlib import Path

_ASK = """
import sys

sys.path = [path for path in sys.path if not path.endswith("services")]  # as in an image without a worker
from kalshi_common import modes
from kalshi_common.errors import ConfigError

print(modes.present())
for asked in (None, "collect"):
    try:
        print(modes.chosen(asked))
    except ConfigError as error:
        print(error)
"""


def test_where_every_worker_is_present_collect_is_the_default() -> None:
    assert modes.present() == ["collect", "analyze", "trade"]
    assert modes.chosen(None) == modes.chosen("collect") == "collect"


@pytest.mark.parametrize("asked", ["sell", "", "Collect", "collector", "os"])
def test_a_mode_that_is_not_there_is_refused_with_those_that_are(asked: str) -> None:
    with pytest.raises(ConfigError) as caught:
        modes.chosen(asked)
    assert str(caught.value) == (
        f"--mode: {asked!r} is not in this image; it has: collect, analyze, trade. "
        "Each worker image holds the code of its own mode only"
    )
    assert caught.value.exit_code == 2


def test_an_image_without_a_worker_says_so_instead_of_running_nothing() -> None:
    code, out, err = ended(child(_ASK))
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "[]",
        "--mode: no mode is in this image; run the collector's image, or another worker's",
        "--mode: 'collect' is not in this image; it has: none. Each worker image holds the code of its own mode only",
    ]


@pytest.mark.parametrize("mode", modes.present())
def test_each_mode_that_is_there_can_be_worked_and_described_or_says_what_it_lacks(mode: str, tmp_path: Path) -> None:
    assert inspect.iscoroutinefunction(modes.work_of(mode))
    migrated(tmp_path).close()
    try:
        lines = modes.plan_of(mode)(Settings(storage=StorageKnobs(data_dir=tmp_path)))
    except CycleError as error:
        lines = [str(error)]
    assert lines
    assert all(isinstance(line, str) and line for line in lines)


def test_looking_for_modes_loads_none() -> None:
    code = "import sys; from kalshi_common import modes; modes.chosen(None); print('collector.collect' in sys.modules)"
    assert ended(child(code)) == (0, "False\n", "")

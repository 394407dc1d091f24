"""`status.json`: whole at every instant, every mode in it, and never in the way."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.errors import StorageError
from kalshi_common.status import STATUS_NAME, mode_rows, read_status, update_status, with_later_errors, write_json
from support.data_dir import child, ended

if TYPE_CHECKING:
    from pathlib import Path

ROW = {"mode": "collect", "last_cycle_id": "c1", "last_success_at_utc": "2026-11-23T05:07:09Z", "last_error": None}


def modes(data_dir: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((data_dir / STATUS_NAME).read_text(encoding="utf-8"))["modes"]
    return found


def test_a_mode_has_its_row_and_the_newest_is_named(tmp_path: Path) -> None:
    update_status(tmp_path, "collect", ROW)
    assert read_status(tmp_path) == {"last_mode": "collect", "modes": {"collect": ROW}}
    update_status(tmp_path, "trade", {"last_cycle_id": "t1"})
    assert read_status(tmp_path) == {
        "last_mode": "trade", "modes": {"collect": ROW, "trade": {"last_cycle_id": "t1"}}
    }  # fmt: skip


def test_what_a_row_does_not_tell_stays_as_it_was(tmp_path: Path) -> None:
    update_status(tmp_path, "collect", ROW)
    update_status(tmp_path, "collect", {"last_success_at_utc": None, "last_error": "hang", "last_cycle_id": "c2"})
    assert modes(tmp_path)["collect"] == {**ROW, "last_error": "hang", "last_cycle_id": "c2"}


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"null", b'{"modes": 7}', b'{"modes": {"collect": []}}', b"\xff\xfe", b"[" * 100_000],
)
def test_a_damaged_file_is_replaced_by_a_good_one(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / STATUS_NAME).write_bytes(damage)
    read_status(tmp_path)
    update_status(tmp_path, "collect", ROW)
    assert modes(tmp_path) == {"collect": ROW}


def test_without_a_file_there_is_no_status(tmp_path: Path) -> None:
    assert read_status(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_anyone_may_read_it_and_nothing_else_lies_beside_it(tmp_path: Path) -> None:
    update_status(tmp_path, "collect", ROW)
    assert stat.S_IMODE((tmp_path / STATUS_NAME).stat().st_mode) == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == ["locks", STATUS_NAME]


def test_any_text_can_be_told_also_a_file_name_that_is_no_unicode(tmp_path: Path) -> None:
    told = "cannot open /data/\N{ROCKET} 'x' \"y\" \n" + os.fsdecode(b"/caf\xe9")
    update_status(tmp_path, "collect", {"last_error": told})
    assert modes(tmp_path)["collect"]["last_error"] == told
    assert "\N{ROCKET}" in (tmp_path / STATUS_NAME).read_text(encoding="utf-8"), "people read it too"


def test_what_cannot_be_written_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"n": 1})
    with pytest.raises(TypeError):
        write_json(path, {"n": object()})
    assert json.loads(path.read_text()) == {"n": 1}
    assert list(tmp_path.iterdir()) == [path]


_FULL = """
import resource, sys
from pathlib import Path
from kalshi_common.errors import StorageError
from kalshi_common.status import update_status

update_status(Path(sys.argv[1]), "collect", {"last_error": "first"})
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    update_status(Path(sys.argv[1]), "collect", {"last_error": "x" * 5000})
except StorageError as error:
    print(error)
"""


def test_a_volume_that_takes_no_more_bytes_keeps_the_old_file_and_says_so_in_one_sentence(tmp_path: Path) -> None:
    code, out, err = ended(child(_FULL, tmp_path))
    assert (code, err) == (0, "")
    assert out == f"cannot write {tmp_path / STATUS_NAME}: File too large; check the volume and its free space\n"
    assert modes(tmp_path) == {"collect": {"last_error": "first"}}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["locks", STATUS_NAME]


def test_a_data_directory_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot open .*status\.lock: Not a directory; check the volume"):
        update_status(tmp_path / "file", "collect", ROW)


_WRITES = """
import sys
from pathlib import Path
from kalshi_common.status import update_status

for n in range(100):
    update_status(Path(sys.argv[1]), sys.argv[2], {"n": n, f"n{n}": n})
"""
_READS = """
import json, sys
from pathlib import Path

path = Path(sys.argv[1]) / "status.json"
for _ in range(10_000_000):  # no orphan runs for ever
    modes = json.loads(path.read_text())["modes"]
    assert modes["seed"] == {"n": 0}
    if all(modes.get(mode, {}).get("n") == 99 for mode in "abc"):
        break
"""


def test_processes_that_write_at_once_lose_nothing_and_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    update_status(tmp_path, "seed", {"n": 0})
    everyone = [child(_WRITES, tmp_path, mode) for mode in "abc"] + [child(_READS, tmp_path)]
    assert [ended(process) for process in everyone] == [(0, "", "")] * 4
    every = {"n": 99, **{f"n{n}": n for n in range(100)}}
    assert modes(tmp_path) == {"seed": {"n": 0}, "a": every, "b": every, "c": every}


def row(mode: str = "collect", *, success: str | None = None, error: str | None = None) -> dict[str, Any]:
    told = {"last_success_at_utc": success, "last_error_at_utc": error, "last_error": error and f"at {error}"}
    return {"mode": mode, "last_cycle_id": "c", "last_duration_s": 1.0, **told}


@pytest.mark.parametrize(
    ("known", "copy", "shown"),
    [
        ([row(success="05")], row(success="05", error="06"), [row(success="05", error="06")]),
        ([row(success="05", error="04")], row(success="05", error="06"), [row(success="05", error="06")]),
        ([row(success="07")], row(success="05", error="06"), [row(success="07")]),
        ([row(success="05")], row(success="09", error="04"), [row(success="05")]),
        ([row(success="05")], row(success="09", error="10"), [row(success="05", error="10")]),
        ([row("trade")], row(error="06"), [row("trade"), row(error="06")]),
        ([], row(success="05"), []),
    ],
)
def test_an_error_that_only_the_file_could_be_told_is_shown_and_never_a_success_the_database_lacks(
    tmp_path: Path, known: list[dict[str, Any]], copy: dict[str, Any], shown: list[dict[str, Any]]
) -> None:
    update_status(tmp_path, "collect", copy)
    assert with_later_errors(known, tmp_path) == shown


@pytest.mark.parametrize("damage", ["[]", '{"modes": 7}', '{"modes": {"collect": {"mode": "collect"}}}', "{"])
def test_a_damaged_file_adds_nothing(tmp_path: Path, damage: str) -> None:
    (tmp_path / STATUS_NAME).write_text(damage)
    assert mode_rows(tmp_path) == []
    assert with_later_errors([row()], tmp_path) == [row()]

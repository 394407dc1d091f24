"""Which problems the operator was told of, and when: `notify.json`, shared by all processes on the data directory.

Where the file cannot be written (a full disk is just what one must hear of) this process remembers by itself.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from kalshi_common.domain.hour import parse_utc, utc_text
from kalshi_common.errors import StorageError
from kalshi_common.status import one_at_a_time, write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MEMORY_NAME = "notify.json"
Answer = TypeVar("Answer")


class Told(NamedTuple):
    """A problem the operator knows of. Both instants are UTC text."""

    since: str
    told_at: str


Problems: TypeAlias = dict[str, Told]


class Memory:
    """The problems that are told and not over. No lock is held while a message is under way."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._unwritten: dict[str, Told | None] = {}
        """What this process changed and the disk did not take; None is a problem that is over."""

    def claim(self, key: str, now: dt.datetime, repeat: dt.timedelta) -> tuple[Told, Told | None] | None:
        """Take it upon this process to tell a problem now; None if it was told less than `repeat` ago.

        Gives what is remembered from now on, and what was before: put that back with `put` if telling fails.
        """

        def claimed(problems: Problems) -> tuple[Told, Told | None] | None:
            before = problems.get(key)
            # An instant in the future is a clock that was set back; it must not keep us quiet until then.
            if before is not None and dt.timedelta(0) <= now - parse_utc(before.told_at) < repeat:
                return None
            problems[key] = Told(before.since if before else utc_text(now), utc_text(now))
            return problems[key], before

        return self._change(claimed)

    def release(self, key: str) -> Problems:
        """Forget the problem `key` and those below it (`key:…`), and give them."""

        def released(problems: Problems) -> Problems:
            return {each: problems.pop(each) for each in list(problems) if each == key or each.startswith(f"{key}:")}

        return self._change(released)

    def put(self, earlier: Mapping[str, Told | None]) -> None:
        """Set entries back to what they were; None removes one."""

        def restored(problems: Problems) -> None:
            for key, told in earlier.items():
                if told is None:
                    problems.pop(key, None)
                else:
                    problems[key] = told

        self._change(restored)

    def _change(self, change: Callable[[Problems], Answer]) -> Answer:
        done: list[Answer] = []
        try:
            with one_at_a_time(self._data_dir, "notify"):
                done.append(self._changed(change))
                if self._unwritten:
                    content = {key: told._asdict() for key, told in self._known().items()}
                    write_json(self._data_dir / MEMORY_NAME, {"problems": content})
                    self._unwritten = {}
        except StorageError:
            if not done:  # not even the lock could be had
                done.append(self._changed(change))
        return done[0]

    def _changed(self, change: Callable[[Problems], Answer]) -> Answer:
        before = self._known()
        after = dict(before)
        answer = change(after)
        self._unwritten |= {key: after.get(key) for key in before | after if before.get(key) != after.get(key)}
        return answer

    def _known(self) -> Problems:
        """Give what all processes know, with this one's own changes that are not on the disk yet."""
        known = {**self._on_disk(), **self._unwritten}
        return {key: told for key, told in known.items() if told is not None}

    def _on_disk(self) -> Problems:
        try:
            found = json.loads((self._data_dir / MEMORY_NAME).read_text(encoding="utf-8"))["problems"]
            problems = {str(key): Told(str(told["since"]), str(told["told_at"])) for key, told in found.items()}
            for told in problems.values():
                parse_utc(told.told_at)
        except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
            return {}  # none yet, or damaged: then a problem is told once more, which is the lesser harm
        return problems

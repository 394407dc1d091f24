"""How long `kalshi gaps` takes over a year of 723 markets. Printed, never asserted: `make bench`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from figures import measured
from year_of_markets import END, LAST

from kalshi_common.clock import SystemClock
from kalshi_common.domain.gap import hour_text
from kalshi_common.storage.database import reading
from kalshi_common.storage.gap_search import find, question
from support.processes import environment

if TYPE_CHECKING:
    from kalshi_common.domain.coverage import Gaps

RUNS = 3
_MAIN = "from kalshi_common.cli import main; main()"


def test_gaps_of_a_year(tmp_path: Path) -> None:
    clock = SystemClock()
    made = measured([sys.executable, str(Path(__file__).with_name("year_of_markets.py")), str(tmp_path)], environment())
    print(f"\n{int(made.out):,} rows made: {made}")
    asked = question(usual="macro", now=f"{END:%Y-%m-%dT%H:%M:%SZ}")
    for _ in range(RUNS):
        began = clock.monotonic()
        with reading(tmp_path) as connection:
            found = find(connection, asked)
        print(f"found in {clock.monotonic() - began:.2f} s: {_told(found)}")
    # A yardstick for the machine: both start the same program, one of them does next to nothing.
    for words in (["status"], ["gaps", "--until", hour_text(LAST + 1)]):
        command = [sys.executable, "-c", _MAIN, *words]
        best = min(measured(command, environment(KALSHI_DATA_DIR=str(tmp_path))) for _ in range(RUNS))
        print(f"kalshi {words[0]:7} {best}")


def _told(found: Gaps) -> str:
    [total] = found.coverage("total")
    return f"{dict(found.hours_by_status())}, {total.present:,} of {total.expected:,} rows ({total.percent} %)"

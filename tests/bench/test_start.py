"""How long the commands take that people and health checks call often. Printed, never asserted: `make bench`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from figures import measured

from kalshi_common.storage.migrate import open_database
from support.processes import environment

if TYPE_CHECKING:
    from pathlib import Path

RUNS = 5
_MAIN = "from kalshi_common.cli import main; main()"


def test_time_to_start(tmp_path: Path) -> None:
    database, _ = open_database(tmp_path)
    database.close()
    print()
    for words in (["--version"], ["--help"], ["status"]):
        env = environment(KALSHI_DATA_DIR=str(tmp_path))
        best = min(measured([sys.executable, "-c", _MAIN, *words], env) for _ in range(RUNS))
        print(f"kalshi {' '.join(words):10} {best.wall_s:.2f} s wall  {best.cpu_s:.2f} s CPU  (best of {RUNS})")

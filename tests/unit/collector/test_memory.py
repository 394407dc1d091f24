"""What a page took is given back when the page is done, though something small lives on behind it."""

from __future__ import annotations

import subprocess
import sys

from support.processes import environment

PAGES = """
import resource
import sys

if sys.argv[1] == "tuned":
    from collector.memory import keep_flat

    keep_flat()


def resident_mib():
    with open("/proc/self/statm") as sizes:
        return int(sizes.read().split()[1]) * resource.getpagesize() / (1 << 20)


kept = []
before = resident_mib()
for _ in range(3):
    page = [bytearray(2_000_000) for _ in range(20)]
    kept.append(bytearray(100_000))
    del page
print(resident_mib() - before)
"""


def growth_mib(how: str) -> float:
    command = [sys.executable, "-c", PAGES, how]
    return float(subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout)


def test_a_row_that_lives_on_keeps_no_page_from_being_given_back() -> None:
    assert growth_mib("tuned") < 2
    assert growth_mib("as it is") > 30  # else this shows nothing: the allocator has lost the habit

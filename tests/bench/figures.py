"""Runs a program to its end and tells what it took: wall time, CPU time, peak memory."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Figures(NamedTuple):
    """Seconds and MiB."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    out: str

    def __str__(self) -> str:
        return f"{self.wall_s:7.2f} s wall  {self.cpu_s:6.2f} s CPU  {self.peak_mib:6.1f} MiB peak"


def measured(command: Sequence[str], env: Mapping[str, str]) -> Figures:
    """Run a command; its failure is ours."""
    began = time.monotonic()
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    with process.stdout:
        out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, out
    return Figures(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out)

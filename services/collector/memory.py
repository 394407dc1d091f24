"""Keeping a cycle's memory flat, however many pages it reads. Tunes this process only, and only for its own pattern."""

from __future__ import annotations

import ctypes
import gc

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # glibc's malloc.h
_LARGE_BYTES = 1 << 17


def keep_flat() -> None:
    """Let the allocator give a page's memory back when the page is done, and look for reference cycles less often."""
    # A page makes tens of thousands of tuples and no reference cycle: collecting every 700 of them finds nothing.
    gc.freeze()
    gc.set_threshold(20_000)
    # glibc learns from each large block that is freed to take the next one from its heap, where a single row that
    # lives on keeps megabytes from being returned: 20 MiB over an exchange of 200,000 markets. A value that is set
    # stays (mallopt(3)). Another C library has no mallopt, and not this habit.
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_ARENA_MAX, 1)  # one page is in hand at a time, so threads do not wait for each other

"""Which modes there are, which of them this image holds, and where each one's work begins."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, cast

from kalshi_common.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from kalshi_common.config import Settings
    from kalshi_common.cycle import CycleContext

    Work = Callable[[CycleContext], Coroutine[None, None, None]]
    Plan = Callable[[Settings], list[str]]
    Check = Callable[[Settings], None]

COLLECT, ANALYZE, TRADE = "collect", "analyze", "trade"
_SERVICES = {COLLECT: "collector", ANALYZE: "analyzer", TRADE: "trader"}
"""Mode -> the service package whose module of the mode's name has the coroutine function `work`."""


def present() -> list[str]:
    """List the modes whose code is in this image, the default one first."""
    return [
        mode
        for mode, package in _SERVICES.items()
        if importlib.util.find_spec(package) is not None and importlib.util.find_spec(f"{package}.{mode}") is not None
    ]


def chosen(mode: str | None) -> str:
    """Name the mode to run: the asked one, else the image's own.

    Raises:
        ConfigError: no such mode, or its code is not in this image.
    """
    have = present()
    if mode is None:
        if not have:
            raise ConfigError("--mode: no mode is in this image; run the collector's image, or another worker's")
        return have[0]
    if mode not in have:
        raise ConfigError(
            f"--mode: {mode!r} is not in this image; it has: {', '.join(have) or 'none'}. "
            "Each worker image holds the code of its own mode only"
        )
    return mode


def may_trade_live(mode: str) -> bool:
    """Let the trade mode be given the consent of the command line; it is True or an error.

    Raises:
        ConfigError: another mode, for which the consent means nothing.
    """
    if mode != TRADE:
        raise ConfigError(f"--enable-live-trading: mode {mode} places no orders; leave it out, or run --mode {TRADE}")
    return True


def work_of(mode: str) -> Work:
    """Load the coroutine function that does a mode's work."""
    return cast("Work", importlib.import_module(f"{_SERVICES[mode]}.{mode}").work)


def plan_of(mode: str) -> Plan:
    """Load the function that tells what a mode's cycle would do, line by line, without doing any of it."""
    return cast("Plan", importlib.import_module(f"{_SERVICES[mode]}.{mode}").describe)


def opening_of(mode: str) -> Plan:
    """Load the function that gives the first lines of a mode's run; most modes have none."""
    module = importlib.import_module(f"{_SERVICES[mode]}.{mode}")
    return cast("Plan", getattr(module, "opening", lambda _: []))


def check_of(mode: str) -> Check:
    """Load the function that refuses settings with which a mode's cycle cannot work, before it takes any lock."""
    module = importlib.import_module(f"{_SERVICES[mode]}.{mode}")
    return cast("Check", getattr(module, "check", lambda _: None))

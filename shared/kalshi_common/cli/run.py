"""`kalshi run`: one cycle, then exit."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from kalshi_common.cli.notify import misconfiguration_told
from kalshi_common.cli.options import ConfigOption, LockTimeoutOption, settings_with_usable_key


def run(
    *,
    mode: Annotated[str | None, typer.Option(help="What to do. Default: what this image is for (collect).")] = None,
    config: ConfigOption = None,
    once: Annotated[bool, typer.Option("--once", help="Accepted for clarity: a run is always one cycle.")] = False,  # noqa: ARG001 - said for people
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; ask and write nothing.")] = False,
    enable_live_trading: Annotated[
        bool, typer.Option("--enable-live-trading", help="One of the consents that live orders need.")
    ] = False,
    lock_timeout: LockTimeoutOption = None,
    log_level: Annotated[str | None, typer.Option(help="DEBUG, INFO, WARNING or ERROR.")] = None,
) -> None:
    """Run one cycle and exit: 0 complete, 1 failed or incomplete, 2 bad usage, 75 another run holds the lock."""
    import asyncio  # lazy: `kalshi --help` must not pay for it

    from kalshi_common import log, modes
    from kalshi_common.clock import SystemClock
    from kalshi_common.cycle import run_cycle

    with misconfiguration_told():
        chosen = modes.chosen(mode)
        settings = settings_with_usable_key(config, log_level=log_level)
        if enable_live_trading:
            settings = dataclasses.replace(settings, enable_live_trading=modes.may_trade_live(chosen))
    if lock_timeout is not None:
        cycle = settings.cycle.model_copy(update={"lock_timeout_s": lock_timeout})
        settings = dataclasses.replace(settings, cycle=cycle)
    log.setup(settings.log_level, settings.log_format, mode=chosen)
    log.redact(settings.secrets.values())
    if dry_run:
        for line in modes.plan_of(chosen)(settings):
            typer.echo(line)
        return
    with misconfiguration_told():
        modes.check_of(chosen)(settings)
    for line in modes.opening_of(chosen)(settings):
        typer.echo(line)

    def named(cycle_id: str) -> None:
        log.setup(settings.log_level, settings.log_format, mode=chosen, cycle=cycle_id)

    outcome = asyncio.run(run_cycle(chosen, modes.work_of(chosen), settings, SystemClock(), named=named))
    typer.echo(outcome.summary_line)
    raise typer.Exit(int(outcome.exit_code))

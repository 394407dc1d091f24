"""The command that only the collector's image has: `kalshi backfill`."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from kalshi_common.cli.gaps import SeriesOption, SinceOption, UntilOption
from kalshi_common.cli.options import ConfigOption, LockTimeoutOption, settings_with_usable_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[int, int], None]


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command()(backfill)


def backfill(
    *,
    since: SinceOption = None,
    until: UntilOption = None,
    series: SeriesOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what it would fetch; ask and write nothing.")
    ] = False,
    lock_timeout: LockTimeoutOption = None,
    config: ConfigOption = None,
) -> None:
    """Fill what `kalshi gaps` calls recoverable from hourly candlesticks, never over a row that was observed."""
    import asyncio  # lazy: `kalshi --help` must not pay for it

    from collector.backfill_run import KIND, Told, describe, run_backfill
    from kalshi_common import log
    from kalshi_common.clock import SystemClock
    from kalshi_common.domain.hour import utc_text
    from kalshi_common.storage.gap_search import question

    settings, clock = settings_with_usable_key(config), SystemClock()
    if lock_timeout is not None:
        cycle = settings.cycle.model_copy(update={"lock_timeout_s": lock_timeout})
        settings = dataclasses.replace(settings, cycle=cycle)
    log.setup(settings.log_level, settings.log_format, mode=KIND)
    log.redact(settings.secrets.values())
    now = utc_text(clock.now())
    asked = question(usual=settings.collect.scope, now=now, since=since, until=until, series=series or ())
    if dry_run:
        for line in describe(settings, clock, asked):
            typer.echo(line)
        return

    def named(run_id: str) -> None:
        log.setup(settings.log_level, settings.log_format, mode=KIND, cycle=run_id)

    with _progress() as progress:
        outcome = asyncio.run(run_backfill(settings, clock, asked, Told(named, progress)))
    typer.echo(outcome.summary_line)
    raise typer.Exit(int(outcome.exit_code))


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    """Show a bar on a terminal; elsewhere a log line for each twentieth part of the calls."""
    if not sys.stderr.isatty():
        yield _logged
        return
    from rich.console import Console  # lazy, as above
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("candlesticks", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield show


def _logged(done: int, total: int) -> None:
    import logging  # lazy, as above

    from kalshi_common import log

    if done == total or done % max(total // 20, 1) == 0:
        log.event(logging.getLogger(__name__), "backfill_progress", logging.INFO, None, done=done, total=total)

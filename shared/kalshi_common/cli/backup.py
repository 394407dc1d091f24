"""`kalshi backup`, `verify`, `restore` and `drill`: a good copy of the data, and the proof that it helps."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kalshi_common.cli.options import ConfigOption, LockTimeoutOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kalshi_common.config import Settings
    from kalshi_common.storage.carry import Carried


def backup(*, lock_timeout: LockTimeoutOption = None, config: ConfigOption = None) -> None:
    """Take today's backup while everything goes on, prove it row by row, let old ones go."""
    import asyncio  # lazy: `kalshi --help` must not pay for it

    from kalshi_common.clock import SystemClock
    from kalshi_common.safekeeping import back_up

    taken = asyncio.run(back_up(_settings(config, lock_timeout), SystemClock()))
    for name in taken.removed:
        typer.echo(f"removed  {name}")
    typer.echo(f"backup={taken.path} bytes={taken.manifest.bytes} rows={taken.manifest.rows}")


def verify(
    file: Annotated[
        Path | None, typer.Argument(help="A backup; its manifest lies beside it. [default: live data]")
    ] = None,
    *,
    config: ConfigOption = None,
) -> None:
    """Check the live database, or a backup against its manifest; exit 1 and say what is wrong. Changes nothing."""
    from kalshi_common.config import load_settings  # lazy: `kalshi --help` must not pay for it
    from kalshi_common.storage.verify import verify_backup, verify_live

    data_dir = load_settings(config).storage.data_dir
    if file is not None:
        manifest = verify_backup(_found(file, data_dir))
        typer.echo(
            f"good  {manifest.file} of {manifest.created_at_utc}: schema {manifest.schema_version}, "
            f"{len(manifest.tables)} tables, {manifest.rows} rows, each as the manifest tells"
        )
        return
    sound = verify_live(data_dir)
    typer.echo(f"good  the live database: schema {sound.schema_version}, indexes agree with their tables")
    for name in sound.pending:
        typer.echo(f"pending  {name}: the next cycle applies it")
    for name in sound.foreign:
        typer.echo(f"foreign  {name}: not made by this program, and left alone")


def restore(
    file: Annotated[Path, typer.Argument(help="The backup; its manifest lies beside it.")],
    *,
    lock_timeout: LockTimeoutOption = None,
    config: ConfigOption = None,
) -> None:
    """Put a backup in the live database's place, once it is proven good; the replaced one is kept."""
    import asyncio  # lazy: `kalshi --help` must not pay for it

    from kalshi_common.clock import SystemClock
    from kalshi_common.safekeeping import put_back

    settings = _settings(config, lock_timeout)
    done = asyncio.run(put_back(settings, SystemClock(), _found(file, settings.storage.data_dir)))
    typer.echo(f"restored  {done.manifest.file} of {done.manifest.created_at_utc}, {done.manifest.rows} rows")
    if done.replaced:
        typer.echo(f"kept  {done.replaced}: the database before; remove it when you no longer need it")
    for line in _carried(done.carried):
        typer.echo(line)
    for name in done.pending:
        typer.echo(f"pending  {name}: the next cycle applies it")


def drill(
    *,
    scratch: Annotated[Path | None, typer.Option(help="Where to restore to. [default: the data directory]")] = None,
    lock_timeout: LockTimeoutOption = None,
    config: ConfigOption = None,
) -> None:
    """Restore the newest backup into a scratch folder, compare every row, migrate, read, and remove it again."""
    import asyncio  # lazy: `kalshi --help` must not pay for it

    from kalshi_common.clock import SystemClock
    from kalshi_common.safekeeping import rehearse

    path, manifest = asyncio.run(rehearse(_settings(config, lock_timeout), SystemClock(), scratch))
    typer.echo(f"drill={path} bytes={manifest.bytes} rows={manifest.rows}")


def _carried(carried: Carried) -> Iterator[str]:
    if carried.calls is None:
        yield (
            "forgotten  model calls since the backup, if there were any: the limits of this day and month know less "
            "than was spent; lower analyze.cost_limit_per_day and analyze.cost_limit_per_month by that"
        )
    elif carried.calls:
        yield f"carried  model calls since the backup: {carried.calls}; the limits know what was spent"
    if carried.halts:
        yield f"carried  halts still in force: {carried.halts}"
    if carried.halted:
        yield "halted  everything, since there are live orders: `kalshi reconcile`, then `kalshi resume`"


def _settings(config: Path | None, lock_timeout: float | None) -> Settings:
    from kalshi_common import log
    from kalshi_common.config import load_settings

    settings = load_settings(config)
    log.setup(settings.log_level, settings.log_format, mode="maintenance")
    if lock_timeout is None:
        return settings
    cycle = settings.cycle.model_copy(update={"lock_timeout_s": lock_timeout})
    return dataclasses.replace(settings, cycle=cycle)


def _found(file: Path, data_dir: Path) -> Path:
    """Name the file: in the backups of the data directory where only a name is given and it is not here."""
    from kalshi_common.storage.backup_folder import backups_of

    below = backups_of(data_dir) / file
    return below if file.name == str(file) and not file.exists() and below.exists() else file

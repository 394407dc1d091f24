"""`kalshi gaps`: what is missing since the first cycle, and whether it can still be had. It changes nothing."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from kalshi_common.cli.options import ConfigOption


class GapsFormat(enum.StrEnum):
    """How the gaps are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


SinceOption = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="From this hour on, UTC: 2026-11-23 or 2026-11-23T05:00. [first cycle]"),
]
UntilOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="Up to this hour, which is not counted in any more. [now]")
]
SeriesOption = Annotated[
    list[str] | None, typer.Option("--series", metavar="TICKER", help="Only this series; may be given again.")
]


def gaps(
    *,
    since: SinceOption = None,
    until: UntilOption = None,
    series: SeriesOption = None,
    market: Annotated[str | None, typer.Option(metavar="TICKER", help="Only this market, in every hour.")] = None,
    scope: Annotated[str | None, typer.Option(help="macro, series or all. [default: the configured one]")] = None,
    output: Annotated[
        GapsFormat, typer.Option("--format", help="table for people, json and csv for programs.")
    ] = GapsFormat.TABLE,
    fail: Annotated[bool, typer.Option("--fail", help="Exit 1 when anything is missing.")] = False,
    config: ConfigOption = None,
) -> None:
    """Tell the hours missed or partial, the markets without a row in the others, and the coverage."""
    from kalshi_common.cli.gaps_text import as_csv, as_json, as_table  # lazy: `kalshi --help` must not pay for it
    from kalshi_common.clock import SystemClock
    from kalshi_common.config import load_settings
    from kalshi_common.domain.hour import utc_text
    from kalshi_common.storage.database import reading
    from kalshi_common.storage.gap_search import find, question

    settings = load_settings(config)
    asked = question(
        usual=settings.collect.scope,
        now=utc_text(SystemClock().now()),
        since=since,
        until=until,
        series=series or (),
        market=market,
        scope=scope,
    )
    with reading(settings.storage.data_dir) as connection:
        found = find(connection, asked)
    form = {GapsFormat.TABLE: as_table, GapsFormat.JSON: as_json, GapsFormat.CSV: as_csv}[output]
    typer.echo(form(found, every_hour=market is not None), nl=False)
    if fail and not found.is_whole():
        raise typer.Exit(1)

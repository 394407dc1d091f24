"""The commands of the trader's image beside the common ones."""

from __future__ import annotations

import enum
from typing import Annotated, Any

import typer

from kalshi_common.cli.options import ConfigOption, Format, FormatOption
from kalshi_common.cli.tables import print_table

MarketOption = Annotated[str | None, typer.Option("--market", help="A market's ticker.")]


class Book(enum.StrEnum):
    """Whose books are shown."""

    PAPER = "paper"
    LIVE = "live"


def register(app: typer.Typer) -> None:
    """Add the trader's commands to the tree."""
    app.command()(signals)
    app.command()(positions)
    app.command()(halt)
    app.command()(resume)
    app.command()(selftest)
    app.command()(reconcile)


def signals(*, market: MarketOption = None, output: FormatOption = Format.TABLE, config: ConfigOption = None) -> None:
    """Tell what the last trade cycle judged, or why a market was or was not traded (--market)."""
    from kalshi_common.clock import SystemClock  # lazy: `kalshi --help` must not pay for it
    from kalshi_common.config import load_settings
    from kalshi_common.storage.database import reading
    from trader.explain import explained, rows_of

    settings = load_settings(config)
    with reading(settings.storage.data_dir) as connection:
        rows = rows_of(connection, market)
        told = explained(connection, settings, market, SystemClock().now()) if market else []
    if output is Format.JSON:
        _print_json({"signals": rows, "explanation": told})
        return
    for sentence in told:
        typer.echo(sentence)
    if not market:
        print_table([{**row, "reasons": ", ".join(each["check"] for each in row["reasons"])} for row in rows])


def positions(
    *,
    venue: Annotated[Book, typer.Option(help="Whose positions.")] = Book.PAPER,
    output: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """Tell each position with its mark, exposure, and profit after fees, realized and not."""
    from kalshi_common.config import load_settings  # lazy: `kalshi --help` must not pay for it
    from kalshi_common.storage.database import reading
    from trader.holdings import holdings

    with reading(load_settings(config).storage.data_dir) as connection:
        found = holdings(connection, "live" if venue is Book.LIVE else "paper")
    if output is Format.JSON:
        _print_json({"venue": venue.value, "positions": found.rows, "total": found.total})
        return
    print_table([*found.rows, found.total] if found.rows else [])


def halt(
    *,
    reason: Annotated[str, typer.Option(help="Why; it is shown wherever an order is refused.")],
    market: MarketOption = None,
    config: ConfigOption = None,
) -> None:
    """Stop trading, everything or one market: a running cycle places nothing from its next order on."""
    from kalshi_common.config import load_settings  # lazy: `kalshi --help` must not pay for it
    from trader.switch import throw

    for sentence in throw(load_settings(config), market, reason):
        typer.echo(sentence)


def resume(*, market: MarketOption = None, config: ConfigOption = None) -> None:
    """Lift the halt of everything (the row and the file), or that of one market."""
    from kalshi_common.config import load_settings  # lazy: `kalshi --help` must not pay for it
    from trader.switch import lift

    for sentence in lift(load_settings(config), market):
        typer.echo(sentence)


def selftest(*, output: FormatOption = Format.TABLE, config: ConfigOption = None) -> None:
    """Make every limit and the kill switch trip on made-up input; live trading needs this passed in this version."""
    import asyncio  # lazy: `kalshi --help` must not pay for it

    import kalshi_common
    from kalshi_common.clock import SystemClock
    from kalshi_common.config import load_settings
    from trader.selftest import keep, self_test

    settings, clock = load_settings(config), SystemClock()
    found = asyncio.run(self_test(clock))
    passed = keep(settings, clock, found)
    if output is Format.JSON:
        checks = [one._asdict() for one in found]
        _print_json({"version": kalshi_common.__version__, "passed": passed, "checks": checks})
    else:
        for one in found:
            typer.echo(f"trips  {one.name}" if one.problem is None else f"FAILS  {one.name}: {one.problem}")
        typer.echo(f"the self-test {'passed' if passed else 'FAILED'} in version {kalshi_common.__version__}")
    raise typer.Exit(0 if passed else 1)


def reconcile(
    *,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept", help="Take the balance, and closed orders that are not ours, as the new starting point."
        ),
    ] = False,
    output: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """Hold our live ledger against the exchange's account and prove open outcomes; any difference ends in 1."""
    import asyncio  # lazy: `kalshi --help` must not pay for it

    from kalshi_common import log
    from kalshi_common.clock import SystemClock
    from kalshi_common.config import load_settings
    from trader.reconcile_alone import reconcile_alone, sentences

    settings = load_settings(config)
    log.setup(settings.log_level, settings.log_format, mode="reconcile")
    log.redact(settings.secrets.values())
    found = asyncio.run(reconcile_alone(settings, SystemClock(), accept=accept))
    if output is Format.JSON:
        _print_json(found._asdict())
    else:
        for sentence in sentences(found, settings.exchange.environment):
            typer.echo(sentence)
    raise typer.Exit(0 if found.agrees else 1)


def _print_json(content: Any) -> None:
    import json  # lazy: `kalshi --help` must not pay for it

    typer.echo(json.dumps(content, indent=1))

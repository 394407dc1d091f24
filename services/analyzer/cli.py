"""The commands of the analyzer's image beside the common ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kalshi_common.cli.options import ConfigOption, Format, FormatOption

report_app = typer.Typer(no_args_is_help=True, help="Tell how good the forecasts were.")


def register(app: typer.Typer) -> None:
    """Add the analyzer's commands to the tree."""
    app.add_typer(report_app, name="report")
    app.command()(estimates)


def estimates(
    *,
    market: Annotated[str | None, typer.Option(help="Only this market.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, newest first.")] = 50,
    output: FormatOption = Format.TABLE,
    config: ConfigOption = None,
) -> None:
    """List the stored estimates, newest first, with every step from the samples to the probability."""
    import json  # lazy: `kalshi --help` must not pay for it

    from kalshi_common.cli.tables import print_table
    from kalshi_common.config import load_settings
    from kalshi_common.storage.database import reading
    from kalshi_common.storage.estimates import newest

    with reading(load_settings(config).storage.data_dir) as connection:
        rows = newest(connection, market_id=market, limit=limit)
    if output is Format.JSON:
        typer.echo(json.dumps(rows, indent=1))
    else:
        print_table([{name: _rounded(row[name]) for name in _STEPS} for row in rows])


_STEPS = (
    "snapshot_hour_utc", "market_id", "model", "sample_count", "sample_spread", "aggregated", "recalibrated",
    "market_mid", "blend_weight", "blended", "probability", "cost_nanodollars",
)  # fmt: skip


def _rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


@report_app.callback()
def _report() -> None:
    """Tell how good the forecasts were."""


@report_app.command()
def calibration(
    *,
    since: Annotated[
        str | None, typer.Option(help="Only forecasts made from this instant on, like 2026-11-23 or 2026-11-23T05:00Z.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Only this model, beside the market.")] = None,
    market_baseline: Annotated[
        bool, typer.Option("--market-baseline", help="Only the market's own mid: no model is needed.")
    ] = False,
    output: FormatOption = Format.TABLE,
    html: Annotated[
        Path | None, typer.Option(help="Write a page of its own to this file; it needs no network.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Score every forecast whose result is known, beside the market's own; say when the evidence is too thin."""
    import json  # lazy: `kalshi --help` must not pay for it

    from analyzer.report import calibration_report
    from analyzer.report_text import as_text
    from kalshi_common.clock import SystemClock
    from kalshi_common.config import load_settings
    from kalshi_common.domain.hour import utc_text
    from kalshi_common.errors import ConfigError
    from kalshi_common.storage.database import reading

    if market_baseline and model is not None:
        raise ConfigError("--market-baseline and --model exclude each other: the baseline has no model")
    data_dir = load_settings(config).storage.data_dir
    with reading(data_dir) as connection:
        report = calibration_report(
            connection,
            as_of=utc_text(SystemClock().now()),
            since=_instant(since),
            model=model,
            market_only=market_baseline,
        )
    if html is not None:
        from analyzer.report_page import write_page

        write_page(report, html)
    typer.echo(json.dumps(report, indent=1) if output is Format.JSON else as_text(report))


def _instant(text: str | None) -> str:
    from kalshi_common.domain.hour import normal_utc_text
    from kalshi_common.errors import ConfigError

    if text is None:
        return ""
    try:
        return normal_utc_text(text if "T" in text else f"{text}T00:00:00Z")
    except ValueError as error:
        raise ConfigError(
            f"--since: {text!r} is not a UTC instant; write a day like 2026-11-23, or 2026-11-23T05:00:00Z"
        ) from error

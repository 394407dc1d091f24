"""A table for people on stdout, as every listing prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows of the same columns under their names; None is a dash."""
    if not rows:
        typer.echo("(nothing yet)")
        return
    cells = [list(rows[0]), *([("-" if value is None else str(value)) for value in row.values()] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

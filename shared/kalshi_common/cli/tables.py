"""A table for people, as every listing prints it."""

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
    for line in aligned(rows):
        typer.echo(line)


def aligned(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give the lines of a table that is not empty, the columns' names first."""
    cells = [list(rows[0]), *([("-" if value is None else str(value)) for value in row.values()] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]

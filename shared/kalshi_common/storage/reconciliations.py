"""Rows of `reconciliations`: what each comparison of our ledger with the exchange found. It compares nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.domain.money import MicroDollars


class Balance(NamedTuple):
    """Cash as the exchange told it, beside what our ledger knows of it at that moment; micro-dollars."""

    balance: MicroDollars
    reserved: MicroDollars
    """What resting orders may hold back of it."""
    cash_flow: MicroDollars
    fills: int


class Baseline(NamedTuple):
    """The latest comparison that found nothing, or that the operator accepted."""

    balance: Balance
    reconciled_at_utc: str


class Comparison(NamedTuple):
    """One comparison. `accepted` is the operator's word that its balance is the new starting point."""

    environment: str
    balance: Balance
    differences: list[str]
    resolved: list[str]
    accepted: bool
    reconciled_at_utc: str


def add(connection: sqlite3.Connection, made: Comparison) -> None:
    """Note a comparison."""
    connection.execute(
        """INSERT INTO reconciliations (environment, balance_microdollars, reserved_microdollars,
             cash_flow_microdollars, fills, differences_json, resolved_json, accepted, reconciled_at_utc)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            made.environment,
            *made.balance,
            json.dumps(made.differences, ensure_ascii=False),
            json.dumps(made.resolved, ensure_ascii=False),
            int(made.accepted),
            made.reconciled_at_utc,
        ),
    )


def baseline(connection: sqlite3.Connection, environment: str) -> Baseline | None:
    """Give what the next balance is held against; None before the first comparison."""
    row = connection.execute(
        """SELECT balance_microdollars, reserved_microdollars, cash_flow_microdollars, fills, reconciled_at_utc
           FROM reconciliations WHERE environment = ? AND (differences_json = '[]' OR accepted = 1)
           ORDER BY reconciliation_id DESC LIMIT 1""",
        (environment,),
    ).fetchone()
    return None if row is None else Baseline(Balance(*row[:4]), row[4])

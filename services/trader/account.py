"""Reads what a cycle decides on: its candidates, and how the venue's books stand. It decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.storage import equity, positions, trade_inputs
from trader.candidate import Candidate, both_sides
from trader.equity import equity_of
from trader.standing import Standing, standing

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.domain.money import MicroDollars
    from kalshi_common.domain.order import Venue
    from kalshi_common.storage.equity import EquityRecord


class Account(NamedTuple):
    """A venue's books and its worth, at the beginning of a cycle."""

    standing: Standing
    equity: EquityRecord


def candidates_of(connection: sqlite3.Connection, hour: str, *, model: str | None) -> list[Candidate]:
    """Price both sides of every market that the newest hour, none later than `hour`, shows and that has an estimate."""
    newest = trade_inputs.newest_hour(connection, until=hour)
    if newest is None:
        return []
    found = trade_inputs.candidates(connection, newest, model=model)
    return [side for market in found for side in both_sides(market)]


def account_of(connection: sqlite3.Connection, venue: Venue, hour: str, *, cash: MicroDollars) -> Account:
    """Add up a venue's books; `cash` is what it has, what open orders may cost still in it."""
    day = hour[:10]
    now = equity_of(connection, venue, hour, cash=cash)
    began = equity.at_start_of_day(connection, venue, day)
    books = standing(
        positions.every(connection, venue),
        trade_inputs.pending(connection, venue),
        equity=now.equity_microdollars,
        cash=cash,
        spent_today=trade_inputs.spent_since(connection, venue, day),
    )
    books.lost_today = 0 if began is None else max(began - now.equity_microdollars, 0)
    books.drawdown = 1 - now.equity_microdollars / now.peak_microdollars if now.peak_microdollars > 0 else 1.0
    return Account(books, now)

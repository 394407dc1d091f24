"""Positions as people read them: what is held, what it is worth, what it can lose, what it has earned after fees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from trader.equity import Marked, marked_positions
from trader.limits.facts import usd

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.domain.order import Venue

_CONTRACT = 100


class Holdings(NamedTuple):
    """A row for each market, and their sum."""

    rows: list[dict[str, Any]]
    total: dict[str, Any]


def holdings(connection: sqlite3.Connection, venue: Venue) -> Holdings:
    """List every market that was ever traded on a venue, the open ones first."""
    marked = sorted(
        marked_positions(connection, venue),
        key=lambda one: (one.position.position_hundredths == 0, one.position.market_id),
    )
    return Holdings([_row(one) for one in marked], _sum(marked))


def _row(one: Marked) -> dict[str, Any]:
    position = one.position
    held = position.position_hundredths
    return {
        "market": position.market_id,
        "side": "yes" if held > 0 else "no" if held < 0 else position.settled_result or "closed",
        "contracts": f"{abs(held) / _CONTRACT:g}",
        "mark": usd(one.mark) if held else None,
        "value": usd(one.value),
        "exposure": usd(position.cost_microdollars),
        "unrealized": usd(one.unrealized),
        "realized": usd(position.realized_microdollars),
        "fees": usd(position.fees_microdollars),
        "profit": usd(_profit(one)),
    }


def _sum(marked: list[Marked]) -> dict[str, Any]:
    return {
        "market": "total",
        "side": None,
        "contracts": None,
        "mark": None,
        "value": usd(sum(one.value for one in marked)),
        "exposure": usd(sum(one.position.cost_microdollars for one in marked)),
        "unrealized": usd(sum(one.unrealized for one in marked)),
        "realized": usd(sum(one.position.realized_microdollars for one in marked)),
        "fees": usd(sum(one.position.fees_microdollars for one in marked)),
        "profit": usd(sum(map(_profit, marked))),
    }


def _profit(one: Marked) -> int:
    """Realized and unrealized together, all fees taken off."""
    return one.position.realized_microdollars + one.unrealized - one.position.fees_microdollars

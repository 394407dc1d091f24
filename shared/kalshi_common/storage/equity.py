"""Rows of `equity`: what a venue is worth at each hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.storage.insert import upsert

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.domain.money import MicroDollars
    from kalshi_common.domain.order import Venue


class EquityRecord(NamedTuple):
    """A row of `equity`."""

    venue: Venue
    snapshot_hour_utc: str
    cash_microdollars: MicroDollars
    exposure_microdollars: MicroDollars
    marked_microdollars: MicroDollars
    equity_microdollars: MicroDollars
    peak_microdollars: MicroDollars


_FIELDS = ", ".join(EquityRecord._fields)
_KEEP = upsert("equity", EquityRecord._fields, key=("venue", "snapshot_hour_utc"))


def keep(connection: sqlite3.Connection, record: EquityRecord) -> None:
    """Write an hour's equity; a later cycle of the same hour writes it anew."""
    connection.execute(_KEEP, record)


# Money paid in or out is no profit and no loss. On live it is a difference that the operator accepts in a reconcile,
# and equity is compared only from the next hour on.
_COUNTED = """venue = :venue AND (:venue = 'paper' OR snapshot_hour_utc > coalesce(
    (SELECT max(reconciled_at_utc) FROM reconciliations WHERE accepted = 1), ''))"""


def peak(connection: sqlite3.Connection, venue: Venue) -> MicroDollars | None:
    """Give the highest equity a venue had, as far as it counts; None where none does."""
    found: MicroDollars | None = connection.execute(
        f"SELECT max(peak_microdollars) FROM equity WHERE {_COUNTED}", {"venue": venue}
    ).fetchone()[0]
    return found


def at_start_of_day(connection: sqlite3.Connection, venue: Venue, day: str) -> MicroDollars | None:
    """Give the equity a UTC day (`2026-11-23`) began with: that of the last hour before it; None where no row counts.

    A venue's first day has none before it. Its first hour's row is written anew by every cycle of that hour, so the
    highest equity that row remembers stands in.
    """
    found = connection.execute(
        f"""SELECT CASE WHEN snapshot_hour_utc < :day THEN equity_microdollars ELSE peak_microdollars END
           FROM equity WHERE {_COUNTED}
           ORDER BY snapshot_hour_utc >= :day,
                    CASE WHEN snapshot_hour_utc < :day THEN snapshot_hour_utc END DESC, snapshot_hour_utc LIMIT 1""",
        {"venue": venue, "day": day},
    ).fetchone()
    return None if found is None else int(found[0])

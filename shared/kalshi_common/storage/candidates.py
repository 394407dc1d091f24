"""What an analyze cycle may ask about: the rows of the newest complete hour, with what is already estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.domain.money import Hundredths, MicroDollars


class Candidate(NamedTuple):
    """One market of the hour. `estimated_at_utc` and `estimated_mid` are of its newest estimate, if there is one."""

    market_id: str
    series_ticker: str
    event_ticker: str
    macro_event_type: str | None
    market_type: str | None
    status: str
    yes_bid_microdollars: MicroDollars | None
    yes_ask_microdollars: MicroDollars | None
    volume_hundredths: Hundredths | None
    open_interest_hundredths: Hundredths | None
    close_time_utc: str | None
    observed_at_utc: str
    mutually_exclusive: bool
    estimated_at_utc: str | None
    estimated_mid: float | None


def newest_complete_hour(connection: sqlite3.Connection) -> str | None:
    """Name the newest hour that is proven complete in any scope."""
    found: str | None = connection.execute(
        "SELECT max(snapshot_hour_utc) FROM snapshot_hours WHERE status = 'complete'"
    ).fetchone()[0]
    return found


def of_hour(connection: sqlite3.Connection, hour: str) -> list[Candidate]:
    """Read the observed rows of an hour, ordered by market. Back-filled rows are no basis for a forecast."""
    found = connection.execute(
        """SELECT s.market_id, s.series_ticker, s.event_ticker, s.macro_event_type, m.market_type, s.status,
             s.yes_bid_microdollars, s.yes_ask_microdollars, s.volume_hundredths, s.open_interest_hundredths,
             s.close_time_utc, s.created_at_utc, coalesce(e.mutually_exclusive, 0), last.at, last.market_mid
           FROM market_snapshots s
           LEFT JOIN markets m ON m.market_id = s.market_id
           LEFT JOIN events e ON e.event_ticker = s.event_ticker
           LEFT JOIN (SELECT market_id, max(estimated_at_utc) AS at, market_mid FROM estimates GROUP BY market_id) last
             ON last.market_id = s.market_id
           WHERE s.snapshot_hour_utc = ? AND s.source = 'observed' ORDER BY s.market_id""",
        (hour,),
    )
    return [Candidate(*row) for row in found]

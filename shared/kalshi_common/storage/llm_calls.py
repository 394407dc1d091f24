"""Rows of `llm_calls`, the money ledger: reserved before a call leaves, settled when its cost is known.

What a call is charged is its actual cost where that is known, else its reservation, for ever. A day or month (UTC) is
the one of the reservation. Amounts are nano-dollars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3


class Reservation(NamedTuple):
    """A call about to leave, and the most it can cost."""

    call_id: str
    cycle_id: str
    packet_hash: str
    market_id: str
    snapshot_hour_utc: str
    provider: str
    model: str
    prompt_version: str
    prompt_hash: str
    price_row: str
    sample: int
    attempt: int
    reserved_at_utc: str
    reserved_nanodollars: int


class Settlement(NamedTuple):
    """How a call ended. `actual_nanodollars` None keeps the reservation: nobody knows what was charged."""

    outcome: str
    settled_at_utc: str
    actual_nanodollars: int | None
    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    probability: float | None = None
    answer_json: str | None = None
    error: str | None = None


class Charged(NamedTuple):
    """What is charged, or allowed, in one cycle, one UTC day and one UTC month."""

    cycle: int
    day: int
    month: int


_RESERVE = (
    f"INSERT INTO llm_calls ({', '.join(Reservation._fields)}, outcome)"
    f" VALUES ({', '.join('?' * len(Reservation._fields))}, 'reserved')"
)
_SETTLE = f"UPDATE llm_calls SET {', '.join(f'{name} = ?' for name in Settlement._fields)} WHERE call_id = ?"


def charged(connection: sqlite3.Connection, *, cycle_id: str, now: str) -> Charged:
    """Sum what is charged to a cycle, and to the day and month of `now` (UTC text)."""
    found = connection.execute(
        """SELECT
             (SELECT coalesce(sum(coalesce(actual_nanodollars, reserved_nanodollars)), 0)
              FROM llm_calls WHERE cycle_id = ?),
             coalesce(sum(charged_nanodollars) FILTER (WHERE day_utc = ?), 0),
             coalesce(sum(charged_nanodollars), 0)
           FROM llm_days WHERE day_utc BETWEEN ? AND ?""",
        (cycle_id, now[:10], f"{now[:7]}-01", f"{now[:7]}-31"),
    ).fetchone()
    return Charged(*found)


def reserve(connection: sqlite3.Connection, reservation: Reservation, limits: Charged) -> str | None:
    """Write the reservation if it fits under every limit; else name the limit it does not fit under.

    Must run in a write transaction: then no other process can reserve between the sum and the row.
    """
    now = charged(connection, cycle_id=reservation.cycle_id, now=reservation.reserved_at_utc)
    for name, already, limit in zip(Charged._fields, now, limits, strict=True):
        if already + reservation.reserved_nanodollars > limit:
            return name
    connection.execute(_RESERVE, reservation)
    return None


def settle(connection: sqlite3.Connection, call_id: str, settlement: Settlement) -> None:
    """Write how a call ended."""
    connection.execute(_SETTLE, (*settlement, call_id))


def close_abandoned(connection: sqlite3.Connection, *, cycle_id: str, now: str) -> int:
    """Mark the calls that ended cycles left open as unknown: they keep their reservation. Return how many were.

    The caller holds the mode's lock, so no other cycle is at work.
    """
    return connection.execute(
        """UPDATE llm_calls SET outcome = 'unknown', settled_at_utc = ?, error = 'the cycle ended before the answer'
           WHERE outcome = 'reserved' AND cycle_id <> ?""",
        (now, cycle_id),
    ).rowcount


def answers(
    connection: sqlite3.Connection, *, packet_hash: str, provider: str, model: str, prompt_hash: str
) -> dict[int, float]:
    """Give the probabilities already paid for, by sample number."""
    return dict(
        connection.execute(
            """SELECT sample, probability FROM llm_calls
               WHERE packet_hash = ? AND provider = ? AND model = ? AND prompt_hash = ? AND outcome = 'ok'""",
            (packet_hash, provider, model, prompt_hash),
        ).fetchall()
    )


def cost_of(connection: sqlite3.Connection, *, packet_hash: str, provider: str, model: str, prompt_hash: str) -> int:
    """Sum what all calls about a packet are charged, failed ones too."""
    found: int = connection.execute(
        """SELECT coalesce(sum(coalesce(actual_nanodollars, reserved_nanodollars)), 0) FROM llm_calls
           WHERE packet_hash = ? AND provider = ? AND model = ? AND prompt_hash = ?""",
        (packet_hash, provider, model, prompt_hash),
    ).fetchone()[0]
    return found


def by_model(connection: sqlite3.Connection, cycle_id: str) -> list[dict[str, object]]:
    """Sum a cycle's calls, tokens and charges by model and outcome."""
    found = connection.execute(
        """SELECT provider, model, outcome, count(*) AS calls, coalesce(sum(input_tokens), 0) AS input_tokens,
             coalesce(sum(output_tokens), 0) AS output_tokens,
             sum(coalesce(actual_nanodollars, reserved_nanodollars)) AS charged_nanodollars
           FROM llm_calls WHERE cycle_id = ? GROUP BY provider, model, outcome ORDER BY 1, 2, 3""",
        (cycle_id,),
    )
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

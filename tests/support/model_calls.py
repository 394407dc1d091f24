"""Model calls in the money ledger, for tests: reserved, settled, and what is charged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kalshi_common.storage import llm_calls
from kalshi_common.storage.llm_calls import Charged, Reservation, Settlement
from support.data_dir import HOUR, NOW

if TYPE_CHECKING:
    from kalshi_common.storage.database import Database

WIDE = Charged(10**12, 10**12, 10**12)


def reservation(call_id: str, nano: int = 60, *, cycle_id: str = "c1", at: str = NOW) -> Reservation:
    return Reservation(
        call_id, cycle_id, "hash", "M", HOUR, "openai", "m", "blind_v1", "digest", "{}", 0, 1, at, nano
    )  # fmt: skip


def reserve(database: Database, call: Reservation, limits: Charged = WIDE) -> str | None:
    with database.write() as connection:
        return llm_calls.reserve(connection, call, limits)


def settle(database: Database, call_id: str, nano: int | None, outcome: str = "ok") -> None:
    with database.write() as connection:
        llm_calls.settle(connection, call_id, Settlement(outcome, NOW, nano, probability=0.5))


def charged(database: Database, *, cycle_id: str = "c1", now: str = NOW) -> Charged:
    with database.read() as connection:
        return llm_calls.charged(connection, cycle_id=cycle_id, now=now)

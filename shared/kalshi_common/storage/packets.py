"""Rows of `packets`: the evidence as it was given, under its hash. Added, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.storage.insert import insert_once

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


class PacketRecord(NamedTuple):
    """A row of `packets`."""

    packet_hash: str
    market_id: str
    snapshot_hour_utc: str
    observed_at_utc: str
    packet_json: str


_INSERT = insert_once("packets", (*PacketRecord._fields, "created_at_utc"))


def keep(connection: sqlite3.Connection, records: Iterable[PacketRecord], *, now: str) -> None:
    """Add the packets that are new; the same text has the same hash."""
    connection.executemany(_INSERT, [(*record, now) for record in records])


def text(connection: sqlite3.Connection, packet_hash: str) -> str | None:
    """Give a packet's text by its hash."""
    found = connection.execute("SELECT packet_json FROM packets WHERE packet_hash = ?", (packet_hash,)).fetchone()
    return None if found is None else found[0]

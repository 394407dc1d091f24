"""The floor: fetch, parse, insert, with nothing that makes it trustworthy. One walk, no retries, no ledger, no facts.

Run as `python bare_loop.py BASE_URL DATABASE`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys

import aiohttp
import orjson


async def main(base_url: str, path: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, market_id TEXT, hour TEXT, bid TEXT, ask TEXT,"
        " payload TEXT, UNIQUE (market_id, hour))"
    )
    cursor = ""
    async with aiohttp.ClientSession() as session:
        while True:
            params = {"limit": "1000", "status": "open", "mve_filter": "exclude", "cursor": cursor}
            async with session.get(f"{base_url}/markets", params=params) as answer:
                page = orjson.loads(await answer.read())
            rows = [
                (
                    m["ticker"],
                    "2026-11-23T05:00:00Z",
                    m["yes_bid_dollars"],
                    m["yes_ask_dollars"],
                    orjson.dumps(m).decode(),
                )
                for m in page["markets"]
            ]
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT OR IGNORE INTO rows (market_id, hour, bid, ask, payload) VALUES (?, ?, ?, ?, ?)", rows
            )
            connection.execute("COMMIT")
            cursor = page["cursor"]
            if not cursor:
                break
    connection.close()


asyncio.run(main(sys.argv[1], sys.argv[2]))

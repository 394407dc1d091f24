"""A short look at the stored rows for `make demo`, read-only; it runs inside the collector's image, checks nothing."""

# ruff: noqa: INP001, T201  # a script of its own, and printing is all it does

from __future__ import annotations

import sqlite3

QUERY = """
SELECT market_id, snapshot_hour_utc, macro_event_type,
    printf('%.3f', yes_bid_dollars) AS yes_bid,
    printf('%.3f', yes_ask_dollars) AS yes_ask,
    printf('%.4f', probability) AS probability
FROM snapshots WHERE yes_bid_dollars > 0 AND yes_ask_dollars < 1 GROUP BY series_ticker ORDER BY market_id LIMIT 8
"""

with sqlite3.connect("file:/var/lib/kalshi/kalshi.sqlite?mode=ro", uri=True) as db:
    rows = db.execute(QUERY)
    columns = [column[0] for column in rows.description]
    table = [columns, *[["" if value is None else str(value) for value in row] for row in rows]]
    (stored,) = db.execute("SELECT count(*) FROM market_snapshots").fetchone()

widths = [max(map(len, column)) for column in zip(*table, strict=True)]
for line in table:
    print("  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip())
print(f"\n{stored} rows in market_snapshots")

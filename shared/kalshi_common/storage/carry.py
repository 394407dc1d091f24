"""What a restore must not forget: the money that was spent since the backup. It changes only the fresh copy."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import quote

from kalshi_common.storage.database import DATABASE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def carry_calls(data_dir: Path, fresh: Path) -> int | None:
    """Take over the model calls that the live database knows and the fresh copy does not; return how many.

    A call that was still open in the backup gets its end. None: the live database cannot be read or the backup is from
    before there were calls, so what was spent since is forgotten.
    """
    live = data_dir / DATABASE_NAME
    if not live.exists():
        return 0
    try:
        with _side_by_side(live, fresh) as connection:
            known = _columns(connection, "live")
            if not known:
                return 0
            columns = [name for name in _columns(connection, "main") if name in known]
            return _carry(connection, columns) if columns else None
    except sqlite3.Error:
        return None


def _carry(connection: sqlite3.Connection, columns: list[str]) -> int:
    names = ", ".join(columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "call_id")
    # The table's own triggers carry the sums of the days. WHERE true: else ON CONFLICT would read as a join's ON.
    return connection.execute(
        f"""INSERT INTO main.llm_calls ({names}) SELECT {names} FROM live.llm_calls WHERE true
            ON CONFLICT (call_id) DO UPDATE SET {changes}
            WHERE llm_calls.outcome = 'reserved' AND excluded.outcome <> 'reserved'"""
    ).rowcount


def _columns(connection: sqlite3.Connection, schema: str) -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM pragma_table_info('llm_calls', ?)", (schema,))]


@contextlib.contextmanager
def _side_by_side(live: Path, fresh: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(f"file:{quote(str(fresh))}", uri=True, isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS live", (f"file:{quote(str(live.resolve()))}?mode=ro",))
        yield connection

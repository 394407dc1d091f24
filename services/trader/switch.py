"""Throwing and lifting the kill switch. The file goes first and is enough: a broken database cannot stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kalshi_common.clock import SystemClock
from kalshi_common.domain.hour import utc_text
from kalshi_common.errors import ConfigError, StorageError
from kalshi_common.storage import halts, trade_story
from kalshi_common.storage.database import Database, database_exists
from trader.halt import halt_file

if TYPE_CHECKING:
    from kalshi_common.config import Settings


def throw(settings: Settings, market_id: str | None, reason: str) -> list[str]:
    """Halt everything, or one market; give what was done, a sentence each.

    Raises:
        ConfigError: there is no such market, so nothing was halted.
        StorageError: nothing could be halted.
    """
    now = utc_text(SystemClock().now())
    if market_id is None:
        told, failed = _by_file(settings, f"{now} {reason}\n")
    else:
        told, failed = [], None
        _know(settings, market_id)
    try:
        with _database(settings) as database, database.write() as connection:
            halts.add(connection, market_id, reason, now=now)
    except StorageError as error:
        if not told:
            raise failed or error from error
        return [*told, f"the database could not be told, the file alone halts: {error}"]
    if failed is not None:
        told = [f"the database alone halts: {failed}"]
    return [
        *told,
        f"halted {market_id or 'everything'}: from the next order on nothing is placed; lift it by `kalshi resume`",
    ]


def lift(settings: Settings, market_id: str | None) -> list[str]:
    """Lift the halt of everything, or of one market; give what was done and what still stands.

    Raises:
        StorageError: the file or the rows could not be taken away.
    """
    now = utc_text(SystemClock().now())
    with _database(settings) as database:
        with database.write() as connection:
            ended = halts.resume(connection, market_id, now=now)
        with database.read() as connection:
            left = halts.in_force(connection)
    told = [f"{ended} halts of {market_id or 'everything'} ended in the database"]
    if market_id is None:
        told.append(_remove_file(settings))
    elif halt_file(settings.storage.data_dir).exists():
        told.append("everything is still halted by the file HALT; lift that by `kalshi resume`")
    return [*told, *(f"still halted: {halt.market_id or 'everything'} ({halt.reason})" for halt in left)]


def _know(settings: Settings, market_id: str) -> None:
    """Let a market pass that was ever seen: a mistyped one would be halted while the meant one trades on."""
    with _database(settings) as database, database.read() as connection:
        if trade_story.last_seen(connection, market_id) is None:
            raise ConfigError(
                f"--market: no market {market_id!r} was ever seen, so nothing is halted; check the ticker"
            )


def _by_file(settings: Settings, text: str) -> tuple[list[str], StorageError | None]:
    """Write the file; a full or broken volume is given back, since the database may still halt."""
    try:
        return [_write_file(settings, text)], None
    except StorageError as error:
        return [], error


def _database(settings: Settings) -> Database:
    storage = settings.storage
    if not database_exists(storage.data_dir):
        raise StorageError(f"there is no database in {storage.data_dir} yet; start a cycle with `kalshi run`")
    return Database(storage.data_dir, synchronous=storage.synchronous)


def _write_file(settings: Settings, text: str) -> str:
    path = halt_file(settings.storage.data_dir)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}); mend it, halt again") from error
    return f"wrote {path}"


def _remove_file(settings: Settings) -> str:
    path = halt_file(settings.storage.data_dir)
    try:
        path.unlink()
    except FileNotFoundError:
        return f"there was no file {path}"
    except OSError as error:
        raise StorageError(
            f"{path} cannot be removed ({error.strerror}); everything stays halted until it is"
        ) from error
    return f"removed {path}"

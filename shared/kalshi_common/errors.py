"""Every error the stack raises on purpose, and the exit code each ends in. No other module defines one.

Each docstring says who must act: retry (the next cycle), operator, or developer.
"""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """The exit codes of the `kalshi` command; the same table stands in the README."""

    OK = 0
    """Success."""
    FAILED = 1
    """The cycle failed or is incomplete, or a check found what it looks for."""
    USAGE = 2
    """The command line or the configuration is wrong."""
    LOCKED = 75
    """Another run holds the lock (EX_TEMPFAIL of sysexits.h)."""


class KalshiError(Exception):
    """Base of all our errors. Its text is one sentence for the operator: what, where, what to do."""

    exit_code = ExitCode.FAILED


class ConfigError(KalshiError):
    """Operator: the command line, configuration file or environment is wrong; `problems` lists every finding."""

    exit_code = ExitCode.USAGE

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class LockHeldError(KalshiError):
    """Retry: another run of the same mode works right now; the text says who and since when."""

    exit_code = ExitCode.LOCKED


class ExchangeError(KalshiError):
    """Base of everything that can go wrong at the border with Kalshi."""


class ExchangeUnavailableError(ExchangeError):
    """Retry: no usable answer within the allowed retries (timeouts, resets, 408, 429, 5xx, broken bodies).

    `retry_after_s` is the pause in seconds the exchange asked for, if it did.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class RequestRejectedError(ExchangeError):
    """Operator or developer: the exchange understood the request and refused it (a 4xx that a retry cannot mend)."""

    def __init__(self, message: str, *, status: int) -> None:
        self.status = status
        super().__init__(message)


class UnexpectedAnswerError(ExchangeError):
    """Developer: a well-formed answer of the wrong shape (renamed field, repeated cursor); the API has changed."""


class StorageError(KalshiError):
    """Operator: the database cannot be opened, written or trusted; the text says which and what to do."""


class SchemaError(StorageError):
    """Operator: the database's schema is not the one this program needs (newer, or a migration is pending)."""


class DatabaseInUseError(StorageError):
    """Operator: another program has the database open, which must be had alone for this; it ends or is ended."""


class CycleError(KalshiError):
    """Retry: a cycle could not finish its work (deadline, signal, incomplete hour)."""


class LookAheadError(KalshiError):
    """Developer: something known only after a forecast was about to be used for it; the forecast is not made."""


class ModelError(KalshiError):
    """Retry or operator: a model gave no answer; the text never holds a key, an address' secret or a foreign message.

    `charged` says whether it may have cost something, `again` whether the same question may be asked again, `hopeless`
    whether no question to this model can succeed. `retry_after_s` is the pause in seconds the provider asked for.
    """

    def __init__(
        self,
        message: str,
        *,
        charged: bool,
        again: bool = False,
        hopeless: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        self.charged, self.again, self.hopeless = charged, again, hopeless
        self.retry_after_s = retry_after_s
        super().__init__(message)

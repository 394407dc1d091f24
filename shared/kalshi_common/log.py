"""The program's log: one line per record on stderr, JSON or text. It decides nothing about what is worth a line.

No line is ever lost or invalid, whatever a record carries, and none holds a registered secret.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import traceback
from typing import TextIO

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from kalshi_common.log_plain import Plain, Plainer, clean, plain_text, redact

__all__ = ["event", "redact", "setup"]

# What these say below WARNING is about themselves.
_FOREIGN = ("aiohttp", "anthropic", "asyncio", "httpcore2", "httpx2", "openai", "pyrate_limiter", "urllib3", "yoyo")
_LONGEST_TRACEBACK = 16_000
_BARE = re.compile(r"[^\s\"'=\\]+")


def setup(level: str, fmt: str, *, mode: str, cycle: str | None = None) -> None:
    """Send every log record and warning to stderr, `fmt` being json or text. A second call replaces the first.

    `mode` and `cycle` stand on every line. Times are UTC.
    """
    handler = _Stderr()
    bound: dict[str, Plain] = {"mode": mode, "cycle": cycle}
    handler.setFormatter(_JsonLines(bound) if fmt == "json" else _TextLines(bound))
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _Stderr)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _FOREIGN:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    logging.captureWarnings(capture=True)


def event(
    logger: logging.Logger,
    name: str,
    level: int = logging.INFO,
    exc_info: BaseException | None = None,
    /,
    **fields: object,
) -> None:
    """Log what happened: a short constant `name`, and what is particular to this time as fields."""
    logger.log(level, name, exc_info=exc_info, extra={"event": name, "data": fields}, stacklevel=2)


class _Stderr(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Say nothing: stderr itself failed, and logging's own report would print the record unredacted."""


class _JsonLines(JsonFormatter):
    def __init__(self, bound: dict[str, Plain]) -> None:
        super().__init__()
        self._bound = bound

    def format(self, record: logging.LogRecord) -> str:
        return self.serialize_log_record(_line(record, self._bound))


class _TextLines(logging.Formatter):
    def __init__(self, bound: dict[str, Plain]) -> None:
        super().__init__()
        self._bound = bound

    def format(self, record: logging.LogRecord) -> str:
        line = _line(record, self._bound)
        data = line.pop("data")
        fields: dict[str, Plain] = data if isinstance(data, dict) else {"data": data}
        for name in ("message", "mode", "cycle"):
            if line.get(name) is not None:
                fields.setdefault(name, line[name])
        words = [str(line["ts"]), str(line["level"]), _worded(line["event"])]
        words += [f"{_worded(name)}={_worded(value)}" for name, value in fields.items()]
        trace = [_printable(text) for text in str(line.get("traceback", "")).split("\n") if text]
        return "\n".join([" ".join(words), *trace])


def _line(record: logging.LogRecord, bound: dict[str, Plain]) -> dict[str, Plain]:
    """Give a record as ts, level, logger, event, mode, cycle, data and, where there is one, message and traceback."""
    message = _message(record)
    extras = {name: value for name, value in vars(record).items() if name not in RESERVED_ATTRS}
    name, data = plain_text(extras.pop("event", message)), extras.pop("data", {})
    fields = {**extras, **data} if isinstance(data, dict) else {**extras, "data": data}
    moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
    line: dict[str, Plain] = {
        "ts": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z",
        "level": record.levelname,
        "logger": plain_text(record.name),
        "event": name,
        **{key: Plainer().plain(value) for key, value in bound.items()},
    }
    if message != name:
        line["message"] = message
    line["data"] = Plainer().plain(fields)
    if trace := _traceback(record):
        line["traceback"] = trace
    return line


def _message(record: logging.LogRecord) -> str:
    try:
        return plain_text(record.getMessage())
    except Exception:  # noqa: BLE001  # arguments that do not fit their template, or cannot be written
        return f"{plain_text(record.msg)} {plain_text(record.args)}"


def _traceback(record: logging.LogRecord) -> str:
    """Give the traceback and the stack, cut at their beginning: what went wrong stands at the end."""
    parts = traceback.format_exception(*record.exc_info) if record.exc_info and record.exc_info[0] else []
    text = clean("".join(parts) + (record.stack_info or "")).rstrip()
    if len(text) <= _LONGEST_TRACEBACK:
        return text
    return f"…(cut, {len(text)} characters)…\n{text[-_LONGEST_TRACEBACK:]}"


def _worded(value: Plain) -> str:
    """Write a value as one word, quoted as JSON where it would not be one."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if _BARE.fullmatch(text) and text.isprintable() else f'"{_escaped(text)}"'


def _printable(text: str) -> str:
    return text if text.isprintable() else _escaped(text)


def _escaped(text: str) -> str:
    # A control character in a foreign text must not reach the operator's terminal.
    return json.dumps(text, ensure_ascii=not text.isprintable())[1:-1]

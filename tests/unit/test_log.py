from __future__ import annotations

import datetime as dt
import json
import logging
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common import log, log_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_KEYS = ["ts", "level", "logger", "event", "mode", "cycle", "data"]
BODY = "bm90IGEga2V5IGF0IGFsbCwgYnV0IGxvbmc"
PEM = f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----"
logger = logging.getLogger("kalshi_common.test")


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr(log_plain, "_secrets", set())
    monkeypatch.setattr(log_plain, "_pattern", None)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def without_pytests_own_handlers() -> None:
    root = logging.getLogger()
    root.handlers[:] = root.handlers[-1:]


def json_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.isascii()
    return [json.loads(line) for line in captured.err.splitlines()]


def both_formats(capsys: pytest.CaptureFixture[str], name: str, /, **fields: object) -> tuple[str, str]:
    written = []
    for fmt in ("json", "text"):
        log.setup("INFO", fmt, mode="collect")
        log.event(logger, name, **fields)
        written.append(capsys.readouterr().err)
    return written[0], written[1]


def test_a_line_is_one_json_object_with_its_fields_under_data(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("INFO", "json", mode="collect", cycle="c1")
    before = dt.datetime.now(dt.UTC)
    log.event(logger, "page_stored", markets=1000, price=Decimal("0.5600"), level="any name is safe")
    (line,) = json_lines(capsys)
    assert list(line) == LINE_KEYS
    assert [line[key] for key in LINE_KEYS[1:]] == [
        "INFO", "kalshi_common.test", "page_stored", "collect", "c1",
        {"markets": 1000, "price": "0.5600", "level": "any name is safe"},
    ]  # fmt: skip
    assert line["ts"].endswith("Z")
    assert dt.datetime.fromisoformat(line["ts"]) - before < dt.timedelta(minutes=1)


def test_a_plain_logging_call_with_extra_comes_out_the_same_as_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("INFO", "json", mode="collect")
    log.event(logger, "retry", logging.WARNING, None, attempt=2)
    logger.warning("retry", extra={"event": "retry", "data": {"attempt": 2}})
    one, other = json_lines(capsys)
    assert one | {"ts": ""} == other | {"ts": ""}


def test_a_foreign_message_is_its_own_event(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("INFO", "json", mode="collect")
    logging.getLogger("foreign").warning("%s broke at %d%%", "it", 50, extra={"peer": "h", "data": [1]})
    (line,) = json_lines(capsys)
    assert (line["event"], line["data"]) == ("it broke at 50%", {"peer": "h", "data": [1]})


def test_a_message_beside_an_event_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("INFO", "json", mode="collect")
    logger.info("in words", extra={"event": "short"})
    (line,) = json_lines(capsys)
    assert (line["event"], line["message"]) == ("short", "in words")


def test_arguments_that_do_not_fit_their_template_lose_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("INFO", "json", mode="collect")
    without_pytests_own_handlers()
    logger.warning("%d pages", "many")
    logger.warning("%d and %d", 1, "two")
    assert [line["event"] for line in json_lines(capsys)] == ["%d pages ('many',)", "%d and %d (1, 'two')"]


def test_the_level_holds_for_ours_and_foreign_chatter_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("DEBUG", "json", mode="collect")
    log.event(logger, "fine", logging.DEBUG)
    for name in ("aiohttp.access", "asyncio", "yoyo.migrations"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("trouble")
    assert [line["event"] for line in json_lines(capsys)] == ["fine", "trouble", "trouble", "trouble"]
    log.setup("ERROR", "json", mode="collect")
    log.event(logger, "left_out", logging.WARNING)
    logging.getLogger("aiohttp").warning("left out")
    assert json_lines(capsys) == []


def test_a_second_setup_replaces_the_first_and_leaves_foreign_handlers(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("INFO", "text", mode="collect")
    foreign = logging.getLogger().handlers[:-1]
    log.setup("INFO", "json", mode="collect", cycle="c2")
    log.event(logger, "once")
    (line,) = json_lines(capsys)
    assert line["cycle"] == "c2"
    assert logging.getLogger().handlers[:-1] == foreign


def test_a_traceback_stands_on_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("INFO", "json", mode="collect")
    log.event(logger, "internal_error", logging.ERROR, ValueError("broken"), op="x")
    logger.info("no exception at hand", exc_info=True)  # noqa: LOG014  # that is the case to survive
    logger.info("where", stack_info=True)
    raised, quiet, stack = json_lines(capsys)
    assert raised["traceback"] == "ValueError: broken"
    assert "traceback" not in quiet
    assert "test_log.py" in stack["traceback"]


def test_a_huge_traceback_keeps_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("INFO", "json", mode="collect")
    log.event(logger, "internal_error", logging.ERROR, ValueError("x" * 100_000 + " the end"))
    (line,) = json_lines(capsys)
    assert line["traceback"].startswith("…(cut, 100020 characters)…\n")
    assert line["traceback"].endswith("x the end")


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("INFO", "text", mode="collect", cycle="c1")
    log.event(logger, "page_stored", markets=1000, took_s=0.5, title="Fed “cut”?", path="a=b", none=None, empty="")
    written = capsys.readouterr().err
    assert written.partition(" ")[2] == (
        'INFO page_stored markets=1000 took_s=0.5 title="Fed “cut”?" path="a=b" none=null empty=""'
        " mode=collect cycle=c1\n"
    )


def test_text_takes_no_line_break_or_terminal_escape_from_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("INFO", "text", mode="collect")
    log.event(logger, "a\nb", value="x\n2026 ERROR forged \x1b[2J", nested={"k": ["\x9b"]})
    log.event(logger, "boom", logging.ERROR, ValueError("\x1b[2J"))
    written = capsys.readouterr().err
    assert written.count("\n") == 3
    assert written.replace("\n", "").isprintable()


def test_a_registered_secret_is_in_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.redact(["made-up-id", PEM, " "])
    for fmt in ("json", "text"):
        log.setup("INFO", fmt, mode="collect", cycle="made-up-id")
        without_pytests_own_handlers()
        log.event(logger, "made-up-id", logging.ERROR, ValueError(f"key {PEM!r} of made-up-id"), op="xmade-up-idx")
        log.event(
            logger, "e", made={"made-up-id": [PEM, PEM.encode(), (PEM.splitlines()[1],)]}, cut="x" * 3995 + "made-up-id"
        )
        logger.warning("in words: %s", PEM, extra={"made-up-id": 1})
        logger.warning("%d", "made-up-id")
        logging.getLogger("made-up-id").warning("from a foreign logger")
    written = capsys.readouterr().err
    assert "[redacted]" in written
    for secret in ("made-up-id", "made-", BODY):
        assert secret not in written


def test_a_secret_number_is_redacted_too(capsys: pytest.CaptureFixture[str]) -> None:
    log.redact(["12345678"])
    for written in both_formats(capsys, "e", whole=12345678, part=0.12345678, fine=1234567):
        assert "12345678" not in written
        assert "1234567" in written


def test_a_secret_is_found_in_its_json_spelling_too(capsys: pytest.CaptureFixture[str]) -> None:
    secret = 'a "made up" word'
    log.redact([secret])
    for written in both_formats(capsys, "e", body=json.dumps({"sent": secret})):
        assert "[redacted]" in written
        assert "made up" not in written


def test_without_secrets_nothing_is_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    log.redact([])
    assert all("[redacted]" not in written for written in both_formats(capsys, "e", text="fine"))


def run(code: str) -> subprocess.CompletedProcess[str]:
    program = f"import sys; sys.path[:0] = {sys.path!r}\n{code}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)


def test_python_warnings_become_lines() -> None:
    code = "from kalshi_common import log; log.setup('INFO', 'json', mode='m'); import warnings; warnings.warn('old')"
    line = json.loads(run(code).stderr)
    assert (line["level"], line["logger"]) == ("WARNING", "py.warnings")
    assert "UserWarning: old" in line["event"]


def test_a_broken_stderr_is_no_error_and_prints_no_record() -> None:
    code = (
        "import logging, os, sys; from kalshi_common import log; log.setup('INFO', 'json', mode='m')\n"
        "sys.stderr.close(); logging.getLogger('x').warning('lost'); print('went on')"
    )
    assert run(code).stdout == "went on\n"


def test_importing_the_log_is_light() -> None:
    code = "import kalshi_common.log; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = run(code).stdout.split()
    assert "pythonjsonlogger" in loaded
    assert not {"pydantic", "aiohttp", "typer", "asyncio", "yoyo"} & set(loaded)

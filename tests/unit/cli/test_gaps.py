"""`kalshi gaps` and `kalshi backfill --dry-run` as they are typed: three formats, clear refusals, documented exits."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from support.data_dir import kalshi, migrated
from support.small_world import SmallMarket, instant, put_hours, put_markets

if TYPE_CHECKING:
    from pathlib import Path

ALL = SmallMarket(0, 10_000, frozenset(range(4)))
UNTIL = instant(4 * 60)


@pytest.fixture
def with_gaps(tmp_path: Path) -> Path:
    """Four hours: complete with one hole, complete, missed, partial with one hole."""
    with migrated(tmp_path) as database:
        put_hours(database, ["complete", "complete", "missed", "partial"])
        put_markets(database, [ALL._replace(rows=frozenset({1})), ALL._replace(rows=frozenset({0, 1, 3}))])
    return tmp_path


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    with migrated(tmp_path) as database:
        put_hours(database, ["complete"] * 4)
        put_markets(database, [ALL, ALL])
    return tmp_path


def gaps(data_dir: Path, *arguments: str, config: str | None = None) -> tuple[int, str, str]:
    settings = {"data_dir": data_dir} | ({"config": config} if config else {})
    return kalshi("gaps", "--until", UNTIL, *arguments, **settings)


def test_the_table_tells_hours_rows_and_coverage(with_gaps: Path) -> None:
    code, out, err = gaps(with_gaps)
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0].endswith("4 hours, 2 complete, 1 partial, 1 missed")
    assert lines[1] == "rows: 4 of 8, 50.00 %; missing 4: 3 recoverable, 1 lost"
    assert "2026-11-20T02:00:00Z 2026-11-20T02:00:00Z 1 missed 2 2 0 recoverable -" in lines
    assert "2026-11-20T03:00:00Z 2026-11-20T03:00:00Z 1 partial 1 1 0 recoverable -" in lines
    assert "KXCPI-26NOV-T0 KXCPI 2026-11-20T00:00:00Z 2026-11-20T00:00:00Z 1 complete lost" in lines
    assert "KXCPI 8 4 4 50.00" in lines
    assert "Lost in any case: sizes, depth, volume, status and rules of that moment." in lines


def test_json_holds_the_same(with_gaps: Path) -> None:
    code, out, _ = gaps(with_gaps, "--format", "json")
    found = json.loads(out)
    assert code == 0
    assert found["hours"] == {"complete": 2, "partial": 1, "missed": 1, "backfilled": 0}
    assert found["rows"]["missing"] == found["rows"]["recoverable"] + found["rows"]["lost"] == 4
    assert [gap["status"] for gap in found["hour_gaps"]] == ["missed", "partial"]
    assert [gap["label"] for gap in found["market_gaps"]] == ["lost"]
    assert found["coverage"]["macro_event_type"] == [
        {"name": "cpi", "expected": 8, "present": 4, "missing": 4, "percent": "50.00"}
    ]


def test_csv_is_one_table(with_gaps: Path) -> None:
    _, out, _ = gaps(with_gaps, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["kind"] for row in rows] == ["hours", "hours", "market", "macro_event_type", "series_ticker"]
    assert (rows[0]["from_utc"], rows[0]["hours"], rows[0]["label"]) == ("2026-11-20T02:00:00Z", "1", "recoverable")


def test_a_market_is_told_in_every_hour(with_gaps: Path) -> None:
    _, out, _ = gaps(with_gaps, "--market", "KXCPI-26NOV-T0", "--format", "json")
    assert [(gap["status"], gap["hours"]) for gap in json.loads(out)["market_gaps"]] == [
        ("complete", 1),
        ("missed", 1),
        ("partial", 1),
    ]


def test_fail_ends_in_1_when_anything_is_missing_and_in_0_when_nothing_is(with_gaps: Path) -> None:
    assert gaps(with_gaps, "--fail")[0] == 1
    assert gaps(with_gaps, "--fail", "--since", instant(60), "--until", instant(120))[0] == 0


def test_nothing_missing_is_said(whole: Path) -> None:
    code, out, _ = gaps(whole, "--fail")
    assert code == 0
    assert "nothing is missing: 8 of 8 rows are there" in out
    assert "not complete" not in out


def test_no_hour_to_look_at_is_said(whole: Path) -> None:
    code, out, _ = kalshi("gaps", "--since", "2026-11-19", "--until", "2026-11-20", data_dir=whole)
    assert (code, out) == (0, "no hour to look at: none of scope macro is over in that time\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--since", "yesterday"), "--since: 'yesterday' is no time; write a UTC day or hour like 2026-11-23"),
        (("--until", "2026-13-01"), "--until: '2026-13-01' is no time"),
        (("--since", "2026-11-23", "--until", "2026-11-23"), "is not before --until 2026-11-23"),
        (("--market", "KXNONE"), "--market: 'KXNONE' is no market the database knows"),
        (("--series", "KXNONE"), "--series: the database knows no series KXNONE"),
        (("--scope", "moon"), "--scope: 'moon' was never collected; collected: macro"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(whole: Path, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = kalshi("gaps", *arguments, data_dir=whole)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1


def test_back_fill_refuses_the_same_in_the_same_words(whole: Path) -> None:
    code, out, err = kalshi("backfill", "--since", "yesterday", data_dir=whole)
    assert (code, out) == (2, "")
    assert err.startswith("kalshi: --since: 'yesterday' is no time")


def test_times_are_utc_unless_they_say_otherwise(whole: Path) -> None:
    same = {
        kalshi("gaps", "--since", since, "--until", UNTIL, "--format", "json", data_dir=whole)[1]
        for since in ("2026-11-20T02:59:59", "2026-11-20T03:00+01:00")
    }
    [found] = same
    assert json.loads(found)["from_utc"] == "2026-11-20T02:00:00Z"


@pytest.mark.parametrize("command", [("gaps",), ("backfill", "--dry-run")])
def test_without_a_database_or_a_cycle_that_is_said_and_the_exit_is_1(tmp_path: Path, command: tuple[str, ...]) -> None:
    code, _, err = kalshi(*command, data_dir=tmp_path)
    assert code == 1
    assert "no cycle has run yet" in err
    migrated(tmp_path).close()
    code, _, err = kalshi(*command, data_dir=tmp_path)
    assert code == 1
    assert "no collect cycle has run yet" in err


def test_gaps_needs_no_client_and_no_right_to_write(with_gaps: Path) -> None:
    told = (
        'import json; print(json.dumps([m for m in ("aiohttp", "msgspec", "collector.collect") if m in sys.modules]))'
    )
    _, out, _ = kalshi("gaps", "--until", UNTIL, data_dir=with_gaps, told=told)
    assert out.endswith("[]\n")


def test_a_dry_run_tells_what_it_would_fetch_and_what_stays_lost(with_gaps: Path) -> None:
    before = (with_gaps / "kalshi.sqlite").read_bytes()
    code, out, err = kalshi("backfill", "--dry-run", "--until", UNTIL, data_dir=with_gaps)
    assert (code, err) == (0, "")
    rows, hours, lost, nothing = out.splitlines()
    assert rows == "3 rows of 2 markets in 1 calls for candlesticks"
    assert hours.startswith("2 hours to search for markets nobody has seen, in 1 walks or more")
    assert lost.startswith("1 rows stay lost")
    assert nothing.startswith("nothing was asked or written")
    assert (with_gaps / "kalshi.sqlite").read_bytes() == before

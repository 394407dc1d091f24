"""The trader's commands as an operator types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from kalshi_common.cli import app
from kalshi_common.domain.order import Placement
from kalshi_common.errors import KalshiError
from kalshi_common.storage import intents, orders, signals
from kalshi_common.storage.signals import SignalRecord
from support.data_dir import HOUR, NOW, kalshi, migrated, rows
from support.stored_markets import MARKET, intent, store
from trader.halt import halted

if TYPE_CHECKING:
    from pathlib import Path


def typed(*arguments: str, data_dir: Path) -> tuple[int, str, str]:
    """Run the command line in this process; gives exit code, stdout and stderr as `main` makes them of our errors."""
    result = CliRunner().invoke(app, arguments, env={"KALSHI_DATA_DIR": str(data_dir), "COLUMNS": "500"})
    if isinstance(result.exception, KalshiError):
        return int(result.exception.exit_code), result.stdout, str(result.exception)
    return result.exit_code, result.stdout, result.stderr


def judged(side: str = "yes", **changes: Any) -> SignalRecord:
    made = SignalRecord(
        cycle_id="20261123T050700Z-trade-aaaaaa",
        venue="paper",
        market_id=MARKET,
        snapshot_hour_utc=HOUR,
        series_ticker="KXCPI",
        event_ticker="KXCPI-26NOV",
        macro_event_type="cpi",
        side="yes",
        estimate_id=1,
        probability=0.61,
        quote_source="orderbook",
        quoted_at_utc=NOW,
        price_microdollars=580_000,
        fee_microdollars=17_052,
        edge_microdollars=12_948,
        kelly_fraction=0.03,
        wanted_hundredths=0,
        sized_hundredths=0,
        decision="refused",
        reasons_json=json.dumps([{"check": "min_edge", "why": "its edge after fees is $0.012948 a contract"}]),
        created_at_utc=NOW,
    )
    return made._replace(side=side, **changes)  # type: ignore[arg-type]


def stored(tmp_path: Path, *records: SignalRecord) -> Path:
    with migrated(tmp_path) as database:
        store(database)
        with database.write() as connection:
            signals.add(connection, records)
    return tmp_path


def test_signals_tell_why_a_market_was_not_traded(tmp_path: Path) -> None:
    data_dir = stored(tmp_path, judged(), judged("no", edge_microdollars=-70_000))
    code, out, err = typed("signals", "--market", MARKET, data_dir=data_dir)
    assert (code, err) == (0, "")
    assert f"yes of {MARKET}: refused" in out
    assert "  - min_edge: its edge after fees is $0.012948 a contract" in out
    assert "price $0.58 + fee $0.017052, edge $0.012948 a contract by the orderbook" in out
    assert "no of" in out


def test_signals_list_the_last_cycle_for_programs(tmp_path: Path) -> None:
    data_dir = stored(tmp_path, judged(), judged("no", decision="taken", reasons_json="[]"))
    code, out, _ = typed("signals", "--format", "json", data_dir=data_dir)
    found = json.loads(out)["signals"]
    assert (code, [each["decision"] for each in found]) == (0, ["taken", "refused"])
    assert found[1]["reasons"][0]["check"] == "min_edge"
    table = typed("signals", data_dir=data_dir)[1].splitlines()
    assert table[0].split()[:3] == ["market", "side", "decision"]
    assert table[2].endswith("min_edge")


@pytest.mark.parametrize(
    ("market", "said"),
    [
        ("KXNO-26-A", "KXNO-26-A was never seen: check its ticker"),
        (MARKET, f"{MARKET} has no estimate of any model"),
        ("KXCPI-26OCT-T0.3", "KXCPI-26OCT-T0.3 was last seen open at 2026-11-23T04:00:00Z, and the newest hour is"),
    ],
)
def test_signals_tell_why_a_market_was_never_judged(tmp_path: Path, market: str, said: str) -> None:
    with migrated(tmp_path) as database:
        store(database)
        store(database, "KXCPI-26OCT-T0.3", hour="2026-11-23T04:00:00Z")
    code, out, _ = typed("signals", "--market", market, data_dir=tmp_path)
    assert code == 0
    assert said in out


def test_positions_tell_mark_exposure_and_profit_after_fees_without_a_name_of_the_wire(tmp_path: Path) -> None:
    bought = intent(count_hundredths=1_000)
    fill = ("f1", "o1", bought.intent_id, "paper", MARKET, "yes", 1_000, 580_000, 180_000, True, NOW)
    with migrated(tmp_path) as database:
        store(database)
        with database.write() as connection:
            intents.add(connection, bought)
            intents.step(connection, bought.intent_id, "sent", now=NOW)
            placement = Placement("accepted", None, "o1", "executed", 1_000, 0, (orders.Fill._make(fill),))
            orders.keep_outcome(connection, bought, placement, now=NOW)
    code, out, err = typed("positions", "--format", "json", data_dir=tmp_path)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["positions"] == [
        {
            "market": MARKET, "side": "yes", "contracts": "10", "mark": "$0.56", "value": "$5.60", "exposure": "$5.80",
            "unrealized": "$-0.20", "realized": "$0.00", "fees": "$0.18", "profit": "$-0.38",
        }
    ]  # fmt: skip
    assert told["total"]["profit"] == "$-0.38"
    assert "_dollars" not in out
    assert "_fp" not in out
    assert MARKET in typed("positions", data_dir=tmp_path)[1]
    assert typed("positions", "--venue", "live", data_dir=tmp_path)[1] == "(nothing yet)\n"


def test_halt_writes_a_row_and_a_file_either_halts_and_resume_removes_both_and_says_so(tmp_path: Path) -> None:
    migrated(tmp_path).close()
    code, out, _ = typed("halt", "--reason", "the model went mad", data_dir=tmp_path)
    assert code == 0
    assert f"wrote {tmp_path / 'HALT'}" in out
    with migrated(tmp_path) as database:
        assert "the model went mad" in (halted(database, tmp_path, MARKET) or "")
        (tmp_path / "HALT").unlink()
        assert "the model went mad" in (halted(database, tmp_path, MARKET) or "")
        (tmp_path / "HALT").write_text("by hand")
    code, out, _ = typed("resume", data_dir=tmp_path)
    assert code == 0
    assert out.splitlines() == ["1 halts of everything ended in the database", f"removed {tmp_path / 'HALT'}"]
    with migrated(tmp_path) as database:
        assert halted(database, tmp_path, MARKET) is None


def test_a_market_is_halted_and_resumed_by_itself(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        store(database)
    typed("halt", "--market", MARKET, "--reason", "odd rules", data_dir=tmp_path)
    with migrated(tmp_path) as database:
        assert "odd rules" in (halted(database, tmp_path, MARKET) or "")
        assert halted(database, tmp_path, "KXCPI-26NOV-T0.4") is None
    assert "still halted: " + MARKET in typed("resume", data_dir=tmp_path)[1]
    assert typed("resume", "--market", MARKET, data_dir=tmp_path)[1] == f"1 halts of {MARKET} ended in the database\n"
    with migrated(tmp_path) as database:
        assert halted(database, tmp_path, MARKET) is None


@pytest.mark.parametrize("mistyped", [MARKET.lower(), f"{MARKET} ", "KXCPI", ""])
def test_a_market_nobody_ever_saw_is_not_halted_and_that_is_said(tmp_path: Path, mistyped: str) -> None:
    with migrated(tmp_path) as database:
        store(database)
    code, out, err = kalshi("halt", "--market", mistyped, "--reason", "typing", data_dir=tmp_path)
    assert (code, out) == (2, "")
    assert err == f"kalshi: --market: no market {mistyped!r} was ever seen, so nothing is halted; check the ticker\n"
    with migrated(tmp_path) as database:
        assert rows(database, "SELECT count(*) FROM halts") == [(0,)]
    assert not (tmp_path / "HALT").exists()


def test_where_the_file_cannot_be_written_the_database_alone_halts(tmp_path: Path) -> None:
    migrated(tmp_path).close()
    (tmp_path / "HALT").mkdir()
    code, out, _ = typed("halt", "--reason", "no file", data_dir=tmp_path)
    assert code == 0
    assert "the database alone halts" in out
    (tmp_path / "HALT").rmdir()
    with migrated(tmp_path) as database:
        assert "no file" in (halted(database, tmp_path, MARKET) or "")


def test_halt_works_without_a_database_by_its_file_alone(tmp_path: Path) -> None:
    code, out, _ = typed("halt", "--reason", "before the first run", data_dir=tmp_path)
    assert code == 0
    assert "the file alone halts" in out
    assert (tmp_path / "HALT").read_text().endswith("before the first run\n")


def test_what_cannot_be_looked_at_halts(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        (tmp_path / "HALT").mkdir()
        assert "cannot be looked at" in (halted(database, tmp_path, MARKET) or "")
        (tmp_path / "HALT").rmdir()
        with database.write() as connection:
            connection.execute("DROP TABLE halts")
        assert "cannot be read" in (halted(database, tmp_path, MARKET) or "")


def test_a_halt_needs_a_reason(tmp_path: Path) -> None:
    code, _, err = typed("halt", data_dir=tmp_path)
    assert code == 2
    assert "--reason" in err


def test_the_self_test_tells_each_thing_it_saw_trip(tmp_path: Path) -> None:
    code, out, err = typed("selftest", data_dir=tmp_path)
    assert code == 0, err
    assert "trips  kill_switch" in out.splitlines()
    assert "trips  kill switch by file" in out.splitlines()
    assert out.splitlines()[-1].startswith("the self-test passed in version ")
    with migrated(tmp_path) as database:
        assert len(rows(database, "SELECT * FROM self_tests")) == 1


@pytest.mark.parametrize("command", [("signals",), ("positions",), ("resume",)])
def test_without_a_database_a_command_says_so_in_a_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    code, out, err = typed(*command, data_dir=tmp_path)
    assert (code, out) == (1, "")
    assert "start" in err
    assert "Traceback" not in err


def test_a_dry_run_tells_the_venue_first_and_writes_nothing(tmp_path: Path) -> None:
    data_dir = stored(tmp_path)
    before = {path: path.read_bytes() for path in data_dir.iterdir() if path.suffix == ".sqlite"}
    code, out, err = kalshi("run", "--mode", "trade", "--dry-run", data_dir=data_dir)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "TRADING PAPER"
    assert "0 candidates" in out
    assert {path: path.read_bytes() for path in before} == before
    assert not (data_dir / "reports").exists()


def test_the_first_line_of_a_run_says_where_it_trades_and_the_last_sums_it_up(tmp_path: Path) -> None:
    knobs = tmp_path / "knobs.json"
    knobs.write_text(json.dumps({"exchange": {"max_retries": 0}, "trade": {"live": True}}))
    nowhere = "http://127.0.0.1:9/trade-api/v2"
    code, out, _ = kalshi("run", "--mode", "trade", data_dir=tmp_path / "data", config=knobs, api_base_url=nowhere)
    first, last = out.splitlines()
    assert code == 0
    assert first == "TRADING PAPER (trade.live is true, but --enable-live-trading was not given)"
    assert last.endswith("venue=paper candidates=0 orders=0 filled=0")


def test_the_flag_without_the_other_consents_is_a_usage_error_and_nothing_begins(tmp_path: Path) -> None:
    code, out, err = kalshi("run", "--mode", "trade", "--enable-live-trading", data_dir=tmp_path)
    assert (code, out) == (2, "")
    assert "trade.live is false" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--mode", "trade", "--dry-run", "--enable-live-trading"), "trade.live is false"),
        (("run", "--mode", "collect", "--enable-live-trading"), "mode collect places no orders"),
    ],
)
def test_the_flag_is_refused_where_it_means_nothing(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = typed(*arguments, data_dir=tmp_path)
    assert (code, out) == (2, "")
    assert said in err

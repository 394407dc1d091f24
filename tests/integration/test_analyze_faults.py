"""An analyze cycle whose providers fail, lie, or are too dear: what is paid, what is used, and where it stops."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from analyzer import analyze
from kalshi_common.cli import app
from kalshi_common.errors import ConfigError, ExitCode
from support.analyzer_run import ANTHROPIC, OPENAI, Analyzer

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from support.simulated_exchange import SimulatedExchange

MODELS = pytest.mark.parametrize("model", [OPENAI, ANTHROPIC], ids=["openai", "anthropic"])


@pytest.fixture
def analyzer(collected: Path, tmp_path: Path, exchange: SimulatedExchange) -> Analyzer:
    shutil.copytree(collected, tmp_path / "data")
    analyzer = Analyzer(tmp_path / "data", exchange)
    analyzer.knobs |= {"max_markets": 1, "concurrency": 1, "timeout_s": 1}
    return analyzer


def nano(dollars: Decimal) -> Decimal:
    return dollars * 10**9


WORTHLESS = {
    "malformed": "malformed",
    "wrong_schema": "malformed",
    "out_of_range": "malformed",
    "over_long": "malformed",
    "refusal": "refused",
}
TURNED_AWAY = ("429", "429_seconds")
LOST = ("500", "529", "cut", "reset", "html", "hang")


@MODELS
async def test_an_answer_that_is_worth_nothing_is_paid_for_recorded_and_not_used(
    analyzer: Analyzer, exchange: SimulatedExchange, model: dict[str, str]
) -> None:
    for fault in WORTHLESS:
        exchange.providers.faults.script(fault)
    ended = await analyzer.run(models=[model], max_markets=len(WORTHLESS))
    rows = analyzer.query("SELECT outcome, probability, answer_json <> '', actual_nanodollars > 0 FROM llm_calls")
    assert sorted(rows) == sorted((outcome, None, 1, 1) for outcome in WORTHLESS.values())
    assert analyzer.charged() == nano(exchange.providers.bill.total)
    assert analyzer.estimated() == {}
    assert ended.exit_code is ExitCode.FAILED


@MODELS
async def test_a_call_turned_away_costs_nothing_and_is_made_again(
    analyzer: Analyzer, exchange: SimulatedExchange, model: dict[str, str]
) -> None:
    for fault in TURNED_AWAY:
        exchange.providers.faults.script(fault)
    ended = await analyzer.run(models=[model])
    assert ended.exit_code is ExitCode.OK
    rows = analyzer.query("SELECT attempt, outcome, actual_nanodollars > 0 FROM llm_calls ORDER BY attempt")
    assert rows == [(1, "rejected", 0), (2, "rejected", 0), (3, "ok", 1)]
    assert analyzer.charged() == nano(exchange.providers.bill.total)


@MODELS
async def test_a_call_whose_end_is_unknown_keeps_its_whole_reservation_and_is_made_again(
    analyzer: Analyzer, exchange: SimulatedExchange, model: dict[str, str]
) -> None:
    for fault in LOST:
        exchange.providers.faults.script(fault)
        exchange.providers.faults.script("")
    ended = await analyzer.run(models=[model], max_markets=len(LOST))
    assert ended.exit_code is ExitCode.OK
    rows = analyzer.query("SELECT attempt, outcome, actual_nanodollars IS NULL FROM llm_calls")
    assert sorted(rows) == [(1, "unknown", 1)] * len(LOST) + [(2, "ok", 0)] * len(LOST)
    told = {one.client_id: nano(one.dollars) for one in exchange.providers.bill.entries if one.told}
    settled = analyzer.query("SELECT call_id, actual_nanodollars FROM llm_calls WHERE actual_nanodollars IS NOT NULL")
    assert dict(settled) == told
    assert analyzer.charged() > nano(exchange.providers.bill.total)


async def test_a_question_is_asked_again_only_as_often_as_the_knob_allows(
    analyzer: Analyzer, exchange: SimulatedExchange
) -> None:
    exchange.providers.faults.set_rates({"500": 1})
    ended = await analyzer.run(max_retries=2)
    assert exchange.providers.calls == 3
    assert ended.exit_code is ExitCode.FAILED
    assert analyzer.report()["details"]["funnel"]["failed"] == 1


async def test_too_few_usable_samples_make_no_estimate(analyzer: Analyzer, exchange: SimulatedExchange) -> None:
    exchange.providers.faults.script("malformed", times=2)
    await analyzer.run(samples=3)
    assert analyzer.outcomes() == {"malformed": 2, "ok": 1}
    assert analyzer.estimated() == {}
    exchange.providers.faults.script("malformed")
    await analyzer.run(samples=5)
    assert len(analyzer.estimated()) == 1


async def test_a_model_whose_key_is_refused_is_not_asked_again_and_the_others_go_on(
    analyzer: Analyzer, exchange: SimulatedExchange
) -> None:
    exchange.providers.faults.script("401")
    ended = await analyzer.run(models=[OPENAI, ANTHROPIC], max_markets=5)
    assert analyzer.outcomes() == {"rejected": 1, "ok": 5}
    assert ended.exit_code is ExitCode.FAILED
    [error] = analyzer.report()["first_errors"]
    assert "401" in error
    assert "key" in error


async def test_an_answer_that_does_not_tell_its_usage_is_used_and_charged_at_its_reservation(
    analyzer: Analyzer, exchange: SimulatedExchange
) -> None:
    exchange.providers.faults.script("no_usage")
    await analyzer.run()
    assert len(analyzer.estimated()) == 1
    assert analyzer.charged() > nano(exchange.providers.bill.total)
    assert analyzer.query("SELECT outcome, actual_nanodollars, input_tokens FROM llm_calls") == [("ok", None, None)]


async def test_a_charge_beyond_the_reservation_is_written_as_it_is_told_loudly_and_stops_the_cycle(
    analyzer: Analyzer, exchange: SimulatedExchange
) -> None:
    exchange.providers.faults.script("overbilled")
    ended = await analyzer.run(max_markets=5)
    assert exchange.providers.calls == 1
    assert analyzer.charged() == nano(exchange.providers.bill.total)
    assert ended.exit_code is ExitCode.FAILED
    assert "openai gpt-5-mini charged" in analyzer.report()["first_errors"][0]


@pytest.mark.parametrize("limit", ["api_cost_limit_per_cycle", "cost_limit_per_day", "cost_limit_per_month"])
async def test_asking_stops_before_a_limit_is_passed_and_the_rest_is_left_out_without_failing_the_cycle(
    analyzer: Analyzer, exchange: SimulatedExchange, limit: str
) -> None:
    ended = await analyzer.run(max_markets=8, concurrency=4, **{limit: 0.012})
    assert 0 < analyzer.charged() <= 12_000_000
    assert 0 < exchange.providers.calls < 8
    report = analyzer.report()
    assert report["details"]["funnel"]["left_out"]["budget"] == 8 - exchange.providers.calls
    assert limit in report["first_warnings"][0]
    assert ended.exit_code is ExitCode.OK


async def test_what_a_killed_cycle_left_open_counts_against_the_day_for_ever(
    analyzer: Analyzer, exchange: SimulatedExchange
) -> None:
    await analyzer.run()
    analyzer.change(
        """UPDATE llm_calls SET cycle_id = 'killed', outcome = 'reserved', actual_nanodollars = NULL,
             reserved_nanodollars = 4999000000, probability = NULL"""
    )
    analyzer.change("DELETE FROM estimates")
    calls = exchange.providers.calls
    ended = await analyzer.run()
    assert exchange.providers.calls == calls
    assert analyzer.outcomes() == {"unknown": 1}
    assert "cost_limit_per_day" in analyzer.report()["first_warnings"][0]
    assert ended.exit_code is ExitCode.OK


async def test_the_day_after_has_its_own_limit_and_the_month_goes_on(
    analyzer: Analyzer, exchange: SimulatedExchange
) -> None:
    await analyzer.run(max_markets=2)
    spent = analyzer.charged()
    assert analyzer.query("SELECT day_utc, charged_nanodollars FROM llm_days") == [("2026-11-23", spent)]
    told = analyzer.report()["details"]["charged_usd"]
    assert told["cycle"] == told["day"] == told["month"]


async def test_a_compatible_endpoint_is_asked_without_our_key_at_the_price_that_is_given(
    analyzer: Analyzer, exchange: SimulatedExchange
) -> None:
    analyzer.environment = {}
    model = {
        "provider": "compatible",
        "model": "sim-1",
        "base_url": exchange.openai_url,
        "input_usd_per_million": 1,
        "output_usd_per_million": 4,
    }
    ended = await analyzer.run(models=[model])
    assert ended.exit_code is ExitCode.OK
    assert analyzer.charged() == nano(exchange.providers.bill.total)


def test_only_the_key_of_an_asked_provider_is_missed_and_its_variable_is_named(analyzer: Analyzer) -> None:
    analyzer.environment = {"ANTHROPIC_API_KEY": "sk-made-up-for-this-test"}
    with pytest.raises(ConfigError, match="OPENAI_API_KEY is not set"):
        analyze.check(analyzer.settings())
    analyzer.knobs["models"] = [ANTHROPIC]
    analyze.check(analyzer.settings())


def test_without_the_key_nothing_is_begun_and_the_exit_code_is_that_of_the_configuration(
    analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = analyzer.data_dir.parent / "knobs.json"
    path.write_text(json.dumps({"analyze": analyzer.knobs}))
    monkeypatch.setenv("KALSHI_DATA_DIR", str(analyzer.data_dir))
    for name in ("OPENAI_API_KEY", "OPENAI_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    found = CliRunner().invoke(app, ["run", "--mode", "analyze", "--config", str(path)])
    assert isinstance(found.exception, ConfigError)
    assert found.exception.exit_code is ExitCode.USAGE
    assert analyzer.query("SELECT count(*) FROM cycles WHERE mode = 'analyze'") == [(0,)]


def test_a_dry_run_needs_no_key_asks_nobody_writes_nothing_and_tells_tokens_worst_cost_and_a_packet(
    analyzer: Analyzer, exchange: SimulatedExchange
) -> None:
    analyzer.environment = {}
    analyzer.knobs |= {"models": [OPENAI, ANTHROPIC], "max_markets": 4}
    before = (analyzer.data_dir / "kalshi.sqlite").read_bytes()
    lines = analyze.described(analyzer.settings(), exchange.clock.now())
    assert (analyzer.data_dir / "kalshi.sqlite").read_bytes() == before
    assert exchange.providers.calls == 0
    text = "\n".join(lines)
    assert "openai gpt-5-mini: 4 calls, at most" in text
    assert "anthropic claude-haiku-5-5: 4 calls, at most" in text
    assert "at worst $" in text
    assert "one packet of 4" in text
    assert '"market_id":"KX' in text

"""Where a run trades: every consent or paper, and exchanges that cannot be mixed up."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

import kalshi_common
from kalshi_common.config import load_settings
from kalshi_common.errors import ConfigError
from kalshi_common.storage import self_tests
from support.data_dir import migrated
from support.trading_desk import KEY_ID, PRIVATE_PEM
from trader.consent import Consent, consent
from trader.limits import LIMITS

if TYPE_CHECKING:
    from pathlib import Path

    from kalshi_common.config import Settings

LIVE = {"live": True}
PROD, DEMO = "https://external-api.kalshi.com/trade-api/v2", "https://external-api.demo.kalshi.co/trade-api/v2"


@pytest.fixture
def proven(tmp_path: Path) -> Path:
    """A data directory in which the self-test has passed in this version."""
    data_dir = tmp_path / "data"
    with migrated(data_dir) as database, database.write() as connection:
        names = [limit.name for limit in LIMITS]
        self_tests.keep(connection, kalshi_common.__version__, names, now="2026-11-23T05:07:09Z")
    return data_dir


def told(data_dir: Path, *, flag: bool = True, trade: dict[str, Any] = LIVE, **exchange: Any) -> Settings:
    """The settings of a run with keys; `exchange` is that section of its file."""
    path = data_dir.parent / "knobs.json"
    path.write_text(json.dumps({"trade": trade, "exchange": exchange}))
    environ = {"KALSHI_DATA_DIR": str(data_dir), "KALSHI_API_KEY": KEY_ID, "KALSHI_PRIVATE_KEY": PRIVATE_PEM}
    return dataclasses.replace(load_settings(path, environ), enable_live_trading=flag)


@pytest.mark.parametrize(
    ("exchange", "banner"),
    [
        ({"environment": "prod"}, "TRADING LIVE ON PROD"),
        ({"environment": "demo"}, "TRADING LIVE ON DEMO"),
        ({"environment": "prod", "base_url": "https://api.elections.kalshi.com/trade-api/v2"}, "TRADING LIVE ON PROD"),
        ({"environment": "demo", "base_url": "https://demo-api.kalshi.co/trade-api/v2"}, "TRADING LIVE ON DEMO"),
        ({"environment": "demo", "base_url": "http://127.0.0.1:8080/trade-api/v2"}, "TRADING LIVE ON DEMO"),
    ],
)
def test_with_every_consent_the_first_line_says_live_and_where(
    proven: Path, exchange: dict[str, str], banner: str
) -> None:
    assert consent(told(proven, **exchange)).banner == banner


def test_without_any_consent_it_is_paper(proven: Path) -> None:
    found = consent(told(proven, flag=False, trade={}))
    assert found == Consent("paper", "prod")
    assert found.banner == "TRADING PAPER"


@pytest.mark.parametrize(
    ("exchange", "said"),
    [
        ({"environment": "demo", "base_url": PROD}, "external-api.kalshi.com is the prod exchange"),
        ({"environment": "prod", "base_url": DEMO}, "external-api.demo.kalshi.co is the demo exchange"),
        ({"environment": "demo", "base_url": PROD.replace("kalshi.com", "KALSHI.com.")}, "is the prod exchange"),
        ({"environment": "prod", "base_url": PROD.replace("https", "http")}, "must be reached by https"),
        ({}, "exchange.environment must be said"),
        ({"base_url": "http://127.0.0.1:8080/trade-api/v2"}, "exchange.environment must be said"),
    ],
)
def test_exchanges_cannot_be_mixed_up(proven: Path, exchange: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        consent(told(proven, **exchange))
    assert len(raised.value.problems) == 1
    assert said in raised.value.problems[0]


def test_a_host_that_only_looks_like_the_exchange_is_our_own_affair(proven: Path) -> None:
    settings = told(proven, environment="demo", base_url="https://notkalshi.com/trade-api/v2")
    assert consent(settings).venue == "live"


def test_the_environment_must_stand_in_the_file_for_a_default_is_no_consent(proven: Path) -> None:
    with pytest.raises(ConfigError, match="must be said"):
        consent(told(proven))


def test_the_flag_with_nothing_else_names_everything_that_is_missing(tmp_path: Path) -> None:
    settings = load_settings(None, {"KALSHI_DATA_DIR": str(tmp_path)})
    with pytest.raises(ConfigError) as raised:
        consent(dataclasses.replace(settings, enable_live_trading=True))
    problems = raised.value.problems
    assert len(problems) == 4
    for word, problem in zip(("trade.live", "KALSHI_API_KEY", "environment", "kalshi selftest"), problems, strict=True):
        assert word in problem


def test_a_self_test_of_another_version_or_that_never_saw_a_limit_does_not_count(proven: Path) -> None:
    with migrated(proven) as database, database.write() as connection:
        self_tests.forget(connection, kalshi_common.__version__)
        self_tests.keep(connection, "0.0.1", [limit.name for limit in LIMITS], now="2026-11-23T05:07:09Z")
    with pytest.raises(ConfigError, match="has not passed in version"):
        consent(told(proven, environment="demo"))
    with migrated(proven) as database, database.write() as connection:
        names = [limit.name for limit in LIMITS if limit.name != "cash"]
        self_tests.keep(connection, kalshi_common.__version__, names, now="2026-11-23T05:07:09Z")
    with pytest.raises(ConfigError, match="never saw cash trip"):
        consent(told(proven, environment="demo"))

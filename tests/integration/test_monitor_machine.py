"""The monitor's real server to machines and strangers: what it refuses, files, /health, /metrics, no database."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, NoReturn

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.guard import HEADERS
from support.monitor_site import Browser, ask, serving, site, text_of
from support.monitor_world import END

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


PAGES = ["/", "/markets", "/market/KXCPI-26NOV-T0.3", "/estimates", "/trading"]


@pytest.fixture
async def browser(operated: Path) -> AsyncIterator[Browser]:
    async with serving(site(operated)) as address, aiohttp.ClientSession() as session:
        yield Browser(session, address)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/?days=5", "days is &#39;5&#39;; allowed is one of 7, 1, 3, 14, 28."),
        ("/?days=", "days is &#39;&#39;; allowed is one of"),
        ("/?days=7&days=7", "days was given twice; give it once."),
        ("/?dais=7", "&#39;dais&#39; is no parameter of this page; allowed is days."),
        ("/estimates?days=7", "&#39;days&#39; is no parameter of this page; it takes none."),
        ("/markets?q=KX&series=KX", "series and q were both given; give one."),
        ("/markets?q=" + "K" * 101, "is no ticker"),
        ("/markets?q=%00", "is no ticker"),
        ("/?days=%3Cscript%3E", "&lt;script&gt;"),
        ("/market/KXCPI-26NOV-T0.3?days=1", "days is &#39;1&#39;; allowed is one of 30, 7, 90, 365."),
    ],
)
async def test_a_wrong_parameter_is_a_400_with_one_sentence(browser: Browser, path: str, sentence: str) -> None:
    answer = await browser.get(path)
    assert answer.status == 400
    assert sentence in answer.text
    assert answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/nope", "/market/NOPE", "/market/", "/static/x/app.css", "/static/../app.py", "/market/a/b"]
)
async def test_what_is_not_there_is_a_404_page(browser: Browser, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status == 404
    assert "Not here" in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/health", "/metrics", "/market/KXCPI-26NOV-T0.3"])
async def test_nothing_but_get_and_head_is_answered(browser: Browser, method: str, path: str) -> None:
    answer = await browser.get(path, method=method)
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET,HEAD"
    assert "Only GET and HEAD are answered." in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/health", "/metrics"])
async def test_head_gives_the_same_headers_without_the_page(browser: Browser, path: str) -> None:
    got, head = await browser.get(path), await browser.get(path, method="HEAD")
    assert (head.status, head.text) == (200, "")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


async def test_a_foreign_name_is_refused_so_that_no_other_site_can_read_through_a_browser(operated: Path) -> None:
    async with (
        serving(site(operated, allowed_hosts=("stats.example.org",))) as address,
        aiohttp.ClientSession() as session,
    ):
        browser = Browser(session, address)
        refused = await browser.get("/", Host="evil.example")
        assert (refused.status, "--allow-host" in refused.text) == (421, True)
        assert refused.headers["Content-Security-Policy"]
        for name in ("stats.example.org", "localhost:8080", "monitor"):
            assert (await browser.get("/health", Host=name)).status == 200


async def test_files_of_a_page_are_found_kept_for_ever_and_nothing_else_is(browser: Browser) -> None:
    page = (await browser.get("/")).text
    paths = sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page)))
    names = {path.rpartition("/")[2] for path in paths}
    assert names == {"app.css", "charts.css", "charts.js", "favicon.svg", "plotly.min.js"}
    for path in paths:
        answer = await browser.get(path)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert (await browser.get(path.replace("/static/", "/static/0"))).status == 404


async def test_health_is_200_with_no_finding_and_says_what_it_looked_at(browser: Browser) -> None:
    answer = await browser.get("/health")
    assert answer.status == 200
    told = json.loads(answer.text)
    assert (told["healthy"], told["findings"]) == (True, [])
    assert told["newest_complete_hour_utc"] == "2026-11-23T05:00:00Z"
    assert told["checked_at_utc"] == "2026-11-23T05:42:09Z"
    assert told["free_bytes"] > 0


async def test_health_is_503_and_says_which_and_since_when(operated: Path) -> None:
    answer = await ask(operated, "/health", now=END + dt.timedelta(days=3))
    assert answer.status == 503
    told = json.loads(answer.text)
    assert [(each["key"], each["since_utc"]) for each in told["findings"]] == [
        ("hour_stale", "2026-11-23T06:30:00Z"),
        ("backup_old", "2026-11-24T14:42:09Z"),
    ]
    assert all(each["sentence"].endswith((".", "!")) for each in told["findings"])


async def test_without_a_database_pages_say_what_to_do_with_503_and_no_traceback(tmp_path: Path) -> None:
    for path in (*PAGES[:2], "/market/X", "/estimates", "/trading"):
        answer = await ask(tmp_path, path)
        assert answer.status == 503
        assert "docker compose run --rm collector" in text_of(answer.text)
        assert "Traceback" not in answer.text


async def test_a_damaged_database_is_told_and_the_figures_go_on(tmp_path: Path) -> None:
    (tmp_path / "kalshi.sqlite").write_text("Dear diary. " * 1000)
    assert (await ask(tmp_path, "/")).status == 503
    figures = figures_of((await ask(tmp_path, "/metrics")).text)
    assert figures["kalshi_healthy"] == 0
    assert figures["kalshi_health_finding{key=database_unreadable}"] == 1
    assert figures["kalshi_disk_free_bytes"] > 0
    assert "kalshi_markets" not in figures


def figures_of(text: str) -> dict[str, float]:
    """Each sample's value by its name and labels in alphabetical order: `name{a=1,b=2}`."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


async def test_the_figures_are_those_of_the_database_as_of_the_scrape(browser: Browser) -> None:
    answer = await browser.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    figures = figures_of(answer.text)
    assert figures["kalshi_healthy"] == 1
    assert figures["kalshi_newest_complete_hour_age_seconds"] == 42 * 60 + 9
    assert (
        figures["kalshi_newest_complete_hour_timestamp_seconds"]
        == dt.datetime(2026, 11, 23, 5, tzinfo=dt.UTC).timestamp()
    )
    assert figures["kalshi_ledger_hours{status=partial}"] == 4
    assert figures["kalshi_ledger_hours{status=missed}"] == 0
    assert figures["kalshi_cycles_total{mode=collect,outcome=ok}"] == 230
    assert figures["kalshi_cycle_last_outcome{mode=collect,outcome=ok}"] == 1
    assert 7 <= figures["kalshi_cycle_last_duration_seconds{mode=collect}"] <= 14
    assert figures["kalshi_last_backup_age_seconds"] == 3 * 3600
    assert 0 < figures["kalshi_llm_cost_dollars{period=day}"] < figures["kalshi_llm_cost_dollars{period=month}"] < 2
    assert figures["kalshi_llm_tokens{kind=input,period=day}"] % 2100 == 0
    assert figures["kalshi_open_positions{venue=paper}"] == 5
    assert 900 < figures["kalshi_equity_dollars{venue=paper}"] < 1100
    assert "kalshi_equity_dollars{venue=live}" not in figures
    assert figures["kalshi_snapshot_rows_total"] > 0


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text"),
        ("application/openmetrics-text; version=nonsense", "text/plain"),
        ("*/*", "text/plain"),
        ("", "text/plain"),
    ],
)
async def test_the_figures_come_in_the_format_that_is_asked_for(browser: Browser, accept: str, kind: str) -> None:
    answer = await browser.get("/metrics", Accept=accept)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith(kind)


async def test_an_error_of_ours_is_a_500_that_shows_nothing_and_is_logged(
    operated: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = site(operated)

    def fail() -> NoReturn:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(broken, "health", fail)
    async with serving(broken) as address, aiohttp.ClientSession() as session:
        answer = await Browser(session, address).get("/")
    assert answer.status == 500
    assert "secret inside" not in answer.text
    assert [entry.message for entry in caplog.records] == ["internal_error"]

"""The monitor's real server on real files: pages, health, figures, and what it refuses."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from kalshi_common.storage import markets, outcomes, snapshots
from monitor.guard import HEADERS
from support.data_dir import market, migrated, record, snapshot
from support.monitor_site import serving, site
from support.monitor_world import END, SERIES, fill

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kalshi_common.storage.database import Database

PAGES = [
    "/",
    "/markets",
    "/markets?series=KXCPI",
    "/markets?q=KXU3",
    "/market/KXCPI-26NOV-T0.3",
    "/estimates",
    "/trading",
]


class Answer(NamedTuple):
    status: int
    text: str
    headers: Any


class Browser:
    """Asks one server."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session, self.address = session, address

    async def get(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        async with self._session.request(method, self.address + path, headers=headers, allow_redirects=False) as answer:
            return Answer(answer.status, await answer.text(), answer.headers)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    with migrated(folder) as database:
        fill(database)
    return folder


@pytest.fixture
async def browser(world: Path) -> AsyncIterator[Browser]:
    async with serving(site(world)) as address, aiohttp.ClientSession() as session:
        yield Browser(session, address)


async def ask(data_dir: Path, path: str, *, now: dt.datetime = END, **headers: str) -> Answer:
    async with serving(site(data_dir, now=now)) as address, aiohttp.ClientSession() as session:
        return await Browser(session, address).get(path, **headers)


def text_of(page: str) -> str:
    """What a reader sees of a page, roughly."""
    return re.sub(r"\s+", " ", re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL))


@pytest.mark.parametrize("path", PAGES)
async def test_each_page_is_whole_and_carries_every_security_header(browser: Browser, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status == 200
    assert answer.text.rstrip().endswith("</html>")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_has_inline_code_or_style_or_anything_from_elsewhere(browser: Browser, path: str) -> None:
    page = (await browser.get(path)).text
    for tag in re.findall(r"<script[^>]*>", page):
        assert 'src="/static/' in tag or 'type="application/json"' in tag
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r"""(src|href|action)=["'](?!/|#)""", page)


async def test_the_overview_tells_health_coverage_cycles_hours_outcomes_and_growth(browser: Browser) -> None:
    seen = text_of((await browser.get("/")).text)
    assert "Healthy" in seen
    assert "42 min ago" in seen
    for series in SERIES:
        assert series in seen
    assert "1 of 12 walks did not reach the empty cursor" in seen
    assert "1 of 12 walks did not end: KXGDP: gave up after 6 attempts: HTTP 503" in seen
    assert "KXGDP-26Q3-S" in seen
    assert "0.4275" in seen
    assert "if it goes on as in the last 7 whole days" in seen


async def test_the_days_of_the_overview_can_be_chosen(browser: Browser) -> None:
    assert "Coverage, 3 days" in text_of((await browser.get("/?days=3")).text)


async def test_a_market_tells_its_price_facts_and_later_its_outcome(browser: Browser) -> None:
    seen = text_of((await browser.get("/market/KXCPI-26NOV-T0.3?days=7")).text)
    assert "Will KXCPI come in above the strike?" in seen
    assert "164 hours, 3 of them filled in later from candlesticks" in seen
    settled = text_of((await browser.get("/market/KXU3-26OCT-T4.1")).text)
    assert "pays 1.00 a yes contract" in settled
    assert "No hour of this market is stored" in settled


async def test_a_market_is_found_by_series_and_by_the_beginning_of_its_ticker_in_any_case(browser: Browser) -> None:
    assert "6 markets" in text_of((await browser.get("/markets?series=kxcpi")).text)
    found = text_of((await browser.get("/markets?q=kxu3-26oct")).text)
    assert "KXU3-26OCT-T4.1" in found
    assert "KXU3-26NOV" not in found
    assert "No market of that name" in text_of((await browser.get("/markets?q=NOPE")).text)


async def test_estimates_and_trading_tell_cost_funnel_positions_and_equity(browser: Browser) -> None:
    estimates = text_of((await browser.get("/estimates")).text)
    assert "today" in estimates
    assert "gpt-5-mini" in estimates
    trading = text_of((await browser.get("/trading")).text)
    for words in ("Candidates 40", "Taken 5", "edge_below_minimum", "KXFED-26NOV-T0.4", "paper"):
        assert words in trading


async def test_without_estimates_and_trades_the_panels_say_nothing_yet(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        fill(database, days=2, money=False)
    for path, times in (("/estimates", 3), ("/trading", 3)):
        answer = await ask(tmp_path, path)
        assert answer.status == 200
        assert text_of(answer.text).count("Nothing yet") == times


async def test_a_migrated_but_empty_database_gives_pages_and_a_finding(tmp_path: Path) -> None:
    migrated(tmp_path).close()
    for path in ("/", "/markets", "/estimates", "/trading"):
        answer = await ask(tmp_path, path)
        assert answer.status == 200
        assert "No cycle has run yet" in text_of(answer.text) or path != "/"


async def test_halts_are_told_on_the_trading_page_those_of_the_file_too(tmp_path: Path) -> None:
    with migrated(tmp_path) as database, database.write() as connection:
        connection.execute("INSERT INTO halts (market_id, reason, halted_at_utc) VALUES ('KXCPI-1', 'odd fill', ?)", (
            "2026-11-23T05:00:00Z",
        ))  # fmt: skip
    assert "Trading is halted in 1 market" in text_of((await ask(tmp_path, "/trading")).text)
    (tmp_path / "HALT").touch()
    seen = text_of((await ask(tmp_path, "/trading")).text)
    assert "Trading is halted KXCPI" not in seen
    assert f"The file {tmp_path}/HALT halts all trading" in seen
    assert "odd fill" in seen


def hostile(database: Database) -> str:
    """A market whose every text is an attack, with sizes beyond anything real; gives its title."""
    title = "</script><script>alert(1)</script> \"quotes\" 'too' & 🦊 <b>"
    market_id = 'KXEVIL-26"><script>alert(2)</script>'
    facts = {"title": title, "yes_sub_title": title, "rules_primary": title}
    seen = market(market_id, facts=facts, event_ticker="KXEVIL-26", result="yes", status="finalized")
    with database.write() as connection:
        markets.keep(connection, [record(market_id, facts=facts, event_ticker="KXEVIL-26")], now="2026-11-23T05:00:00Z")
        big = {"volume_hundredths": 10**14, "open_interest_hundredths": 10**14}
        row = snapshot(market_id, hour="2026-11-23T05:00:00Z", series_ticker="KXEVIL", event_ticker="KXEVIL-26", **big)
        snapshots.add(connection, [row])
        outcomes.keep(connection, [seen], source="live", now="2026-11-23T05:30:00Z")
        connection.execute("UPDATE cycles SET error = ? WHERE outcome = 'incomplete'", (title,))
        connection.execute("UPDATE snapshot_hours SET reason = ? WHERE status = 'partial'", (title,))
        connection.execute("UPDATE snapshot_walks SET walk = ? WHERE walk = 'KXU3'", (title,))
    return title


async def test_whatever_the_database_holds_is_text_on_every_page(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        fill(database)
        title = hostile(database)
    async with serving(site(tmp_path)) as address, aiohttp.ClientSession() as session:
        browser = Browser(session, address)
        listed = await browser.get("/markets?series=KXEVIL")
        link = re.search(r'href="(/market/KXEVIL[^"]*)"', listed.text)
        assert link is not None
        single = await browser.get(link[1])
        pages = [await browser.get("/"), listed, single, await browser.get("/markets?q=KXEVIL")]
    for page in pages:
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "<b>" not in page.text
    assert "1,000,000,000,000" in single.text
    assert title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")[:30] in single.text
    assert "🦊" in single.text


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


async def test_a_foreign_name_is_refused_so_that_no_other_site_can_read_through_a_browser(world: Path) -> None:
    async with (
        serving(site(world, allowed_hosts=("stats.example.org",))) as address,
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


async def test_health_is_503_and_says_which_and_since_when(world: Path) -> None:
    answer = await ask(world, "/health", now=END + dt.timedelta(days=3))
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
    world: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = site(world)

    def fail() -> NoReturn:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(broken, "health", fail)
    async with serving(broken) as address, aiohttp.ClientSession() as session:
        answer = await Browser(session, address).get("/")
    assert answer.status == 500
    assert "secret inside" not in answer.text
    assert [entry.message for entry in caplog.records] == ["internal_error"]

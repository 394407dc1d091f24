"""The monitor's pages from its real server on real files: what they tell, and that all of it is text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aiohttp
import pytest

from analyzer.report import calibration_report, stored_form
from kalshi_common.storage import markets, outcomes, score_reports, snapshots
from monitor.guard import HEADERS
from support.data_dir import market, migrated, record, snapshot
from support.forecast_world import World, at, plant
from support.monitor_site import Browser, ask, serving, site, text_of
from support.monitor_world import SERIES, fill

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


@pytest.fixture
async def browser(operated: Path) -> AsyncIterator[Browser]:
    async with serving(site(operated)) as address, aiohttp.ClientSession() as session:
        yield Browser(session, address)


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


async def test_scores_are_shown_with_their_verdict_and_the_figure_as_a_table(tmp_path: Path) -> None:
    with migrated(tmp_path) as database:
        plant(database, World(events=12))
        with database.write() as connection:
            report = calibration_report(connection, as_of=at(9999))
            score_reports.add(connection, stored_form(report), cycle_id=None, now=at(9999))
    seen = text_of((await ask(tmp_path, "/estimates")).text)
    assert "insufficient evidence, n=12 events" in seen
    assert "The figure as a table" in seen
    assert "gpt-5-mini, prompt v1" in seen

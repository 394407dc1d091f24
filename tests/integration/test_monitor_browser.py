"""The monitor's pages in a real Chromium: charts drawn, nothing blocked, no error, and room on a phone.

The screenshots lie in the test's temporary folder (`pytest --basetemp=FOLDER` keeps them where you can look).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from support.monitor_site import serving, site
from support.monitor_world import END

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import BrowserContext, Page, ViewportSize

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGES = {
    "overview": "/",
    "series": "/markets",
    "markets": "/markets?series=KXCPI",
    "market": "/market/KXCPI-26NOV-T0.3?days=7",
    "estimates": "/estimates",
    "trading": "/trading",
}
CHARTS = {"overview": 2, "market": 1, "estimates": 1, "trading": 1}
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}
FITTED = "[...document.querySelectorAll('.chart .main-svg')].every(chart => chart.clientWidth < innerWidth)"
DRAWN = "[...document.querySelectorAll('[data-figure]')].every(place => place.dataset.drawn)"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(operated: Path) -> AsyncIterator[str]:
    async with serving(site(operated)) as served:
        yield served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[BrowserContext]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("there is no chromium; run ops/test-tools.sh, these tests are never skipped")
    async with async_playwright() as playwright:
        # Without its sandbox, since tests may run as root; it opens nothing but our own pages.
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = await browser.new_context(viewport=DESK)
        context.set_default_timeout(60_000)
        yield context
        await browser.close()


class Visit:
    """One page opened: whatever the browser complained about, and what it asked for elsewhere."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self.hosts.add(request.url.partition("//")[2].partition("/")[0]))

    async def open(self, url: str) -> None:
        await self.page.goto(url)
        await self.until(DRAWN)

    async def until(self, expression: str, *, within_s: float = 60) -> None:
        """Ask until it is so. Playwright's own way of waiting evaluates text inside the page, which it forbids."""
        for _ in range(int(within_s * 20)):
            if await self.page.evaluate(expression):
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(expression)

    async def count(self, selector: str) -> int:
        found: int = await self.page.evaluate("selector => document.querySelectorAll(selector).length", selector)
        return found


async def visit(chromium: BrowserContext, url: str) -> Visit:
    opened = Visit(await chromium.new_page())
    await opened.open(url)
    return opened


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_drawn_without_complaint_in_light_dark_and_on_a_phone(
    chromium: BrowserContext, address: str, tmp_path: Path, name: str
) -> None:
    seen = await visit(chromium, address + PAGES[name])
    for look, window, scheme in (("light", DESK, "light"), ("dark", DESK, "dark"), ("phone", PHONE, "light")):
        await seen.page.emulate_media(color_scheme=scheme)
        await seen.page.set_viewport_size(window)
        fits = f"document.documentElement.scrollWidth === {window['width']} && {FITTED}"
        await seen.until(fits)
        await seen.page.screenshot(path=tmp_path / f"{name}-{look}.png", full_page=True)
    assert await seen.count(".chart .main-svg:first-child") == CHARTS.get(name, 0)
    assert seen.complaints == []
    assert seen.hosts == {address.partition("//")[2]}
    await seen.page.close()


async def test_what_is_wrong_stands_first_and_fits_a_phone(
    chromium: BrowserContext, operated: Path, tmp_path: Path
) -> None:
    async with serving(site(operated, now=END + dt.timedelta(hours=100))) as address:
        seen = await visit(chromium, address + "/")
        await seen.page.set_viewport_size(PHONE)
        await seen.until(f"document.documentElement.scrollWidth === {PHONE['width']}")
        await seen.page.screenshot(path=tmp_path / "findings.png")
        assert await seen.count("main > :first-child .findings li") == 2
        await seen.page.close()


async def test_the_heat_map_has_a_line_for_each_series_and_a_colour_for_each_state(
    chromium: BrowserContext, address: str
) -> None:
    seen = await visit(chromium, address + "/")
    assert await seen.count("[data-figure=coverage] .ytick") == 12
    assert await seen.count("[data-figure=coverage] .hm image") == 1
    band = await seen.page.evaluate("document.querySelector('[data-figure=coverage]')._fullData[0].colorscale[0][1]")
    assert band == "#cf5a48"


async def test_charts_take_the_colours_of_the_dark_page_when_it_turns_dark(
    chromium: BrowserContext, address: str
) -> None:
    seen = await visit(chromium, address + "/market/KXCPI-26NOV-T0.3")
    line = "document.querySelector('[data-figure=price]')._fullData[1].line.color"
    assert await seen.page.evaluate(line) == "#2f6f5e"
    await seen.page.emulate_media(color_scheme="dark")
    await seen.until(f"{line} === '#7cc4ab'")
    assert seen.complaints == []


async def test_pointing_at_a_chart_tells_the_figures_and_breaks_no_rule(chromium: BrowserContext, address: str) -> None:
    seen = await visit(chromium, address + "/market/KXCPI-26NOV-T0.3?days=7")
    box = await seen.page.locator("[data-figure=price] .plotly").first.bounding_box()
    assert box is not None
    await seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await seen.page.wait_for_selector("[data-figure=price] .hovertext, [data-figure=price] .legend .bg")
    await seen.until("document.querySelector('.hoverlayer').childElementCount > 0")
    assert seen.complaints == []


async def test_a_chart_is_told_to_a_reader_who_cannot_see_it_and_its_table_opens(
    chromium: BrowserContext, address: str
) -> None:
    seen = await visit(chromium, address + "/")
    assert "table below" in str(await seen.page.get_attribute("[data-figure=coverage]", "aria-label"))
    table = seen.page.locator("details", has_text="The same as a table").first
    assert not await table.locator("table").is_visible()
    await table.locator("summary").click()
    assert await table.locator("table").is_visible()
    assert "KXRECSSNBER" in await table.inner_text()


async def test_an_inline_script_that_got_into_the_page_would_be_blocked(chromium: BrowserContext, address: str) -> None:
    seen = await visit(chromium, address + "/")
    await seen.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.wasRun = true";
            document.body.append(script);
        }"""
    )
    assert await seen.page.evaluate("window.wasRun") is None
    assert any("Content Security Policy" in each for each in seen.complaints)


async def test_a_search_leads_from_the_form_to_a_market(chromium: BrowserContext, address: str) -> None:
    seen = await visit(chromium, address + "/markets")
    await seen.page.fill("input[name=q]", "kxgdp-26nov")
    await seen.page.click("button")
    await seen.page.click("text=KXGDP-26NOV-T0.2")
    await seen.until(DRAWN)
    assert seen.page.url.endswith("/market/KXGDP-26NOV-T0.2")
    assert seen.complaints == []

"""A market's price figure: the band, the line, what is missing and what was filled in."""

from __future__ import annotations

from kalshi_common.storage.market_pages import PriceRow
from monitor.figures.price import price_figure, runs


def row(hour: int, bid: int | None = 560_000, ask: int | None = 580_000, *, source: str = "observed") -> PriceRow:
    return PriceRow(f"2026-11-23T{hour:02}:00:00Z", source, bid, ask, 570_000, 0.57, 100, 100)


def test_the_band_goes_along_the_asks_and_back_along_the_bids() -> None:
    band = price_figure([row(0), row(1, 570_000, 600_000)])["data"][0]
    assert band["y"] == [0.58, 0.6, 0.57, 0.56, None]
    assert [hour and hour[11:13] for hour in band["x"]] == ["00", "01", "01", "00", None]


def test_a_missing_hour_breaks_the_line_and_the_band() -> None:
    figure = price_figure([row(0), row(1), row(4)])
    band, line = figure["data"]
    assert line["y"] == [0.57, 0.57, None, 0.57, None]
    assert band["y"].count(None) == 2
    assert [len(run) for run in runs([row(0), row(1), row(4)])] == [2, 1]


def test_a_side_that_is_missing_or_no_price_has_no_band_but_keeps_its_point() -> None:
    for bid, ask in ((None, 580_000), (560_000, None), (0, 580_000), (560_000, 1_000_000), (600_000, 500_000)):
        band, line = price_figure([row(0, bid, ask)])["data"]
        assert band["y"] == []
        assert line["y"] == [0.57, None]


def test_rows_from_candlesticks_are_a_trace_of_their_own() -> None:
    figure = price_figure([row(0), row(1, source="candle_60"), row(2)])
    assert [trace["name"] for trace in figure["data"]] == ["bid to ask", "implied probability", "from candlesticks"]
    assert figure["data"][2]["x"] == ["2026-11-23T01:00:00Z"]
    assert len(price_figure([row(0)])["data"]) == 2


def test_a_few_rows_are_shown_as_dots_too() -> None:
    assert price_figure([row(0)])["data"][1]["mode"] == "lines+markers"
    assert price_figure([row(hour % 24) for hour in range(40)])["data"][1]["mode"] == "lines"

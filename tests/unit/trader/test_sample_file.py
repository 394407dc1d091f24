"""The shipped file for trading on paper."""

from __future__ import annotations

import json

from kalshi_common.config import load_settings
from kalshi_common.knobs import MACRO_SERIES, TradeKnobs
from support.processes import ROOT

PATH = ROOT / "config" / "trade-paper.json"


def test_it_spells_out_every_default_of_trading_and_stores_the_books_of_every_macro_series() -> None:
    settings = load_settings(PATH, {})
    assert settings.trade == TradeKnobs()
    assert list(json.loads(PATH.read_text(encoding="utf-8"))["trade"]) == list(TradeKnobs.model_fields)
    assert settings.collect.orderbook_series == tuple(series for listed in MACRO_SERIES.values() for series in listed)

"""Sizes of real candidates, levels and exact fees included, against trying every combination of whole lots."""

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING, Any

import pytest

from kalshi_common.domain.kelly import outcome_probabilities
from kalshi_common.domain.money import DOLLAR
from kalshi_common.knobs import TradeKnobs
from kalshi_common.storage.trade_inputs import MarketInput
from support.data_dir import HOUR, NOW
from trader.candidate import Candidate, both_sides, deal, marginal_cost
from trader.sizing import better_side, wanted_sizes

if TYPE_CHECKING:
    from kalshi_common.domain.order import Side

KNOBS = TradeKnobs(kelly_multiplier=1.0, fee_rounding="direct")
BANKROLL = 30
CENT_GRID = '[{"start":"0.0000","end":"1.0000","step":"0.0100"}]'


def market(name: str, probability: float, *, bid: int, ask: int, sizes: tuple[int, int]) -> MarketInput:
    """A market of one exclusive event, its book two levels deep on either side; prices in cents, sizes in contracts."""

    def levels(best: int) -> str:
        rows = [f'["0.{best - deeper:02}","{size}.00"]' for deeper, size in ((1, sizes[1]), (0, sizes[0]))]
        return f"[{','.join(rows)}]"

    book = f'{{"yes_dollars":{levels(bid)},"no_dollars":{levels(100 - ask)}}}'
    facts: dict[str, Any] = {
        "market_id": name, "snapshot_hour_utc": HOUR, "series_ticker": "KXA", "event_ticker": "KXA-1",
        "macro_event_type": "cpi", "status": "active", "yes_bid_microdollars": None, "yes_bid_size_hundredths": None,
        "yes_ask_microdollars": None, "yes_ask_size_hundredths": None, "close_time_utc": None, "seen_at_utc": NOW,
        "book_json": f'{{"ticker":"{name}","orderbook_fp":{book}}}', "book_seen_at_utc": NOW, "market_type": "binary",
        "price_ranges": CENT_GRID, "is_exclusive": 1, "event_json": "{}", "fee_type": "quadratic",
        "fee_multiplier": "1",
        "estimate_id": 1, "model": "m", "prompt_version": "v1", "probability": probability,
        "estimate_observed_at_utc": NOW,
    }  # fmt: skip
    return MarketInput(**facts)


def worth_buying(*markets: MarketInput) -> list[Candidate]:
    sides = [side for one in markets for side in both_sides(one)]
    return better_side([one for one in sides if marginal_cost(one, one.offers[0].price) < one.value])


def growth(candidates: list[Candidate], lots: tuple[int, ...]) -> float:
    """The expected log wealth of buying these whole contracts at what they exactly cost."""
    deals = [deal(one, size * 100, KNOBS) if size else None for one, size in zip(candidates, lots, strict=True)]
    paid = sum(
        size * (one.value - made.edge) / DOLLAR
        for one, size, made in zip(candidates, lots, deals, strict=True)
        if made is not None
    )
    total = 0.0
    probabilities = outcome_probabilities([one.market.probability for one in candidates])
    for outcome, probability in enumerate(probabilities):
        won = sum(
            size
            for place, (one, size) in enumerate(zip(candidates, lots, strict=True))
            if (place == outcome) == (one.side == "yes")
        )
        wealth = BANKROLL - paid + won
        if wealth <= 0:
            return -math.inf
        total += probability * math.log(wealth)
    return total


@pytest.mark.parametrize("seed", range(10))
def test_sizes_are_the_best_combination_of_whole_lots_within_a_lot_and_prices_within_a_tick(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # a made-up event
    chances = [draw.uniform(0.15, 0.45) for _ in range(2)]
    markets = []
    for place, chance in enumerate(chances):
        mid = round(chance * 100) + draw.choice([-8, -6, 6, 8])
        sizes = (draw.choice([4, 40]), draw.choice([10, 60]))
        markets.append(market(f"KXA-1-{place}", chance, bid=mid - 1, ask=mid + 1, sizes=sizes))
    candidates = worth_buying(*markets)
    assert len(candidates) == 2
    wanted = wanted_sizes(candidates, bankroll=BANKROLL * DOLLAR, held={}, elsewhere={}, knobs=KNOBS)
    sizes = tuple(wanted[one.market.market_id, one.side] // 100 for one in candidates)
    most = [
        min(size + 5, sum(level.size for level in one.offers) // 100)
        for size, one in zip(sizes, candidates, strict=True)
    ]
    best = max(itertools.product(*(range(each + 1) for each in most)), key=lambda lots: growth(candidates, lots))
    for one, ours, theirs in zip(candidates, sizes, best, strict=True):
        assert abs(ours - theirs) <= 1, (sizes, best)
        if ours and theirs:
            assert abs(deal(one, ours * 100, KNOBS).price - deal(one, theirs * 100, KNOBS).price) <= 10_000


def test_a_size_never_passes_what_is_offered_and_comes_in_whole_lots() -> None:
    [one] = worth_buying(market("KXA-1-0", 0.9, bid=20, ask=22, sizes=(3, 4)))
    for lot, size in ((100, 700), (300, 600), (1000, 0)):
        knobs = KNOBS.model_copy(update={"lot_hundredths": lot})
        assert wanted_sizes([one], bankroll=10**12, held={}, elsewhere={}, knobs=knobs) == {("KXA-1-0", "yes"): size}


@pytest.mark.parametrize(("side", "probability"), [("yes", 0.6), ("no", 0.2)])
def test_of_a_crossed_book_only_the_better_side_is_kept(side: Side, probability: float) -> None:
    crossed = market("KXA-1-0", probability, bid=45, ask=35, sizes=(10, 10))
    assert [one.side for one in worth_buying(crossed)] == [side]

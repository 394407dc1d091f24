"""From candidates to signals: what is bought, how much, and every reason why not. Pure: it reads and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.hour import parse_utc
from kalshi_common.domain.kelly import kelly_fraction
from kalshi_common.domain.money import DOLLAR, Hundredths, MicroDollars
from kalshi_common.storage.trade_inputs import Pending
from trader.candidate import Candidate, Deal, deal, marginal_cost
from trader.evidence import Forecaster
from trader.limits import LIMITS, Evidence, Facts, Limit, Refusal, refusals, room
from trader.limits.facts import micro
from trader.limits.freshness import FRESHNESS
from trader.limits.permission import PERMISSION
from trader.sizing import better_side, wanted_sizes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from kalshi_common.domain.order import Side, Venue
    from kalshi_common.knobs_trade import TradeKnobs
    from trader.standing import Standing

_NOTHING = Deal(size=0, price=0, fee=0, edge=0, most=0, depth=0)


class Conditions(NamedTuple):
    """What holds for every market of a cycle. `halted` and `unresolved` are asked by market."""

    venue: Venue
    now: dt.datetime
    trading_paused: str | None
    evidence: Mapping[Forecaster, Evidence]
    halted: Callable[[str], str | None]
    unresolved: Mapping[str, str]


class Signal(NamedTuple):
    """A candidate judged. With a `deal` it is taken; `reasons` are then why it was made smaller, else why refused."""

    candidate: Candidate
    shown: Deal
    """The numbers it was judged by, those of the deal if there is one."""
    kelly: float
    wanted: Hundredths
    """Beside the others and what is held; of one refused before that was asked, alone."""
    deal: Deal | None
    reasons: tuple[Refusal, ...]


@dataclass
class Judge:
    """Judges a cycle's candidates one by one; each that is taken leaves less room for the next."""

    standing: Standing
    conditions: Conditions
    knobs: TradeKnobs
    limits: Sequence[Limit] = LIMITS

    def signals(self, candidates: Sequence[Candidate]) -> list[Signal]:
        """Judge all candidates; the signals come in the order in which they are to be placed, refused ones last."""
        looked = [self._first_look(candidate) for candidate in candidates]
        looked = [_worth_taking(signal, self.knobs) for signal in looked]
        sound = better_side([signal.candidate for signal in looked if not signal.reasons])
        wanted = wanted_sizes(
            sound,
            bankroll=self.standing.equity,
            held=dict(self.standing.held),
            elsewhere=self._elsewhere(sound),
            knobs=self.knobs,
        )
        keys = {(one.market.market_id, one.side) for one in sound}
        refused = [signal for signal in looked if _key(signal) not in keys]
        kept = [signal for signal in looked if _key(signal) in keys]
        kept.sort(key=lambda signal: (-signal.shown.edge * wanted[_key(signal)], _key(signal)))
        judged = [self._size(signal, wanted[_key(signal)]) for signal in kept]
        crossed = [_crossed(signal) if not signal.reasons else signal for signal in refused]
        return sorted([*judged, *crossed], key=lambda signal: signal.deal is None)

    def _first_look(self, candidate: Candidate) -> Signal:
        """Judge a candidate by one lot of it, before anything is known of the others."""
        if candidate.problems:
            # Without a price only what needs none can be asked.
            unpriced = [limit for limit in self.limits if limit in {*PERMISSION, *FRESHNESS}]
            found = refusals(self._facts(candidate, _NOTHING), self.knobs, unpriced)
            return Signal(candidate, _NOTHING, 0.0, 0, None, (*candidate.problems, *found))
        best = candidate.offers[0].price
        margin = marginal_cost(candidate, best)
        lot = min(self.knobs.lot_hundredths, sum(level.size for level in candidate.offers))
        # Rounding weighs on a single lot as on no order, so edge and fee are those of one more contract among many.
        fee = (margin - best) * lot // 100
        one = deal(candidate, lot, self.knobs)._replace(edge=candidate.value - margin, fee=fee)
        reasons = tuple(refusals(self._facts(candidate, one), self.knobs, self.limits))
        if not reasons and one.edge <= 0:
            reasons = (Refusal("no_edge", "it costs at least what it is expected to pay"),)
        kelly = kelly_fraction(candidate.probability, margin / DOLLAR)
        return Signal(candidate, one, kelly, self._alone(kelly, margin), None, reasons)

    def _elsewhere(self, sound: Sequence[Candidate]) -> dict[str, MicroDollars]:
        """Sum, by event, what is at risk in its markets that are no candidates in this cycle."""
        left = dict(self.standing.by_event)
        for one in sound:
            left[one.market.event_ticker] = (
                left.get(one.market.event_ticker, 0) - self.standing.by_market[one.market.market_id]
            )
        return left

    def _alone(self, kelly: float, margin: MicroDollars) -> Hundredths:
        """Give what would be wanted of a candidate if it were the only one and nothing were held, in whole lots."""
        stake = kelly * self.knobs.kelly_multiplier * max(self.standing.equity, 0)
        return int(stake / margin * 100) // self.knobs.lot_hundredths * self.knobs.lot_hundredths

    def _size(self, signal: Signal, wanted: Hundredths) -> Signal:
        """Fit a sound candidate into the room that is left, and ask every limit again about the very order."""
        candidate, lot = signal.candidate, self.knobs.lot_hundredths
        signal = signal._replace(wanted=wanted)
        if wanted < lot:
            have = self.standing.held[candidate.market.market_id] / 100
            why = f"Kelly wants less than one more lot ({have:+g} net yes contracts are held or ordered)"
            return signal._replace(reasons=(Refusal("kelly", why),))
        most, name = room(self._facts(candidate, _NOTHING), self.knobs, self.limits)
        fitting = self._largest(candidate, wanted, most)
        made = deal(candidate, fitting or lot, self.knobs)
        reasons = tuple(refusals(self._facts(candidate, made), self.knobs, self.limits))
        if reasons:
            return signal._replace(shown=made, reasons=reasons)
        self.standing.take(_as_pending(candidate, made))
        smaller = f"made smaller, from {wanted / 100:g} to {made.size / 100:g} contracts"
        return signal._replace(shown=made, deal=made, reasons=(Refusal(name, smaller),) if made.size < wanted else ())

    def _largest(self, candidate: Candidate, wanted: Hundredths, most: MicroDollars) -> Hundredths:
        """Give the largest number of lots that costs no more than `most`, as hundredths; the cost only ever rises."""
        low, high = 0, wanted // self.knobs.lot_hundredths
        while low < high:
            middle = (low + high + 1) // 2
            if deal(candidate, middle * self.knobs.lot_hundredths, self.knobs).most <= most:
                low = middle
            else:
                high = middle - 1
        return low * self.knobs.lot_hundredths

    def _facts(self, candidate: Candidate, made: Deal) -> Facts:
        market, now, standing = candidate.market, self.conditions.now, self.standing
        return Facts(
            venue=self.conditions.venue,
            price=made.price,
            cost=made.most,
            edge=made.edge,
            mid=candidate.mid,
            spread=candidate.quoted.book.spread(),
            depth=made.depth,
            on_tick=candidate.grid.holds(made.price, candidate.side),
            market_status=market.status,
            snapshot_age_s=_since(candidate.quoted.seen_at_utc, now),
            estimate_age_s=_since(market.estimate_observed_at_utc, now),
            seconds_to_close=None if market.close_time_utc is None else -_since(market.close_time_utc, now),
            trading_paused=self.conditions.trading_paused,
            halted=self.conditions.halted(market.market_id),
            unresolved=self.conditions.unresolved.get(market.market_id),
            evidence=self.conditions.evidence.get(Forecaster(market.model, market.prompt_version)),
            at_risk_market=standing.by_market[market.market_id],
            at_risk_event=standing.by_event[market.event_ticker],
            at_risk_macro_type=standing.by_macro_type[market.macro_event_type],
            cash=standing.cash,
            open_orders=standing.open_orders,
            spent_today=standing.spent_today,
            lost_today=standing.lost_today,
            drawdown=standing.drawdown,
        )


def _worth_taking(signal: Signal, knobs: TradeKnobs) -> Signal:
    """Leave out of a sound candidate's book what is beyond the collar, or has less than the least edge by itself.

    A smaller order is better than a refused one, and no contract may hide behind the edge of a cheaper one.
    """
    candidate, mid = signal.candidate, signal.candidate.mid
    if signal.reasons or mid is None:
        return signal
    most, dearest = mid + micro(knobs.price_collar), candidate.value - micro(knobs.min_edge)
    offers = tuple(
        level for level in candidate.offers if level.price <= most and marginal_cost(candidate, level.price) <= dearest
    )
    return signal._replace(candidate=candidate._replace(offers=offers))


def _crossed(signal: Signal) -> Signal:
    why = "both its sides look worth buying, so its book is crossed; the other side gains more"
    return signal._replace(reasons=(Refusal("crossed_book", why),))


def _as_pending(candidate: Candidate, made: Deal) -> Pending:
    market = candidate.market
    names = (market.market_id, market.event_ticker, market.macro_event_type)
    return Pending(*names, candidate.side, made.size, made.most)


def _key(signal: Signal) -> tuple[str, Side]:
    return signal.candidate.market.market_id, signal.candidate.side


def _since(moment: str, now: dt.datetime) -> float:
    return (now - parse_utc(moment)).total_seconds()

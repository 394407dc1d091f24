"""What a trade cycle did, gathered as it goes and told in the report and the summary line. It decides nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from trader.limits.facts import usd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kalshi_common.domain.order import Fill, OrderIntent, Placement
    from kalshi_common.report import CycleReport
    from kalshi_common.storage.equity import EquityRecord
    from trader.consent import Consent
    from trader.signals import Signal
    from trader.venue import OpenVenue

_CONTRACT = 100


class Tally:
    """Counts a cycle's funnel: candidates, taken, placed, filled; and every refusal by its check."""

    def __init__(self, report: CycleReport, consent: Consent) -> None:
        self.report, self.consent = report, consent
        self.placed: list[tuple[OrderIntent, Placement]] = []
        self.fills: list[Fill] = []
        self.halts: list[str] = []
        self._signals: Sequence[Signal] = ()
        self._left = 0
        if consent.doubt:
            report.warnings.append(consent.doubt)
        self._equity: EquityRecord | None = None

    def opened(self, venue: OpenVenue) -> None:
        """Note what the venue had to say before anything was decided; differences fail the cycle."""
        self.fills += venue.fills
        self.report.errors += [f"nothing is traded until this is explained: {each}" for each in venue.differences]
        for market, name in venue.unresolved.items():
            self.report.errors.append(f"{market} is blocked: the outcome of {name} is not known")
        if venue.trading_paused:
            self.report.warnings.append(venue.trading_paused)

    def decided(self, signals: Sequence[Signal]) -> None:
        """Note the cycle's signals."""
        self._signals = signals
        self.report.scanned = len({signal.candidate.market.market_id for signal in signals})
        halts = (reason.why for signal in signals for reason in signal.reasons if reason.check == "kill_switch")
        self.halts += dict.fromkeys(halts)

    def came(self, intent: OrderIntent, placement: Placement) -> None:
        """Note what came of an intent."""
        self.placed.append((intent, placement))
        self.fills += placement.fills
        sentence = f"{intent.market_id} {intent.side}: {placement.reason}"
        if placement.state == "unknown":
            self.report.errors.append(f"the outcome of an order is not known, its market is blocked: {sentence}")
        elif placement.state in {"rejected", "abandoned"}:
            self.report.warnings.append(f"{placement.state}: {sentence}")

    def stopped(self, reason: str | None) -> str | None:
        """Note what the kill switch said right before an order, and give it back."""
        if reason is not None and reason not in self.halts:
            self.halts.append(reason)
        return reason

    def left(self, many: int) -> None:
        """Note how many orders were not placed any more, for the cycle was asked to end."""
        self._left = many

    def worth(self, record: EquityRecord) -> None:
        """Note what the venue is worth in the end."""
        self._equity = record

    def tell(self) -> None:
        """Write everything into the report."""
        taken = [signal for signal in self._signals if signal.deal]
        accepted = [placement for _, placement in self.placed if placement.state == "accepted"]
        self.report.inserted = len(accepted)
        self.report.headline = {
            "venue": self.consent.venue,
            "candidates": len(self._signals),
            "orders": len(accepted),
            "filled": sum(placement.filled_hundredths > 0 for placement in accepted),
        }
        self.report.details |= {
            "venue": self.consent.banner,
            "funnel": {
                "candidates": len(self._signals),
                "taken": len(taken),
                "placed": len(self.placed),
                "accepted": len(accepted),
                "filled": self.report.headline["filled"],
                "not_placed_any_more": self._left,
            },
            "refusals": dict(self._refusals().most_common()),
            "orders": [_order(intent, placement) for intent, placement in self.placed],
            "halts": self.halts,
            "equity": self._equity and self._equity._asdict(),
        }

    def _refusals(self) -> Counter[str]:
        return Counter(reason.check for signal in self._signals if not signal.deal for reason in signal.reasons)


def _order(intent: OrderIntent, placement: Placement) -> dict[str, Any]:
    return {
        "market": intent.market_id,
        "side": intent.side,
        "contracts": intent.count_hundredths / _CONTRACT,
        "price": usd(intent.price_microdollars),
        "state": placement.state,
        "status": placement.status,
        "filled": placement.filled_hundredths / _CONTRACT,
        "reason": placement.reason,
    }

"""The paper broker: intents are filled from the stored book, at no price nobody offered. It stores nothing.

It takes what the newest stored book shows and our orders since have left. The rest of an immediate order is canceled;
any other rests until a later book is seen to trade through its price (`paper_account`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kalshi_common.domain.book import Level, walk
from kalshi_common.domain.fees import BALANCE_STEPS, Execution, FeeTerms, order_fees
from kalshi_common.domain.hour import utc_text
from kalshi_common.domain.order import Fill, OrderIntent, OrderStatus, Placement
from kalshi_common.errors import UnexpectedAnswerError
from kalshi_common.storage import trade_inputs
from trader.candidate import quoted, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kalshi_common.clock import Clock
    from kalshi_common.storage.database import Database
    from kalshi_common.storage.trade_inputs import Taken

ORDER_PREFIX = "paper-"
TRADING = "active"


class PaperBroker:
    """Fills orders from the database's own books. `fee_rounding` is the knob of that name."""

    def __init__(self, database: Database, clock: Clock, *, fee_rounding: str) -> None:
        self._database, self._clock = database, clock
        self._balance_step = BALANCE_STEPS[fee_rounding]

    async def ready(self) -> None:
        """Need nothing."""

    async def place(self, intent: OrderIntent) -> Placement:
        """Fill what the newest book offers at the intent's price or cheaper."""
        with self._database.read() as connection:
            book = trade_inputs.newest_books(connection, [intent.market_id]).get(intent.market_id)
            if book is None or book.status != TRADING:
                return Placement("rejected", f"the market is {book.status if book else 'not known'}, not {TRADING}")
            try:
                seen = quoted(book)
                terms = terms_of(book.fee_type, book.fee_multiplier, book.event_json)
            except (ValueError, UnexpectedAnswerError) as error:
                return Placement("rejected", f"it cannot be filled on paper: {error}")
            taken = trade_inputs.taken_since(connection, "paper", intent.market_id, intent.side, seen.seen_at_utc)
        return self._filled(intent, left_of(seen.book.offers(intent.side), taken), terms)

    async def cancel_all(self, order_ids: Sequence[str]) -> list[str]:
        """Cancel resting orders; on paper nothing stands against that."""
        return list(order_ids)

    def _filled(self, intent: OrderIntent, offers: Sequence[Level], terms: FeeTerms) -> Placement:
        got = walk(offers, intent.count_hundredths, limit=intent.price_microdollars)
        filled = sum(level.size for level in got)
        if intent.time_in_force == "fill_or_kill" and filled < intent.count_hundredths:
            got, filled = [], 0
        fees = order_fees(terms, [Execution(*level) for level in got], balance_step=self._balance_step)
        order_id = ORDER_PREFIX + intent.client_order_id
        now = utc_text(self._clock.now())
        left = intent.count_hundredths - filled
        rests = left > 0 and intent.time_in_force == "good_till_canceled"
        status: OrderStatus = "resting" if rests else "canceled" if left else "executed"
        return Placement(
            "accepted",
            order_id=order_id,
            status=status,
            filled_hundredths=filled,
            remaining_hundredths=left if rests else 0,
            fills=tuple(
                paper_fill(intent, order_id, number, level, fee.net, now=now, is_taker=True)
                for number, (level, fee) in enumerate(zip(got, fees, strict=True))
            ),
        )


def paper_fill(  # noqa: PLR0913 - the parts of a fill
    intent: OrderIntent, order_id: str, number: int, level: Level, fee: int, *, now: str, is_taker: bool
) -> Fill:
    """Make an order's fill number `number`."""
    return Fill(
        f"{order_id}/{number}",
        order_id,
        intent.intent_id,
        intent.venue,
        intent.market_id,
        intent.side,
        level.size,
        level.price,
        fee,
        is_taker=is_taker,
        filled_at_utc=now,
    )


def left_of(offers: Iterable[Level], taken: Iterable[Taken]) -> list[Level]:
    """Give the offers, cheapest first, without what our own orders took of them; the stored book still shows that."""
    left = dict(offers)
    for price, size, is_taker in taken:
        owed = size
        for at in sorted(left):
            if at == price if is_taker else at < price:
                part = min(left[at], owed)
                left[at] -= part
                owed -= part
    return [Level(price, left[price]) for price in sorted(left) if left[price] > 0]

"""What a venue is worth: cash, and positions marked at the best bid of the side held. It values; it trades nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kalshi_common.domain.money import DOLLAR, MicroDollars
from kalshi_common.errors import UnexpectedAnswerError
from kalshi_common.storage import equity, positions, trade_inputs
from trader.candidate import quoted
from trader.limits.facts import micro

if TYPE_CHECKING:
    import sqlite3

    from kalshi_common.domain.order import Side, Venue
    from kalshi_common.storage.positions import PositionRecord
    from kalshi_common.storage.trade_inputs import BookInput, FinalOutcome

_CONTRACT = 100


class Marked(NamedTuple):
    """A position and its mark: the price of one contract of the side held, and what the whole position is worth."""

    position: PositionRecord
    mark: MicroDollars
    value: MicroDollars

    @property
    def unrealized(self) -> MicroDollars:
        """What selling at the mark would earn over the cost; entry fees stand in the position's fees."""
        return self.value - self.position.cost_microdollars


def mark(position: PositionRecord, book: BookInput | None, outcome: FinalOutcome | None) -> Marked:
    """Mark a position at what its market is known to pay, else at the best bid of its side, else at nothing."""
    side: Side = "yes" if position.position_hundredths > 0 else "no"
    price = 0
    if outcome is not None and outcome.yes_value_microdollars is not None:
        price = outcome.yes_value_microdollars if side == "yes" else DOLLAR - outcome.yes_value_microdollars
    elif book is not None:
        try:
            bids = quoted(book).book.bids(side)
            price = bids[0].price if bids else 0
        except UnexpectedAnswerError:
            price = 0  # an unreadable book is worth no more than an empty one
    return Marked(position, price, abs(position.position_hundredths) * price // _CONTRACT)


def marked_positions(connection: sqlite3.Connection, venue: Venue) -> list[Marked]:
    """Mark every position of a venue, closed ones included, by the newest books and known outcomes."""
    every = positions.every(connection, venue)
    held = [one.market_id for one in every if one.position_hundredths]
    books = trade_inputs.newest_books(connection, held)
    outcomes = trade_inputs.outcomes_of(connection, held)
    return [mark(one, books.get(one.market_id), outcomes.get(one.market_id)) for one in every]


def paper_cash(connection: sqlite3.Connection, bankroll: float) -> MicroDollars:
    """Give the paper account's cash: what it began with and what all its trading has brought in."""
    return micro(bankroll) + positions.cash_flow(connection, "paper")


def equity_of(connection: sqlite3.Connection, venue: Venue, hour: str, *, cash: MicroDollars) -> equity.EquityRecord:
    """Value a venue at an hour; exposure is the most its positions can still lose, which is what they cost."""
    marked = marked_positions(connection, venue)
    worth = sum(one.value for one in marked)
    total = cash + worth
    highest = max(total, equity.peak(connection, venue) or total)
    exposure = sum(one.position.cost_microdollars for one in marked)
    return equity.EquityRecord(venue, hour, cash, exposure, worth, total, highest)

"""One side of one market as it could be bought now: its book, its fees, its worth. It decides nothing about limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

from kalshi_common.domain.book import Book, Level, book_of_quote, offered, walk
from kalshi_common.domain.fees import BALANCE_STEPS, Execution, FeeTerms, cost, fee_terms, marginal_fee, total_fee
from kalshi_common.domain.money import DOLLAR, Hundredths, MicroDollars
from kalshi_common.domain.tick import TickGrid
from kalshi_common.errors import UnexpectedAnswerError
from kalshi_common.exchange.wire_stored import stored_book, stored_fee_override, stored_ticks
from trader.limits import Refusal

if TYPE_CHECKING:
    from kalshi_common.domain.order import Side
    from kalshi_common.knobs_trade import TradeKnobs
    from kalshi_common.storage.trade_inputs import BookInput, MarketInput

_CONTRACT = 100


class Quoted(NamedTuple):
    """A market's prices as last seen: a whole book, or the best bid and offer of the quote."""

    book: Book
    source: Literal["orderbook", "quotes"]
    seen_at_utc: str


class Candidate(NamedTuple):
    """A side of a market. `problems` are why it cannot even be priced; then `terms` may be None or `offers` empty."""

    market: MarketInput
    side: Side
    quoted: Quoted
    offers: tuple[Level, ...]
    terms: FeeTerms | None
    grid: TickGrid
    problems: tuple[Refusal, ...]

    @property
    def probability(self) -> float:
        """Our estimate that this side wins."""
        yes = self.market.probability
        return yes if self.side == "yes" else 1 - yes

    @property
    def value(self) -> MicroDollars:
        """What a contract of this side is expected to pay, rounded down."""
        return math.floor(self.probability * DOLLAR)

    @property
    def mid(self) -> MicroDollars | None:
        """The middle between what is bid for this side and what it is offered at."""
        bids = self.quoted.book.bids(self.side)
        return (bids[0].price + self.offers[0].price) // 2 if bids and self.offers else None


class Deal(NamedTuple):
    """What buying a size of a candidate means: the worst price, and the exact money along the book as it was seen."""

    size: Hundredths
    price: MicroDollars
    """Of the dearest level that is needed: the limit of the order."""
    fee: MicroDollars
    """Of the whole order, filled along the book."""
    edge: MicroDollars
    """A contract, on the average over the fills, rounded down."""
    most: MicroDollars
    """What the order can cost at worst: all of it at its limit."""
    depth: Hundredths

    @property
    def fee_each(self) -> MicroDollars:
        """The fee a contract, rounded up."""
        return -(-self.fee * _CONTRACT // self.size)


def quoted(row: MarketInput | BookInput) -> Quoted:
    """Read the book of the row's hour where one was stored, else its quote.

    Raises:
        UnexpectedAnswerError: the stored book cannot be read.
    """
    if row.book_json is not None and row.book_seen_at_utc is not None:
        return Quoted(stored_book(row.book_json), "orderbook", row.book_seen_at_utc)
    book = book_of_quote(
        yes_bid=row.yes_bid_microdollars,
        yes_bid_size=row.yes_bid_size_hundredths,
        yes_ask=row.yes_ask_microdollars,
        yes_ask_size=row.yes_ask_size_hundredths,
    )
    return Quoted(book, "quotes", row.seen_at_utc)


def terms_of(fee_type: str | None, multiplier: str | None, event_json: str | None) -> FeeTerms:
    """Give a market's fee terms from the stored facts of its series and event.

    Raises:
        ValueError: they are not known, or no formula is published for them.
        UnexpectedAnswerError: the stored event cannot be read.
    """
    override = stored_fee_override(event_json)
    return fee_terms(fee_type, multiplier, type_override=override.fee_type, multiplier_override=override.multiplier)


def both_sides(market: MarketInput) -> tuple[Candidate, Candidate]:
    """Price a market's two sides; whatever is missing or cannot be read becomes a problem that says so."""
    problems: list[Refusal] = []
    seen = Quoted(Book(), "quotes", market.seen_at_utc)
    grid, terms = TickGrid(), None
    try:
        seen, grid = quoted(market), stored_ticks(market.price_ranges)
        terms = terms_of(market.fee_type, market.fee_multiplier, market.event_json)
    except UnexpectedAnswerError as error:
        problems.append(Refusal("stored_facts", str(error)))
    except ValueError as error:
        problems.append(Refusal("fee_terms", str(error)))
    if market.market_type != "binary":
        problems.append(Refusal("market_type", f"it is a {market.market_type or 'market of unknown type'}, not binary"))
    shared = (market, seen, grid, terms, tuple(problems))
    return _side("yes", *shared), _side("no", *shared)


def _side(  # noqa: PLR0913, PLR0917 - what the two sides of a market share
    side: Side,
    market: MarketInput,
    seen: Quoted,
    grid: TickGrid,
    terms: FeeTerms | None,
    problems: tuple[Refusal, ...],
) -> Candidate:
    offers = seen.book.offers(side)
    none = () if offers else (Refusal("no_offer", f"nobody offers {side} in the {seen.source} seen"),)
    return Candidate(market, side, seen, offers, terms, grid, (*problems, *none))


def marginal_cost(candidate: Candidate, price: MicroDollars) -> MicroDollars:
    """Give what one more contract costs at a price among many, fee in it."""
    return price + marginal_fee(_known(candidate), price)


def deal(candidate: Candidate, size: Hundredths, knobs: TradeKnobs) -> Deal:
    """Reckon buying `size`; it must not be more than is offered, and the candidate must have no problems."""
    terms, step = _known(candidate), BALANCE_STEPS[knobs.fee_rounding]
    fills = walk(candidate.offers, size, limit=DOLLAR)
    price = fills[-1].price
    fee = total_fee(terms, [Execution(*fill) for fill in fills], balance_step=step)
    paid = sum(cost(*fill) for fill in fills) + fee
    worst = total_fee(terms, [Execution(price, size)], balance_step=step)
    return Deal(
        size=size,
        price=price,
        fee=fee,
        edge=candidate.value - -(-paid * _CONTRACT // size),
        most=cost(price, size) + max(fee, worst),
        depth=offered(candidate.offers, limit=price),
    )


def _known(candidate: Candidate) -> FeeTerms:
    if candidate.terms is None:
        raise ValueError(f"{candidate.market.market_id} has no fee terms, so nothing of it can be reckoned")
    return candidate.terms

"""The simulated member's account: takes orders, fills and cancels them as the world moves. It writes no JSON.

There is one member; every registered key is theirs. What happened keeps its time, so that the past can be shown: the
reads lag behind by `read_lag_s`, as `user_data_timestamp` says.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from simulator.answers import ApiError, bad_request, not_found
from simulator.market import Status, number
from simulator.matching import Crowd, Take
from simulator.orders import BID, FOK, GTC, Fill, Group, Holding, OrderWish, SimOrder, holding
from simulator.orders_fees import OTHER, charged, trade_fee
from simulator.orders_parse import on_grid
from simulator.price import DOLLAR

if TYPE_CHECKING:
    from simulator.market import SimMarket
    from simulator.world import World

OPENING: Final = 1_000_000_000
"""What the member has to begin with, in micro-dollars."""
WHILE_OPEN, EVER = "while_open", "ever"
"""When a known `client_order_id` is refused: while its first order rests, or for good. No source tells which holds."""


class Account:
    """Orders in the order of acceptance, and the knobs of what no source proves about the real exchange."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.crowd = Crowd()
        self.orders: dict[str, SimOrder] = {}
        self.groups: dict[str, Group] = {}
        self.late: list[tuple[int, OrderWish]] = []
        self.opening = OPENING
        self.read_lag_s = 0
        self.late_s = 5
        self.duplicates = WHILE_OPEN
        self.balance_step = OTHER
        self.reserves = True
        """Whether the balance shown leaves out what resting orders may cost."""
        self.trading_paused = False
        self.largest_page = 1000
        self._by_client_id: dict[str, list[SimOrder]] = {}
        self._resting: dict[str, SimOrder] = {}
        self._fills: dict[str, list[tuple[str, Fill]]] = {}

    def advance(self) -> int:
        """Let everything happen that is due by now; return the moment."""
        moment = self.world.moment()
        due = [(at, wish) for at, wish in self.late if at <= moment]
        self.late = [(at, wish) for at, wish in self.late if at > moment]
        for at, wish in due:
            try:
                self._place(wish, at)
            except ApiError:
                continue
        for order in list(self._resting.values()):
            self._live(order, self.world.markets[order.wish.ticker], moment)
        return moment

    def place(self, wish: OrderWish) -> SimOrder:
        """Accept an order and match it.

        Raises:
            ApiError: 400, 404 or 409, saying why it is refused; nothing has changed.
        """
        return self._place(wish, self.advance())

    def place_late(self, wish: OrderWish) -> None:
        """Accept an order some seconds after its answer, as a queue behind a gateway does."""
        due = self.advance() + self.late_s
        self.late.append((due, wish))

    def cancel(self, order_id: str) -> tuple[SimOrder, int]:
        """Cancel an order; return it with what was taken back.

        Raises:
            ApiError: 404 if it does not rest, 400 after its market's close.
        """
        moment = self.advance()
        order = self.orders.get(order_id)
        if order is not None and moment >= self.world.markets[order.wish.ticker].closes:
            raise bad_request("the market is closed")
        if order is None or not order.open:
            raise not_found(f"resting order {order_id}")
        left = order.open
        self._close(order, moment)
        return order, left

    def cancel_all(self) -> None:
        """Cancel everything that rests."""
        moment = self.advance()
        for order in list(self._resting.values()):
            self._close(order, moment)

    def trigger(self, group: Group) -> None:
        """Cancel a group's orders; it takes no new ones until it is reset."""
        moment = self.advance()
        group.triggered = True
        self._brake(group, moment)

    def holding(self, ticker: str, at: int) -> Holding:
        """Return what a market's fills up to a time add up to; settlement not counted."""
        return holding((side, fill) for side, fill in self._fills.get(ticker, []) if fill.at <= at)

    def tickers(self) -> list[str]:
        """List the markets that anything was filled in."""
        return list(self._fills)

    def payout(self, ticker: str, at: int) -> int | None:
        """Return what the settlement of a market paid by a time, in micro-dollars; None before it."""
        market = self.world.markets[ticker]
        if at < market.finalized:
            return None
        held = self.holding(ticker, at).held
        return abs(held) * (market.settlement_value if held > 0 else DOLLAR - market.settlement_value)

    def balance(self, at: int) -> int:
        """Return the cash shown at a time, in micro-dollars."""
        cash = sum(self.holding(ticker, at).cash + (self.payout(ticker, at) or 0) for ticker in self._fills)
        return self.opening + cash - (self.reserved(at) if self.reserves else 0)

    def reserved(self, at: int) -> int:
        """Return what the orders that rested at a time may cost."""
        return sum(order.remaining(at) * order.cost(order.wish.price) for order in self.orders.values())

    def _place(self, wish: OrderWish, moment: int) -> SimOrder:
        market = self._admit(wish, moment)
        takes = self.crowd.match(market, moment, wish.side, wish.price, wish.size)
        if wish.post_only and takes:
            raise bad_request("a post_only order would take")
        self._afford(wish)
        text = f"{number(self.world.seed, 'order', len(self.orders), moment):016x}"
        order = SimOrder(f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[:3]}-{len(self.orders):012x}", wish, moment)
        self.orders[order.order_id] = self._resting[order.order_id] = order
        self._by_client_id.setdefault(wish.client_order_id, []).append(order)
        if not self._crosses_own(order, moment):
            if wish.time_in_force != FOK or sum(take.size for take in takes) == wish.size:
                self._fill(order, market, moment, takes, is_taker=True)
            if wish.time_in_force != GTC:
                self._close(order, moment)
        return order

    def _admit(self, wish: OrderWish, moment: int) -> SimMarket:
        """Look at everything that speaks against an order but its price and its cost."""
        market = self.world.markets.get(wish.ticker)
        status = market.status(moment) if market is not None else None
        if market is None or status is None:
            raise not_found(f"market {wish.ticker}")
        known = self._by_client_id.get(wish.client_order_id, []) if wish.client_order_id else []
        if any(order.open or self.duplicates == EVER for order in known):
            raise ApiError(HTTPStatus.CONFLICT, "order_already_exists", "order already exists", wish.client_order_id)
        if status is not Status.ACTIVE or self.trading_paused:
            raise bad_request("trading is paused" if moment < market.closes else "the market is closed")
        if not on_grid(market, wish.price):
            raise bad_request("price is not on the market's grid")
        if wish.expires is not None and wish.expires <= moment:
            raise bad_request("expiration_time has passed")
        if wish.group_id:
            group = self.groups.get(wish.group_id)
            if group is None:
                raise not_found(f"order group {wish.group_id}")
            if group.triggered:
                raise bad_request("the order group's limit was hit; reset it")
        return market

    def _afford(self, wish: OrderWish) -> None:
        moment = self.world.moment()
        held = self.holding(wish.ticker, moment).held
        closing = min(wish.size, max(-held if wish.side == BID else held, 0))
        if wish.reduce_only and closing < wish.size:
            raise bad_request("reduce_only would open a position")
        cost = (wish.size - closing) * (wish.price if wish.side == BID else DOLLAR - wish.price)
        free = self.balance(moment) - (0 if self.reserves else self.reserved(moment))
        if cost > free:
            raise bad_request("insufficient_balance")

    def _crosses_own(self, order: SimOrder, moment: int) -> bool:
        """Keep a new order from meeting one of our own; tell whether it was canceled for it."""
        for other in list(self._resting.values()):
            wish, theirs = order.wish, other.wish
            if theirs.ticker != wish.ticker or theirs.side == wish.side:
                continue
            bid, ask = (wish, theirs) if wish.side == BID else (theirs, wish)
            if bid.price >= ask.price:
                taker_goes = wish.self_trade == "taker_at_cross"
                self._close(order if taker_goes else other, moment)
                if taker_goes:
                    return True
        return False

    def _live(self, order: SimOrder, market: SimMarket, moment: int) -> None:
        """Do to a resting order what time has brought."""
        wish = order.wish
        over = min(market.closes, wish.expires if wish.expires is not None else market.closes)
        if moment >= over:
            self._close(order, over)
        elif market.status(moment) is not Status.ACTIVE or self.trading_paused:
            if wish.cancel_on_pause:
                self._close(order, moment)
        elif order.open:
            found = self.crowd.match(market, moment, wish.side, wish.price, order.open)
            self._fill(order, market, moment, found, is_taker=False)

    def _fill(self, order: SimOrder, market: SimMarket, moment: int, takes: list[Take], *, is_taker: bool) -> None:
        self.crowd.take(market, moment, order.wish.side, takes)
        for take in takes:
            price = take.price if is_taker else order.wish.price
            fee = trade_fee(market.event.series.fee_type, price, take.size, is_taker=is_taker)
            cost = take.size * order.cost(price)
            paid, order.rounded = charged(fee, cost, order.rounded, self.balance_step)
            fill = Fill(f"{order.order_id}.{len(order.fills) + 1}", price, take.size, is_taker, paid, moment)
            order.fills.append(fill)
            self._fills.setdefault(market.ticker, []).append((order.wish.side, fill))
        if not order.open:
            self._resting.pop(order.order_id, None)
        group = self.groups.get(order.wish.group_id)
        if group is not None and takes and group.note(moment, sum(take.size for take in takes)):
            self._brake(group, moment)

    def _brake(self, group: Group, moment: int) -> None:
        for order in list(self._resting.values()):
            if order.wish.group_id == group.group_id:
                self._close(order, moment)

    def _close(self, order: SimOrder, moment: int) -> None:
        if order.open:
            order.closed = moment
        self._resting.pop(order.order_id, None)

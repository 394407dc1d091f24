"""What a broker is: the one part in which paper and live trading differ. It stores nothing; `place` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kalshi_common.domain.order import OrderIntent, Placement


class Broker(Protocol):
    """Takes committed intents to a market."""

    async def ready(self) -> None:
        """Ask for all that an order needs beforehand, so that `place` sends the order and nothing else."""
        ...

    async def place(self, intent: OrderIntent) -> Placement:
        """Place an order once; whatever happens on the way becomes a Placement, and nothing is ever sent again."""
        ...

    async def cancel_all(self, order_ids: Sequence[str]) -> list[str]:
        """Cancel these resting orders, each request sent once; return those that are proven to be canceled."""
        ...

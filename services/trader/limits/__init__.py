"""What may stop an order: each limit a small named check, all of them in one registry."""

from trader.limits.facts import Evidence, Facts, Limit, Refusal
from trader.limits.registry import LIMITS, refusals, room

__all__ = ["LIMITS", "Evidence", "Facts", "Limit", "Refusal", "refusals", "room"]

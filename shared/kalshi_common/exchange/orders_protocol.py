"""What the answer to a write proves, without sockets: done, refused, or nothing at all. It reads no field of a body.

The rule (docs.kalshi.com, "Errors", and kalshi-api.md): 400, 401, 403, 404, 410 and 429 are given before anything is
done. A 409 says that a key is known already, so an order of ours may exist. Anything else proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from kalshi_common.errors import ExchangeError
from kalshi_common.exchange import protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

REFUSALS: Final = frozenset({400, 401, 403, 404, 410, 429})
_SUCCESS: Final = range(200, 300)


class WriteOutcome(NamedTuple):
    """What is proven of one write. `reason` is a sentence for the operator, empty when done."""

    kind: Literal["done", "refused", "unknown"]
    reason: str = ""
    body: bytes = b""


def judge(status: int, headers: Mapping[str, str], body: bytes, *, request: str) -> WriteOutcome:
    """Tell what an answer proves; `request` ("POST /portfolio/events/orders") names the write in the reason."""
    try:
        return WriteOutcome("done", body=protocol.decipher(status, headers, body, request=request))
    except ExchangeError as error:
        if status in _SUCCESS:
            return WriteOutcome("unknown", f"{error} It may have been done")
        return WriteOutcome("refused" if status in REFUSALS else "unknown", str(error))

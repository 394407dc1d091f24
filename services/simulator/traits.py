"""What makes a market ordinary or awkward: price structure, book, trading, odd text. Data, no behaviour."""

from __future__ import annotations

import enum
from typing import Final, NamedTuple


class Book(enum.Enum):
    """Which sides of the book have orders."""

    TWO_SIDED = "both"
    EMPTY = "none"
    BID_ONLY = "bids"
    ASK_ONLY = "asks"


class PriceStructure(NamedTuple):
    """A `price_level_structure`, its tick in ten-thousandths of a dollar (the finest one), and its ranges as JSON."""

    name: str
    tick: int
    ranges_json: bytes


LINEAR_CENT: Final = PriceStructure("linear_cent", 100, b'[{"start":"0.0000","end":"1.0000","step":"0.0100"}]')
DECI_CENT: Final = PriceStructure("deci_cent", 10, b'[{"start":"0.0000","end":"1.0000","step":"0.0010"}]')
TAPERED: Final = PriceStructure(
    "tapered_deci_cent",
    10,
    b'[{"start":"0.0000","end":"0.1000","step":"0.0010"},{"start":"0.1000","end":"0.9000","step":"0.0100"},'
    b'{"start":"0.9000","end":"1.0000","step":"0.0010"}]',
)


class Traits(NamedTuple):
    """A market's character. Shared by many markets."""

    structure: PriceStructure = LINEAR_CENT
    book: Book = Book.TWO_SIDED
    traded: bool = True
    scalar: bool = False
    volume_scale: int = 1
    """Multiplies the volume; the largest brings it past 10^12 contracts."""
    odd_last_price: str = ""
    """A last price finer than the tick, as the exchange may write it (up to six decimals)."""
    title_suffix: str = ""
    pauses: bool = False
    """Trading pauses for the first half of every day (UTC): the market is `inactive`."""
    disputed: bool = False
    raw_extra: bytes = b""
    """JSON members added as they stand: unknown fields, numbers and escapes no serialiser would write."""


PLAIN: Final = Traits()

AWKWARD: Final[dict[tuple[str, int], Traits]] = {
    ("KXGDP", 0): Traits(title_suffix=' "quoted", back\\slash and a\ttab'),
    ("KXGDP", 1): Traits(title_suffix=" 🏦📈 Économie \u2013 größer als 3½ ‰ 日本語 \u2028 line"),
    ("KXGDP", 2): Traits(structure=DECI_CENT),
    ("KXGDP", 3): Traits(structure=TAPERED),
    ("KXGDP", 4): Traits(volume_scale=10_000_000),
    ("KXGDP", 5): Traits(book=Book.EMPTY),
    ("KXGDP", 6): Traits(book=Book.BID_ONLY),
    ("KXGDP", 7): Traits(book=Book.ASK_ONLY),
    ("KXGDP", 8): Traits(traded=False),
    ("KXGDP", 9): Traits(book=Book.EMPTY, traded=False),
    ("KXGDP", 10): Traits(odd_last_price="0.033333", structure=DECI_CENT),
    ("KXGDP", 11): Traits(
        raw_extra=b', "field_of_tomorrow" : {"nested": [1, 2.50, null], "caf\\u00e9": "a\\/b \\ud83d\\ude00"},'
        b' "response_price_units":"usd_cent" ,"tick_hint":1E-2, "big":123456789012345678901234567890'
    ),
    ("KXGDPNOM", 0): Traits(scalar=True),
    ("KXGDPNOM", 1): Traits(pauses=True),
    ("KXGDPNOM", 2): Traits(disputed=True),
    ("KXPCECORE", 0): Traits(structure=DECI_CENT, book=Book.ASK_ONLY, traded=False),
    ("KXJOBLESSCLAIMS", 0): Traits(disputed=True),
    ("KXJOBLESSCLAIMS", 5): Traits(scalar=True, structure=TAPERED),
}
"""By series and the place of the strike in its event."""

CHANCE: Final = (
    Traits(book=Book.EMPTY, traded=False),
    Traits(book=Book.EMPTY),
    Traits(book=Book.BID_ONLY),
    Traits(book=Book.ASK_ONLY),
    Traits(structure=DECI_CENT),
    Traits(structure=TAPERED),
    Traits(traded=False),
    Traits(pauses=True),
)
"""One ordinary market in about a dozen draws one of these."""


def traits_for(series_ticker: str, place: int, draw: int) -> Traits:
    """Choose a market's traits; `draw` is its own large random number."""
    fixed = AWKWARD.get((series_ticker, place))
    if fixed is not None:
        return fixed
    lot = draw % (12 * len(CHANCE))
    return CHANCE[lot] if lot < len(CHANCE) else PLAIN

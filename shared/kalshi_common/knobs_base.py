"""What every section of knobs is made of: the strict model, the words for what is allowed, the shared types."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Allowed(NamedTuple):
    """What a knob may hold, in words, where its type and bounds do not say it."""

    text: str


def reachable(url: str) -> str:
    """Give the URL back if there is a host and port in it to connect to.

    Raises:
        ValueError: there is not.
    """
    parts = urlsplit(url)  # raises ValueError on a broken IPv6 address, as .port does on a bad port
    if not (parts.hostname and parts.port != 0 and url.isascii() and url.isprintable()):
        raise ValueError("no host or port to connect to")
    return url


def _absolute(path: Path) -> Path:
    if not path.is_absolute() or "\0" in str(path):
        raise ValueError("not an absolute path")
    return path


def each_once(tickers: tuple[str, ...]) -> tuple[str, ...]:
    """Give the tickers back if each stands there once.

    Raises:
        PydanticCustomError: one stands twice; of type `repeated`, which `config_report` puts into words.
    """
    for index, ticker in enumerate(tickers):
        if ticker in tickers[:index]:
            raise PydanticCustomError("repeated", "{ticker} stands twice", {"ticker": ticker})
    return tickers


ApiUrl = Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?/trade-api/v2$"), AfterValidator(reachable)]
SeriesTicker = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9._-]{0,63}$")]
MacroEventType = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
# strict=False only lets a JSON list become a tuple, and a JSON string a path; the items stay strict.
SeriesTickers = Annotated[tuple[SeriesTicker, ...], Field(strict=False, max_length=1000), AfterValidator(each_once)]
SomeSeriesTickers = Annotated[tuple[SeriesTicker, ...], Field(strict=False, min_length=1, max_length=1000)]
AbsolutePath = Annotated[Path, Field(strict=False), AfterValidator(_absolute)]


class Section(BaseModel):
    """One section of the file: strict, frozen, and a key it does not know is an error."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

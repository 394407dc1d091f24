"""Paper or live: live needs every consent, and what is missing is said. It connects to nothing and places nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from urllib.parse import urlsplit

import kalshi_common
from kalshi_common.errors import ConfigError, StorageError
from kalshi_common.storage import self_tests
from kalshi_common.storage.database import reading
from trader.limits import LIMITS

if TYPE_CHECKING:
    from pathlib import Path

    from kalshi_common.config import Settings
    from kalshi_common.domain.order import Venue

_OWNERS: Final = {"kalshi.com": "prod", "kalshi.co": "demo"}
"""Whose hosts belong to which environment (docs.kalshi.com, "API environments"); any other host is our own affair."""


class Consent(NamedTuple):
    """Where a run trades. `doubt` is what stands between a half-given consent and live, to be said loudly."""

    venue: Venue
    environment: Literal["prod", "demo"]
    doubt: str | None = None

    @property
    def banner(self) -> str:
        """The first line of a run."""
        if self.venue == "live":
            return f"TRADING LIVE ON {self.environment.upper()}"
        return "TRADING PAPER" + (f" ({self.doubt})" if self.doubt else "")


def consent(settings: Settings) -> Consent:
    """Decide the venue: paper without any live consent, live with all of them.

    `trade.live` alone stays paper and says so. The flag is given for this very run, so with it nothing may be missing.

    Raises:
        ConfigError: the flag was given and another consent is missing; every missing one, a sentence each.
    """
    environment = settings.exchange.environment
    if not settings.enable_live_trading:
        doubt = "trade.live is true, but --enable-live-trading was not given" if settings.trade.live else None
        return Consent("paper", environment, doubt)
    wrong = [f"--enable-live-trading: {sentence}" for sentence in wrong_host(settings)]
    missing = [*_said(settings), *wrong, *_self_test(settings.storage.data_dir)]
    if missing:
        raise ConfigError(*missing)
    return Consent("live", environment)


def _said(settings: Settings) -> list[str]:
    missing = []
    if not settings.trade.live:
        missing.append("--enable-live-trading: trade.live is false; set it to true in the file, or leave the flag out")
    if not (settings.secrets.kalshi_api_key and settings.secrets.kalshi_private_key):
        missing.append("--enable-live-trading: live orders are signed; set KALSHI_API_KEY and KALSHI_PRIVATE_KEY_PATH")
    if settings.sources.get("exchange.environment") != "file":
        missing.append(
            "--enable-live-trading: name the exchange in the file: exchange.environment must be said, prod or demo"
        )
    return missing


def wrong_host(settings: Settings) -> list[str]:
    """Compare the address in effect with the environment that was named; say what does not fit."""
    environment, address = settings.exchange.environment, urlsplit(settings.exchange.url)
    host = (address.hostname or "").rstrip(".")
    owner = next((where for domain, where in _OWNERS.items() if host == domain or host.endswith(f".{domain}")), None)
    if owner is None:
        return []
    if owner != environment:
        mixed = f"{host} is the {owner} exchange, but exchange.environment is {environment}"
        return [f"{mixed}; correct exchange.base_url, KALSHI_API_BASE_URL or the environment"]
    if address.scheme != "https":
        return [f"{host} must be reached by https, or anyone on the way can read the orders"]
    return []


def _self_test(data_dir: Path) -> list[str]:
    version = kalshi_common.__version__
    try:
        with reading(data_dir) as connection:
            seen = self_tests.passed(connection, version)
    except StorageError:
        seen = None
    if seen is None:
        return [f"--enable-live-trading: the self-test has not passed in version {version}; run `kalshi selftest`"]
    unseen = [limit.name for limit in LIMITS if limit.name not in seen]
    if unseen:
        return [f"--enable-live-trading: the self-test never saw {', '.join(unseen)} trip; run `kalshi selftest`"]
    return []

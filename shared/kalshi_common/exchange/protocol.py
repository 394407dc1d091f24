"""What an HTTP answer of the exchange means, without sockets or clocks. Does not read what the body says.

Errors come in three shapes: `{"error": {"code", "message", "details"}}`, the three at top level, and
`{"error": "text"}`; proxies in between answer HTML, sometimes with status 200.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from typing import TYPE_CHECKING, Any

import msgspec

from kalshi_common.errors import ExchangeUnavailableError, RequestRejectedError, UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_RETRY_AFTER_S = 60.0
"""A longer wish of the exchange is cut to this; the cycle's deadline decides whether to go on."""

_TRANSIENT = {408, 425, 429}
_LONGEST_EXCERPT = 300
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
_ADVICE = {
    401: "; check KALSHI_API_KEY, the private key and this machine's clock",
    403: "; check what the API key is allowed to do",
}


def decipher(status: int, headers: Mapping[str, str], body: bytes, *, request: str) -> bytes:
    """Return the body of a good answer; `request` ("GET /markets") names the request in errors.

    Raises:
        ExchangeUnavailableError: 408, 425, 429, 5xx, or a body that is not a JSON object; worth another try.
        RequestRejectedError: any other 4xx, with the exchange's own words.
        UnexpectedAnswerError: a redirect, which is never followed, or another status nobody expects.
    """
    if 200 <= status < 300:  # noqa: PLR2004  the class of success codes
        if not (body.lstrip()[:1] == b"{" and body.rstrip()[-1:] == b"}"):
            raise ExchangeUnavailableError(f"{request}: HTTP {status} without a whole JSON object: {_excerpt(body)}.")
        return body
    if status in _TRANSIENT or status >= 500:  # noqa: PLR2004  the class of server errors
        raise ExchangeUnavailableError(
            f"{request}: the exchange answered HTTP {status}: {_said(body)}.", retry_after_s=_asked_pause(headers)
        )
    if 400 <= status < 500:  # noqa: PLR2004  the class of client errors
        advice = _ADVICE.get(status, "")
        message = f"{request}: the exchange refused the request with HTTP {status}: {_said(body)}{advice}."
        raise RequestRejectedError(message, status=status)
    where = headers.get("Location", "nowhere")
    raise UnexpectedAnswerError(
        f"{request}: HTTP {status} points to {where}, and redirects are not followed; check the exchange's base URL."
    )


def retry_after(value: str | None, now: dt.datetime | None) -> float | None:
    """Turn a Retry-After header (seconds or an HTTP date) into seconds from `now` (aware), between 0 and 60.

    Nothing usable gives None. See RFC 9110, 10.2.3.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), MAX_RETRY_AFTER_S)
    moment = http_date(text)
    if moment is None or now is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), MAX_RETRY_AFTER_S)


def http_date(value: str | None) -> dt.datetime | None:
    """Read an HTTP date header as an aware UTC datetime; None if there is none or it cannot be read."""
    try:
        moment = email.utils.parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _asked_pause(headers: Mapping[str, str]) -> float | None:
    # A date is counted from the server's own Date, so a clock that is wrong here does not matter.
    return retry_after(headers.get("Retry-After"), http_date(headers.get("Date")))


def _said(body: bytes) -> str:
    try:
        answer: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _excerpt(body)
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    if isinstance(error, dict):
        error = ", ".join(str(error[part]) for part in ("code", "message", "details") if error.get(part))
    return _excerpt(str(error).encode()) if error else "no reason given"


def _excerpt(body: bytes) -> str:
    text = " ".join(body[: 4 * _LONGEST_EXCERPT].decode(errors="replace").split())
    return text[:_LONGEST_EXCERPT].rstrip(".") or "an empty body"

"""A provider SDK's failures as our one error, which says what each may have cost. No foreign text gets through.

The SDKs' exceptions carry headers (the key among them), addresses and the provider's own sentences, which may quote a
key; so ours are written anew from the status and the error's short code.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec

from kalshi_common.errors import ModelError
from kalshi_common.exchange.protocol import http_date, retry_after

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_Body = TypeVar("_Body")
Count = Annotated[int, msgspec.Meta(ge=0)]
"""A number of tokens in an answer."""
_GRACE_S = 10.0
_NEVER_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "ProxyError"}
"""Transport errors (by class name, of whichever httpx the SDK uses) that come before a byte of the request left."""
_HOPELESS = {401, 402, 403, 404, 405}
_UNKNOWN = {HTTPStatus.REQUEST_TIMEOUT, 499}
_OUT_OF_CREDIT = {"insufficient_quota", "billing_hard_limit_reached"}
_CODE = re.compile(r"[a-z_]{1,60}")


@contextlib.asynccontextmanager
async def translated(sdk: Any, who: str, *, timeout_s: float) -> AsyncIterator[None]:
    """Turn what an SDK (`openai` or `anthropic`) raises into our error; `who` names the model.

    Raises:
        ModelError: in place of any error of the SDK, and when an answer trickles for too long.
    """
    try:
        async with asyncio.timeout(timeout_s + _GRACE_S):
            yield
    except sdk.APIStatusError as error:
        raise _of_status(who, error) from None
    except sdk.APIConnectionError as error:
        cause = type(error.__cause__).__name__
        sent = cause not in _NEVER_SENT
        what = "the connection broke, or no answer came in time" if sent else "no connection could be made"
        raise ModelError(f"{who}: {what} ({cause})", charged=sent, again=True) from None
    except TimeoutError:
        raise ModelError(f"{who}: the answer trickled for too long", charged=True, again=True) from None
    except (sdk.APIError, ValueError) as error:
        raise ModelError(f"{who}: the answer was no JSON ({type(error).__name__})", charged=True, again=True) from None


def read_body(who: str, body: bytes, form: type[_Body]) -> _Body:
    """Read a provider's answer.

    Raises:
        ModelError: it has another form; what it cost is unknown.
    """
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ModelError(f"{who}: the answer is not of the documented form", charged=True, again=True) from None


def _of_status(who: str, error: Any) -> ModelError:
    status, code = int(error.status_code), _code(error.body)
    headers = error.response.headers
    pause = retry_after(headers.get("Retry-After"), http_date(headers.get("Date")))
    message = f"{who}: HTTP {status}{f' {code}' if code else ''}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _UNKNOWN:
        return ModelError(message, charged=True, again=True, retry_after_s=pause)
    if status == HTTPStatus.TOO_MANY_REQUESTS and code not in _OUT_OF_CREDIT:
        return ModelError(message, charged=False, again=True, retry_after_s=pause)
    hopeless = status in _HOPELESS or code in _OUT_OF_CREDIT or status < HTTPStatus.BAD_REQUEST
    advice = "; check the key, the credit, the model's name and the address" if hopeless else ""
    return ModelError(message + advice, charged=False, hopeless=hopeless)


def _code(body: object) -> str:
    """Take the short code of an error out of its body: `rate_limit_error`, `insufficient_quota`."""
    inner = body.get("error", body) if isinstance(body, dict) else None
    found = (inner.get("code") or inner.get("type")) if isinstance(inner, dict) else None
    return found if isinstance(found, str) and _CODE.fullmatch(found) else ""

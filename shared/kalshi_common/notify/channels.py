"""The ways to reach the operator: Apprise URLs and a plain webhook. The only file that speaks HTTP to them.

An address is a secret (it carries the token), so it is in no name, no error and no log line.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from kalshi_common.config_secrets import Secrets

_APPRISE_TYPE = {"problem": "failure", "recovered": "success", "news": "info", "test": "info"}


class Message(NamedTuple):
    """What is told. `kind` is problem, recovered, news or test; `key` names the problem; `at_utc` is UTC text."""

    kind: str
    key: str
    title: str
    body: str
    host: str
    at_utc: str


class Channel(NamedTuple):
    """One way to send. `name` may be shown; `send` gives why it failed, or None where the message was accepted."""

    name: str
    send: Callable[[Message], str | None]


def channels_of(secrets: Secrets, timeout_s: float) -> list[Channel]:
    """Make the configured channels ready to send.

    The libraries are loaded here (Apprise: a second, 20 MB), before any time limit counts: call it only to send.
    """
    found = []
    if secrets.webhook_url:
        load("requests")
        found.append(Channel("webhook", partial(_webhook, secrets.webhook_url, timeout_s)))
    if secrets.notify_urls:
        load("apprise")
        # It logs addresses, or parts of them.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        found += [_apprise(number, url) for number, url in enumerate(secrets.notify_urls.split(), 1)]
    return found


def post(url: str, timeout_s: float, **content: Any) -> str | None:
    """POST to an address; give why it failed, or None where the answer was 2xx. A redirect is a failure.

    `timeout_s` bounds the connection and each read. Following a redirect would turn the POST into a GET.
    """
    import requests  # noqa: PLC0415  # see `load`

    try:
        with requests.post(url, timeout=timeout_s, allow_redirects=False, stream=True, **content) as answer:
            return None if answer.status_code in range(200, 300) else f"answered {answer.status_code}"
    except requests.Timeout:
        return f"no answer within {timeout_s:g} s"
    except ValueError:  # requests' own errors about the shape of an address are ValueErrors
        return "its address is not a usable http or https URL"
    except requests.RequestException as error:
        return f"cannot be reached ({type(error).__name__})"


def load(library: str) -> None:
    """Import `requests` or `apprise` where it is needed; where it cannot be, sending is what fails and says so."""
    with contextlib.suppress(ImportError):
        importlib.import_module(library)


def _webhook(url: str, timeout_s: float, message: Message) -> str | None:
    return post(url, timeout_s, json=message._asdict())


def _apprise(number: int, url: str) -> Channel:
    import apprise  # noqa: PLC0415  # see `channels_of`

    with warnings.catch_warnings():  # on Python 3.11 it looks for a module that is deprecated there
        warnings.simplefilter("ignore", DeprecationWarning)
        service = apprise.Apprise.instantiate(url)

    def send(message: Message) -> str | None:
        if not isinstance(service, apprise.NotifyBase):
            return "its address is no Apprise URL; see https://github.com/caronc/apprise/wiki"
        # It returns something falsy instead of raising, also for a message without a body.
        body, kind = message.body or message.title, _APPRISE_TYPE[message.kind]
        accepted = service.notify(title=message.title, body=body, notify_type=kind)
        return None if accepted else "did not accept the message; check its address, token and rights"

    # mailto, tgram, json: the kind of service is no secret; without it the text may be a bare token.
    scheme, is_url, _ = url.partition("://")
    return Channel(f"apprise {number} ({scheme if is_url else 'no URL'})", send)

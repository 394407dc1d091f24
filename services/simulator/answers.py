"""The simulated exchange's answers: JSON bodies and its shapes of error. No decisions."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web

_JSON = "application/json"


class ApiError(Exception):
    """The request is refused; becomes `{"error":{"code","message","details","service"}}` or another of the shapes."""

    def __init__(self, status: HTTPStatus, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def response(self, shape: str = "nested") -> web.Response:
        """Return it as an HTTP answer: the parts under `error` (nested), at top level (flat), or as one text."""
        error = {"code": self.code, "message": self.message, "details": self.details, "service": "simulator"}
        shapes = {"nested": {"error": error}, "flat": error, "text": {"error": self.details or self.message}}
        return json_answer(shapes[shape], status=self.status)


def bad_request(details: str) -> ApiError:
    """Return the refusal of a request whose parameters are wrong or do not go together."""
    return ApiError(HTTPStatus.BAD_REQUEST, "bad_request", "bad request", details)


def not_found(what: str) -> ApiError:
    """Return the refusal of a request for something that is not there."""
    return ApiError(HTTPStatus.NOT_FOUND, "not_found", "not found", f"{what} does not exist")


def json_answer(value: Any, *, status: int = HTTPStatus.OK) -> web.Response:
    """Return `value` as a JSON answer."""
    return body_answer(orjson.dumps(value), status=status)


def body_answer(body: bytes, *, status: int = HTTPStatus.OK) -> web.Response:
    """Return bytes that already are JSON as an answer."""
    return web.Response(body=body, status=status, content_type=_JSON)

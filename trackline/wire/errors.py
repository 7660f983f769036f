"""How a refusal is spelled: MLflow's error codes and the HTTP status of each, in one table."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from trackline.domain import errors

MAX_MESSAGE = 8000  # characters; messages repeat what was given


class Spelling(NamedTuple):
    error_code: str
    status: int


INVALID = Spelling("INVALID_PARAMETER_VALUE", 400)
BAD_REQUEST = Spelling("BAD_REQUEST", 400)
NOT_FOUND = Spelling("RESOURCE_DOES_NOT_EXIST", 404)
NOT_IMPLEMENTED = Spelling("NOT_IMPLEMENTED", 501)
FULL = Spelling("RESOURCE_EXHAUSTED", 507)
ENDPOINT_NOT_FOUND = Spelling("ENDPOINT_NOT_FOUND", 404)
PERMISSION_DENIED = Spelling("PERMISSION_DENIED", 403)
METHOD_NOT_ALLOWED = Spelling("METHOD_NOT_ALLOWED", 405)
TIMEOUT = Spelling("REQUEST_TIMEOUT", 408)
TOO_LARGE = Spelling("REQUEST_LIMIT_EXCEEDED", 413)
TOO_MANY = Spelling("REQUEST_LIMIT_EXCEEDED", 429)
UNAVAILABLE = Spelling("TEMPORARILY_UNAVAILABLE", 503)
INTERNAL = Spelling("INTERNAL_ERROR", 500)

_TABLE: dict[type[errors.RequestError], Spelling] = {
    errors.InvalidParameter: INVALID,
    errors.BadRequest: BAD_REQUEST,
    errors.AlreadyExists: Spelling("RESOURCE_ALREADY_EXISTS", 400),
    errors.InvalidState: Spelling("INVALID_STATE", 409),
    errors.NotFound: NOT_FOUND,
    errors.NotServed: NOT_IMPLEMENTED,
    errors.NotSignedIn: Spelling("UNAUTHENTICATED", 401),
    errors.NotAllowed: PERMISSION_DENIED,
}

SPELLINGS = frozenset(
    {INVALID, BAD_REQUEST, NOT_FOUND, NOT_IMPLEMENTED, FULL, ENDPOINT_NOT_FOUND, PERMISSION_DENIED}
    | {METHOD_NOT_ALLOWED, TIMEOUT, TOO_LARGE, TOO_MANY, UNAVAILABLE, INTERNAL, *_TABLE.values()}
)


def spelling(error: errors.RequestError) -> Spelling:
    return _TABLE[type(error)]


def error_body(error_code: str, message: str) -> bytes:
    if len(message) > MAX_MESSAGE:
        message = f"{message[:MAX_MESSAGE]} …"
    return msgspec.json.encode({"error_code": error_code, "message": message})

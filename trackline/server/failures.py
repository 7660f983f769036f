"""The one place that turns what went wrong into an answer: a status, MLflow's error code, a sentence."""

from __future__ import annotations

import logging
from asyncio import CancelledError
from typing import NamedTuple

from starlette.requests import ClientDisconnect

from trackline.blobs import errors as blobs
from trackline.db.errors import NotStorable, Overloaded, TookTooLong, Unavailable
from trackline.domain.errors import RequestError
from trackline.server.logs import request_id
from trackline.wire import errors

log = logging.getLogger("trackline")

Headers = list[tuple[bytes, bytes]]


class Failure(NamedTuple):
    spelling: errors.Spelling
    message: str
    headers: Headers = []  # noqa: RUF012 never changed


class Refused(Exception):
    """The door's own refusal, before an endpoint is reached."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


_OF_BLOBS: dict[type[blobs.BlobError], errors.Spelling] = {
    blobs.NoSuchBlob: errors.NOT_FOUND,
    blobs.IsFolder: errors.INVALID,
    blobs.NotAFolder: errors.INVALID,
    blobs.BadName: errors.INVALID,
    blobs.BadParts: errors.INVALID,
    blobs.NoSuchUpload: errors.NOT_FOUND,
    blobs.NotOffered: errors.NOT_IMPLEMENTED,
    blobs.NoRoom: errors.FULL,
    blobs.StoreUnavailable: errors.UNAVAILABLE,
}


def failure_of(error: BaseException, request: str) -> Failure:
    """What to answer where `error` ended the `request` (method and path, for the log)."""
    match error:
        case Refused():
            return error.failure
        case RequestError():
            return Failure(errors.spelling(error), error.message)
        case ClientDisconnect():
            return Failure(errors.BAD_REQUEST, "The connection ended before the whole request had come.")
        case NotStorable() | TookTooLong():
            return Failure(errors.INVALID, str(error))
        case Overloaded():
            return Failure(errors.UNAVAILABLE, str(error), [(b"retry-after", b"%d" % error.retry_after)])
        case Unavailable():
            log.error("%s: %s", request, error)
            return Failure(errors.UNAVAILABLE, str(error), [(b"retry-after", b"5")])
        case CancelledError():
            log.warning("%s was given up: the server stops", request)
            return Failure(errors.UNAVAILABLE, "The server is stopping.", [(b"retry-after", b"5")])
        case blobs.BlobError():
            return _failure_of_blobs(error, request)
    log.error("%s failed", request, exc_info=error)
    return Failure(errors.INTERNAL, f"The server failed on this request; its log says how{_under()}.")


def _under() -> str:
    return f", under {found}" if (found := request_id.get()) else ""


def _failure_of_blobs(error: blobs.BlobError, request: str) -> Failure:
    spelling = next((_OF_BLOBS[kind] for kind in type(error).__mro__ if kind in _OF_BLOBS), errors.INTERNAL)
    if spelling.status >= 500:
        log.error("%s: %s", request, error.message)
    return Failure(spelling, error.message, [(b"retry-after", b"5")] if spelling == errors.UNAVAILABLE else [])


def log_broken_answer(error: BaseException, request: str) -> None:
    """Note that the answer to `request` ended before its end."""
    if isinstance(error, blobs.BlobError):
        log.error("%s broke off: %s", request, error.message)
    elif isinstance(error, CancelledError):
        log.warning("%s broke off: the server stops", request)
    else:
        log.error("%s broke off", request, exc_info=error)
